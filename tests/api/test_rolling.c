/*
 * A rolling restart: two nodes behind HAProxy, one after the other stopped and
 * started again, while clients go on. Not one request may fail. HAProxy passes
 * TLS through (the connection ends at the node), or speaks HTTP to the nodes.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>

#include "harness.h"

#define CLIENTS   12 /* half of them through each of the two */
#define WAIT_MS   15000
#define BEFORE_MS 300 /* of load, before a restart */

static struct server *nodes[2];
static int            ports[3]; /* HAProxy's: TLS, HTTP, statistics */
static pid_t          haproxy;
static volatile bool  stop;

struct client {
	pthread_t   thread;
	const char *url;
	char        authorization[2048];
	long        done, failed;
	char        problem[256]; /* of the first that failed */
};

static const char configuration[] = "global\n"
				    "  maxconn 500\n"
				    "defaults\n"
				    "  timeout connect 2s\n"
				    "  timeout client 30s\n"
				    "  timeout server 30s\n"
				    "  retries 3\n"
				    "  option redispatch 1\n"
				    "frontend through\n"
				    "  mode tcp\n"
				    "  bind 127.0.0.1:%d\n"
				    "  default_backend through\n"
				    "backend through\n"
				    "  mode tcp\n"
				    "%s"
				    "frontend http\n"
				    "  mode http\n"
				    "  bind 127.0.0.1:%d\n"
				    "  default_backend http\n"
				    "backend http\n"
				    "  mode http\n"
				    "%s"
				    "frontend statistics\n"
				    "  mode http\n"
				    "  bind 127.0.0.1:%d\n"
				    "  stats enable\n"
				    "  stats uri /\n";

static char *
servers(const char *options)
{
	return (scratch_printf("  option httpchk GET /readyz\n"
			       "  http-check expect status 200\n"
			       "  default-server check-ssl verify none"
			       " inter 200ms fall 1 rise 1 %s\n"
			       "  server a 127.0.0.1:%d check\n"
			       "  server b 127.0.0.1:%d check\n",
	    options, nodes[0]->port, nodes[1]->port));
}

static void
start_haproxy(void)
{
	const char *file = scratch_printf("%s/haproxy.cfg", nodes[0]->folder);
	const char *argv[] = {"/usr/sbin/haproxy", "-db", "-f", file, NULL};
	const char *environment[] = {NULL};
	FILE       *fp;

	ports[0] = free_port();
	ports[1] = free_port();
	ports[2] = free_port();
	assert_non_null(fp = fopen(file, "w"));
	fprintf(fp, configuration, ports[0], servers(""), ports[1],
	    servers("ssl"), ports[2]);
	fclose(fp);
	haproxy = process_start(nodes[0]->folder,
	    scratch_printf("%s/haproxy.log", nodes[0]->folder), environment,
	    argv);
}

static int
start(void **state)
{
	const char *options[] = {"DRAIN_DELAY_SECONDS=1",
	    "DAILY_MESSAGE_LIMIT=1000000", "MOCK_STREAM_DELAY_MS=5", NULL};

	*state = nodes[0] = server_start(options);
	/* Without a delay the balancer learns it from a refused connection. */
	nodes[1] = server_start_beside(nodes[0], options + 1);
	start_haproxy();
	return (0);
}

static size_t
keep(char *bytes, size_t size, size_t count, void *arg)
{
	char **text = arg;

	*text = scratch_printf("%s%.*s", *text, (int)(size * count), bytes);
	return (size * count);
}

/* How many of HAProxy's lines say UP: two nodes and their backend, twice. */
static int
count_up(void)
{
	CURL *curl = curl_easy_init();
	char  url[64], *text = scratch_printf("%s", "");
	int   count = 0;

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/;csv", ports[2]);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &text);
	curl_easy_perform(curl);
	curl_easy_cleanup(curl);
	for (; (text = strstr(text, ",UP,")) != NULL; text++)
		count++;
	return (count);
}

static void
await_all_up(void)
{
	long long deadline = now_ms() + WAIT_MS;

	while (count_up() < 6) {
		if (now_ms() > deadline)
			fail_msg("HAProxy sees %d up", count_up());
		sleep_ms(20);
	}
}

static size_t
ignore(char *bytes, size_t size, size_t count, void *arg)
{
	(void)bytes;
	(void)arg;
	return (size * count);
}

static void
note(struct client *c, CURLcode code, long status)
{
	c->done++;
	if (code == CURLE_OK && status == 200)
		return;
	if (c->failed++ == 0)
		snprintf(c->problem, sizeof(c->problem), "%s, status %ld",
		    curl_easy_strerror(code), status);
}

/* Messages, streamed ones and lists in turn, on one kept-alive connection. */
static void
ask(struct client *c, CURL *curl, struct curl_slist *headers)
{
	static const char *const bodies[] = {NULL,
	    "{\"model\":\"gpt\",\"prompt\":\"hello\","
	    "\"conversation_number\":1}",
	    "{\"model\":\"gpt\",\"prompt\":\"a b c d e f\","
	    "\"conversation_number\":1,\"stream\":true}"};
	const char              *body = bodies[c->done % 3];
	char                     url[128];
	long                     status = 0;
	CURLcode                 code;

	snprintf(url, sizeof(url), "%s%s", c->url,
	    body != NULL ? "/chat/" : "/chat/conversations");
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	if (body != NULL)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	else
		curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	note(c, code, status);
}

static void *
run_client(void *arg)
{
	struct client     *c = arg;
	CURL              *curl = curl_easy_init();
	struct curl_slist *headers = NULL;

	headers = curl_slist_append(headers, c->authorization);
	headers = curl_slist_append(headers, "Content-Type: application/json");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)WAIT_MS);
	while (!stop)
		ask(c, curl, headers);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return (NULL);
}

static void
begin(struct client *c, int i)
{
	struct user *u = user_new(nodes[0], scratch_printf("roller-%d", i));

	conversation_new(nodes[0], u->token);
	snprintf(c->authorization, sizeof(c->authorization),
	    "Authorization: Bearer %s", u->token);
	c->url = i % 2 == 0 ? scratch_printf("https://127.0.0.1:%d", ports[0])
			    : scratch_printf("http://127.0.0.1:%d", ports[1]);
	assert_int_equal(pthread_create(&c->thread, NULL, run_client, c), 0);
}

static void
restart(struct server *s)
{
	int status;

	sleep_ms(BEFORE_MS);
	assert_int_equal(kill(s->pid, SIGTERM), 0);
	status = process_wait(s->pid, WAIT_MS);
	s->pid = 0;
	assert_int_equal(status, 0);
	assert_true(server_relaunch(s));
	http_end();
	await_all_up(); /* as who restarts nodes has to */
}

static void
rolling_restart__fails_nobody(void **state)
{
	struct client clients[CLIENTS] = {{0}};
	long          done = 0;
	size_t        i;

	(void)state;
	await_all_up();
	for (i = 0; i < CLIENTS; i++)
		begin(&clients[i], (int)i);
	restart(nodes[0]);
	restart(nodes[1]);
	stop = true;
	for (i = 0; i < CLIENTS; i++)
		pthread_join(clients[i].thread, NULL);
	kill(haproxy, SIGTERM);
	process_wait(haproxy, WAIT_MS);
	for (i = 0; i < CLIENTS; i++) {
		if (clients[i].failed > 0)
			fail_msg("%ld of %ld requests to %s failed: %s",
			    clients[i].failed, clients[i].done, clients[i].url,
			    clients[i].problem);
		assert_true(clients[i].done > 10);
		done += clients[i].done;
	}
	printf("%ld requests\n", done);
	/* Every one that was answered is there, and was finished. */
	assert_int_equal(
	    sql_int(nodes[0],
		"SELECT count(*) FROM turns WHERE status <> 'completed'"),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rolling_restart__fails_nobody),
	};

	return (harness_run(tests, start));
}
