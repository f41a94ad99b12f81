#include <curl/curl.h>
#include <dirent.h>

#include "harness_upstream.h"

#define START_MS 10000
#define IDLE_MS  3000
#define PLAY_MAX 200

const char *const upstream_models[MODELS] = {"gpt", "claude", "gemini"};

/* The program's one line of output, as JSON. */
static const cJSON *
await_ports(const struct upstream *u)
{
	long long   deadline = now_ms() + START_MS;
	const char *text;
	int         status;

	do {
		text = scratch_file(u->output);
		if (strchr(text, '\n') != NULL && *text == '{')
			return (cJSON_Parse(text));
		status = process_wait(u->pid, 20);
	} while (status == -1 && now_ms() < deadline);
	fail_msg("the upstream does not start: %s", text);
	return (NULL);
}

static struct upstream *
start(const char *program)
{
	static int       number;
	struct upstream *u = scratch_alloc(sizeof(*u));
	const char      *folder = setting("TEST_FOLDER");
	const char      *environment[] = {
		 scratch_printf("PATH=%s", setting("PATH")), NULL};
	const char  *argv[] = {"/usr/bin/env", "node", program,
	     scratch_printf("%s/ec/cert.pem", folder),
	     scratch_printf("%s/ec/key.pem", folder), NULL};
	const cJSON *ports;

	u->output = scratch_printf(
	    "%s/upstream_%d_%d", folder, (int)getpid(), ++number);
	u->pid = process_start(
	    scratch_printf("%s/tests/upstream", setting("TEST_CHECKOUT")),
	    u->output, environment, argv);
	ports = await_ports(u);
	u->http = cJSON_GetObjectItem(ports, "http")->valueint;
	if (cJSON_HasObjectItem(ports, "https"))
		u->https = cJSON_GetObjectItem(ports, "https")->valueint;
	return (u);
}

struct upstream *
upstream_start(void)
{
	return (start("fake_upstream.mjs"));
}

struct upstream *
upstream_start_aimock(void)
{
	return (start("aimock.mjs"));
}

static char *
write_file(const char *suffix, const char *text)
{
	static int number;
	char      *path;
	FILE      *fp;

	path = scratch_printf("%s/upstream_%d_%d.%s", setting("TEST_FOLDER"),
	    (int)getpid(), ++number, suffix);
	assert_non_null(fp = fopen(path, "we"));
	fputs(text, fp);
	assert_int_equal(fclose(fp), 0);
	return (path);
}

/* A file of settings, so that there may be any number. */
const char *const *
upstream_options(const struct upstream *u, const char *more)
{
	const char **options = scratch_alloc(2 * sizeof(*options));
	char        *text;

	text = scratch_printf("OPENAI_API_KEY=" UPSTREAM_KEY_OPENAI "\n"
			      "OPENAI_BASE_URL=http://127.0.0.1:%d/v1\n"
			      "OPENAI_MODEL=fake-gpt\n"
			      "ANTHROPIC_API_KEY=" UPSTREAM_KEY_ANTHROPIC "\n"
			      "ANTHROPIC_BASE_URL=http://127.0.0.1:%d\n"
			      "ANTHROPIC_MODEL=fake-claude\n"
			      "GEMINI_API_KEY=" UPSTREAM_KEY_GEMINI "\n"
			      "GEMINI_BASE_URL=http://127.0.0.1:%d\n"
			      "GEMINI_MODEL=fake-gemini\n"
			      "DAILY_MESSAGE_LIMIT=1000\n%s",
	    u->http, u->http, u->http, more != NULL ? more : "");
	options[0] = scratch_printf("ENV_FILE=%s", write_file("env", text));
	return (options);
}

char *
upstream_models_file(const char *json)
{
	return (scratch_printf("MODELS_FILE=%s\n", write_file("json", json)));
}

char *
upstream_prompt(const char *play)
{
	static int number;

	return (scratch_printf("%s%s " PRIVATE " no. %d.",
	    *play != '\0' ? "play:" : "", play, ++number));
}

static const cJSON *
get(const struct upstream *u, const char *path)
{
	CURL  *curl = curl_easy_init();
	FILE  *body;
	char  *text = NULL;
	size_t size = 0;
	cJSON *json;

	assert_non_null(curl);
	assert_non_null(body = open_memstream(&text, &size));
	curl_easy_setopt(curl, CURLOPT_URL,
	    scratch_printf("http://127.0.0.1:%d%s", u->http, path));
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	assert_int_equal(curl_easy_perform(curl), CURLE_OK);
	curl_easy_cleanup(curl);
	fclose(body);
	assert_non_null(json = cJSON_Parse(text));
	free(text);
	return (json);
}

const cJSON *
upstream_requests(const struct upstream *u, const char *prompt)
{
	char        *escaped = curl_easy_escape(NULL, prompt, 0);
	const cJSON *list;

	list = get(u, scratch_printf("/_log?find=%s", escaped));
	curl_free(escaped);
	return (list);
}

int
upstream_count(const struct upstream *u, const char *prompt)
{
	return (cJSON_GetArraySize(upstream_requests(u, prompt)));
}

const cJSON *
upstream_request(const struct upstream *u, const char *prompt, long ms)
{
	long long    deadline = now_ms() + ms;
	const cJSON *list, *request;

	for (;;) {
		list = upstream_requests(u, prompt);
		assert_int_equal(cJSON_GetArraySize(list), 1);
		request = cJSON_GetArrayItem(list, 0);
		if (cJSON_IsTrue(cJSON_GetObjectItem(request, "over")))
			return (request);
		if (now_ms() >= deadline)
			fail_msg("still going on: %s", prompt);
		sleep_ms(10);
	}
}

long long
upstream_state(const struct upstream *u, const char *name)
{
	const cJSON *value = cJSON_GetObjectItem(get(u, "/_state"), name);

	assert_non_null(value);
	return ((long long)value->valuedouble);
}

static int
count_files(pid_t pid)
{
	DIR *dir = opendir(scratch_printf("/proc/%d/fd", (int)pid));
	int  n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return (n);
}

int
upstream_count_files(const struct server *s)
{
	return (count_files(server_worker(s, 1)) +
	    count_files(server_worker(s, 2)));
}

static int
count_in(const char *text, const char *what)
{
	int n = 0;

	while ((text = strstr(text, what)) != NULL) {
		text += strlen(what);
		n++;
	}
	return (n);
}

/* Lines of the log come some ten milliseconds late. */
static void
assert_all_freed(const struct server *s)
{
	long long deadline = now_ms() + IDLE_MS;
	char     *log;
	int       ended, freed;

	do {
		sleep_ms(50);
		log = scratch_file(s->log);
		ended = count_in(log, "\"event\":\"generation\"");
		freed = count_in(log, "\"event\":\"generation_freed\"");
	} while (ended != freed && now_ms() < deadline);
	assert_int_equal(ended, freed);
	if (strstr(log, UPSTREAM_KEY) != NULL)
		fail_msg("a key in %s", s->log);
}

static void
assert_nothing_runs(struct server *s)
{
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM turns"
			     " WHERE status = 'running'"),
	    0);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM daily_usage"
			     " WHERE running <> 0"),
	    0);
	/* What came to nothing was given back, and nothing else. */
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM daily_usage d"
			     " WHERE used <> (SELECT count(*) FROM turns t"
			     " WHERE t.user_id = d.user_id AND (response <> ''"
			     " OR status = 'completed'))"),
	    0);
}

static void
assert_content(const struct upstream *u)
{
	long long    deadline = now_ms() + IDLE_MS;
	const cJSON *refused;

	while (upstream_state(u, "open") > 0 && now_ms() < deadline)
		sleep_ms(20);
	assert_int_equal(upstream_state(u, "open"), 0);
	refused = cJSON_GetObjectItem(get(u, "/_state"), "refused");
	if (cJSON_GetArraySize(refused) > 0)
		fail_msg(
		    "not as the provider wants it: %s", cJSON_Print(refused));
}

void
upstream_assert_idle(const struct upstream *u, struct server *s)
{
	if (u != NULL)
		assert_content(u);
	assert_all_freed(s);
	assert_nothing_runs(s);
}
