/*
 * SOAK_SECONDS of everything that goes wrong, one thing after another and
 * under load: workers, the key process, PostgreSQL's backends and postmaster
 * killed, PostgreSQL stalled, no descriptor left, clients that send half a head
 * or a body, or nothing at all. Then, from outside: every acknowledged turn
 * exists once, what was counted is what is there, nothing runs on, and memory,
 * descriptors and latency are what they were.
 */
#include <curl/curl.h>
#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "harness.h"

#define CLIENTS    12
#define IDLE       300   /* connections that only stand */
#define SETTLE_MS  25000 /* until the turns of the dead are ended */
#define BACK_MS    5000  /* from the end of the server to its answer */
#define GROWTH_KB  30000
#define LATENCY_MS 500 /* of the slowest of many, when all is quiet */
#define KINDS      8
/* A replaced worker inherits what its parent has open for the others. */
#define SLACK 24

static struct server *soaked;
static struct user   *users[CLIENTS];
static pid_t          clients[CLIENTS];
static struct raw    *silent[IDLE];
static int            done[KINDS];

static size_t
collect(char *bytes, size_t size, size_t n, void *arg)
{
	struct reply *r = arg;
	size_t        len = size * n;

	if (r->size + len < 4096) {
		memcpy((char *)(uintptr_t)r->body + r->size, bytes, len);
		r->size += len;
	}
	return (len);
}

/* What is acknowledged stands in the client's ledger: an id a line. */
static void
note_acknowledged(FILE *ledger, const char *body)
{
	cJSON *json = cJSON_Parse(body);

	fprintf(ledger, "%s\n",
	    cJSON_GetStringValue(cJSON_GetObjectItem(json, "id")));
	fflush(ledger);
	cJSON_Delete(json);
}

/* A process of its own, whom errors do not bother; half of what it sends is
 * streamed and left half-way. */
static void
be_client(int number)
{
	static char        body[4096];
	struct curl_slist *headers = NULL;
	struct reply       r = {.body = body};
	const char        *url;
	CURL              *c = curl_easy_init();
	FILE              *ledger;
	long               status;
	int                i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ledger = fopen(
	    scratch_printf("%s/ledger.%d", soaked->folder, number), "a");
	url = scratch_printf("https://127.0.0.1:%d/chat/", soaked->port);
	headers = curl_slist_append(headers, "Content-Type: application/json");
	headers = curl_slist_append(headers,
	    scratch_printf("Authorization: Bearer %s", users[number]->token));
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &r);
	for (i = 0;; i++) {
		memset(body, 0, sizeof(body));
		r.size = 0;
		curl_easy_setopt(c, CURLOPT_POSTFIELDS,
		    i % 2 ? "{\"model\":\"gpt\",\"prompt\":\"one two three "
			    "four\",\"conversation_number\":1,\"stream\":true}"
			  : "{\"model\":\"gpt\",\"prompt\":\"hello\","
			    "\"conversation_number\":1}");
		curl_easy_setopt(
		    c, CURLOPT_TIMEOUT_MS, i % 2 ? 40L + i % 100 : 8000L);
		status = 0;
		if (curl_easy_perform(c) != CURLE_OK) {
			sleep_ms(20);
			continue;
		}
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
		if (status == 200 && i % 2 == 0)
			note_acknowledged(ledger, body);
		sleep_ms(status == 200 ? 5 : 50);
	}
}

static void
start_clients(void)
{
	int i;

	for (i = 0; i < CLIENTS; i++) {
		fflush(NULL);
		if ((clients[i] = fork()) == 0)
			be_client(i);
		assert_true(clients[i] > 0);
	}
}

static void
stop_clients(void)
{
	int i;

	for (i = 0; i < CLIENTS; i++) {
		kill(clients[i], SIGKILL);
		waitpid(clients[i], NULL, 0);
	}
}

static long
count_files(pid_t pid)
{
	DIR *folder = opendir(scratch_printf("/proc/%d/fd", (int)pid));
	long n = 0;

	while (folder != NULL && readdir(folder) != NULL)
		n++;
	if (folder != NULL)
		closedir(folder);
	return (n);
}

/* The server's processes: their memory in KB, and their descriptors. */
static void
measure(long *kb, long *files)
{
	struct process p[CHILDREN_MAX];
	size_t         i, n = process_children(soaked->pid, p);
	const char    *line;

	*kb = 0;
	*files = count_files(soaked->pid);
	for (i = 0; i < n; i++) {
		line = strstr(scratch_file(scratch_printf(
				  "/proc/%d/smaps_rollup", (int)p[i].pid)),
		    "\nPss:");
		*kb += line != NULL ? atol(line + 5) : 0;
		*files += count_files(p[i].pid);
	}
}

static void
kill_child(const char *title)
{
	struct process p[CHILDREN_MAX];
	size_t         i, n = process_children(soaked->pid, p);

	for (i = 0; i < n; i++)
		if (strcmp(p[i].title, title) == 0)
			kill(p[i].pid, SIGKILL);
}

/* The end of the key process is the end of the server; a supervisor has it
 * back, as systemd would. */
static void
kill_keymgr(void)
{
	long long begun = now_ms();

	kill_child("[keymgr]");
	if (process_wait(soaked->pid, BACK_MS) == -1) {
		kill(soaked->pid, SIGKILL);
		process_wait(soaked->pid, BACK_MS);
	}
	while (!server_relaunch(soaked))
		assert_true(now_ms() - begun < 2 * BACK_MS);
	server_await_children(soaked);
}

static void
kill_backend(void)
{
	sql_run(soaked,
	    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
	    " WHERE application_name = 'aichat' AND random() < 0.5");
}

static void
kill_postmaster(void)
{
	sql_close(soaked);
	cluster_kill();
	cluster_start();
}

static void
stall_postgres(void)
{
	cluster_freeze();
	sleep_ms(700);
	cluster_thaw();
}

/* No descriptor is left to a worker for a while. */
static void
exhaust_files(void)
{
	struct process p[CHILDREN_MAX];
	struct rlimit  usual[CHILDREN_MAX], few;
	size_t         i, n = process_children(soaked->pid, p);

	for (i = 0; i < n; i++) {
		prlimit(p[i].pid, RLIMIT_NOFILE, NULL, &usual[i]);
		few = usual[i];
		few.rlim_cur = 16;
		prlimit(p[i].pid, RLIMIT_NOFILE, &few, NULL);
	}
	sleep_ms(1500);
	for (i = 0; i < n; i++)
		prlimit(p[i].pid, RLIMIT_NOFILE, &usual[i], NULL);
}

/* Half a head, half a body, a handshake that is begun, and silence. */
static void
leave_half_open(void)
{
	struct raw *raw;
	int         i;

	for (i = 0; i < 20; i++) {
		raw = raw_open_plain(soaked);
		if (i % 4 == 0) {
			raw_send(raw, "\x16\x03\x01", 3);
		} else if (i % 4 != 3 && raw_handshake(raw, NULL, NULL, NULL)) {
			raw_text(raw,
			    i % 4 == 1 ? "POST /chat/ HTTP/1.1\r\nHost: l"
				       : "POST /auth/login HTTP/1.1\r\nHost: "
					 "localhost\r\nContent-Length: 99\r\n"
					 "Content-Type: application/json\r\n"
					 "\r\n{");
		}
		raw_close(raw);
	}
}

static void
do_harm(int kind)
{
	done[kind]++;
	switch (kind) {
	case 0:
		kill_child("[wrk 1]");
		break;
	case 1:
		kill_child("[wrk 2]");
		break;
	case 2:
		kill_backend();
		break;
	case 3:
		kill_postmaster();
		break;
	case 4:
		stall_postgres();
		break;
	case 5:
		leave_half_open();
		break;
	case 6:
		exhaust_files();
		break;
	case 7:
		kill_keymgr();
		break;
	}
}

static int
start(void **state)
{
	static const char *const options[] = {"DAILY_MESSAGE_LIMIT=1000000",
	    "RUNNING_PER_USER=1000", "MOCK_STREAM_DELAY_MS=20", NULL};
	int                      i;

	cluster_new();
	soaked = server_start(options);
	for (i = 0; i < CLIENTS; i++) {
		users[i] = user_new(soaked, scratch_printf("soak%d", i));
		conversation_new(soaked, users[i]->token);
	}
	*state = soaked;
	return (0);
}

/* Every id of the ledgers is a completed turn, of that user. */
static void
assert_ledgers_hold(void)
{
	char     *text, *id, *rest;
	long long missing = 0, all = 0;
	int       i;

	for (i = 0; i < CLIENTS; i++) {
		text = scratch_file(
		    scratch_printf("%s/ledger.%d", soaked->folder, i));
		for (id = strtok_r(text, "\n", &rest); id != NULL;
		     id = strtok_r(NULL, "\n", &rest), all++)
			missing += sql_int(soaked,
				       "SELECT count(*) FROM turns"
				       " WHERE user_id = %lld AND"
				       " conversation = 1 AND id = '%s'"
				       " AND status = 'completed'",
				       users[i]->id, id) != 1;
	}
	print_message("%lld turns were acknowledged\n", all);
	assert_true(all > 0);
	assert_int_equal(missing, 0);
}

static void
assert_counts_hold(void)
{
	assert_int_equal(
	    sql_int(
		soaked, "SELECT count(*) FROM turns WHERE status = 'running'"),
	    0);
	assert_int_equal(
	    sql_int(soaked, "SELECT sum(running) FROM daily_usage"), 0);
	assert_int_equal(
	    sql_int(soaked,
		"SELECT count(*) FROM (SELECT user_id, sum(used) AS used"
		" FROM daily_usage GROUP BY 1) AS d JOIN (SELECT user_id,"
		" count(*) FILTER (WHERE response <> '' OR"
		" status = 'completed') AS n FROM turns GROUP BY 1) AS t"
		" USING (user_id) WHERE used <> n"),
	    0);
}

static void
assert_quick(void)
{
	long long worst = 0, ms;
	int       i;

	for (i = 0; i < 100; i++) {
		ms = http_get(soaked, NULL, "/healthz")->ms;
		worst = ms > worst ? ms : worst;
	}
	print_message("slowest of 100: %lld ms\n", worst);
	assert_true(worst < LATENCY_MS);
}

static void
open_silent(bool open)
{
	int i;

	for (i = 0; i < IDLE; i++) {
		if (open)
			silent[i] = raw_open(soaked);
		else
			raw_close(silent[i]);
	}
}

static void
soak__everything_goes_wrong(void **state)
{
	const char  *seconds = getenv("SOAK_SECONDS");
	long long    end;
	long         kb, files, kb_after, files_after;
	unsigned int seed = (unsigned int)time(NULL);
	int          i;

	(void)state;
	print_message("seed %u\n", seed);
	sleep_ms(1000);
	measure(&kb, &files);
	start_clients();
	open_silent(true);
	end = now_ms() + 1000 * (seconds != NULL ? atoll(seconds) : 600);
	for (i = 0; now_ms() < end; i++) {
		/* Each kind once, then by chance. */
		do_harm(i < KINDS ? i : (int)(rand_r(&seed) % KINDS));
		sleep_ms(500 + rand_r(&seed) % 1500);
	}
	stop_clients();
	open_silent(false);
	sleep_ms(SETTLE_MS);
	server_await_children(soaked);
	measure(&kb_after, &files_after);
	for (i = 0; i < KINDS; i++)
		print_message("harm %d: %d times\n", i, done[i]);
	print_message("PSS %ld -> %ld KB, descriptors %ld -> %ld\n", kb,
	    kb_after, files, files_after);
	assert_counts_hold();
	assert_ledgers_hold();
	assert_quick();
	assert_true(kb_after < kb + GROWTH_KB);
	assert_true(files_after <= files + SLACK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(soak__everything_goes_wrong),
	};
	int failed = harness_run(tests, start);

	cluster_end();
	return (failed);
}
