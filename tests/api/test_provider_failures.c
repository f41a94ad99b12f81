/*
 * What providers get wrong: each failure has its status and code, gives the
 * day's message back when nothing came and keeps what did, and is over when
 * the time for it is.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "harness_sse.h"
#include "harness_upstream.h"

#define WAIT_MS       10000
#define CONNECT_MS    500
#define FIRST_BYTE_MS 600
#define IDLE_MS       400
#define TOTAL_MS      1500
#define SLACK_MS      900 /* a loaded machine */

static struct upstream *upstream;
static struct server   *impatient; /* with short timeouts */

/* A port that takes no more connections: its queue is full. */
static int
full_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t          len = sizeof(address);
	int                fd, i, client;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(fd, 0), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	for (i = 0; i < 4; i++) {
		client = socket(
		    AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		connect(client, (struct sockaddr *)&address, len);
	}
	return (ntohs(address.sin_port));
}

static int
closed_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t          len = sizeof(address);
	int                fd;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	/* Kept bound, so that nobody listens there meanwhile. */
	getsockname(fd, (struct sockaddr *)&address, &len);
	return (ntohs(address.sin_port));
}

/*
 * A model for each failure that takes time or the network away: they run at
 * once, and no circuit is to come between.
 */
static const struct timed {
	const char *play;
	int         status; /* 0: partial */
	const char *code;
	long        ms; /* until it is over */
} timed[] = {
    {"stall-before-head", 504, "upstream_timeout", FIRST_BYTE_MS},
    {"stall-after-head", 504, "upstream_timeout", FIRST_BYTE_MS},
    {"stall:0", 504, "upstream_timeout", IDLE_MS},
    {"stall:3", 0, "upstream_timeout", IDLE_MS},
    {"drip:50", 504, "upstream_timeout", TOTAL_MS},
};

static char *
timed_models(void)
{
	static const char *const providers[MODELS] = {
	    "openai", "anthropic", "gemini"};
	static const char *const keys[MODELS] = {
	    UPSTREAM_KEY_OPENAI, UPSTREAM_KEY_ANTHROPIC, UPSTREAM_KEY_GEMINI};
	char  *json = scratch_printf("%s", "");
	size_t i;

	for (i = 0; i < COUNT(timed) * MODELS; i++)
		json = scratch_printf(
		    "%s{\"id\":\"timed-%zu\",\"provider\":"
		    "\"%s\",\"model\":\"m\",\"api_key\":\"%s\"},",
		    json, i, providers[i % MODELS], keys[i % MODELS]);
	return (json);
}

static char *
models_file(void)
{
	static const char entry[] =
	    "{\"id\":\"%s\",\"provider\":"
	    "\"openai\",\"model\":\"m\",\"base_url\":\"%s:%d/v1\","
	    "\"api_key\":\"" UPSTREAM_KEY_OPENAI "\"}";
	const struct {
		const char *id, *host;
		int         port;
	} hosts[] = {
	    {"named", "https://localhost", upstream->https},
	    {"numbered", "https://127.0.0.1", upstream->https},
	    {"misnamed", "https://127.0.0.2", upstream->https},
	    {"plain", "https://127.0.0.1", upstream->http},
	    {"unknown", "https://no-such-host.invalid", 443},
	    {"closed", "http://127.0.0.1", closed_port()},
	    {"full", "http://127.0.0.1", full_port()},
	};
	char  *json = scratch_printf("[%s", timed_models());
	size_t i;

	for (i = 0; i < COUNT(hosts); i++)
		json = scratch_printf("%s%s%s", json, i > 0 ? "," : "",
		    scratch_printf(
			entry, hosts[i].id, hosts[i].host, hosts[i].port));
	return (upstream_models_file(scratch_printf("%s]", json)));
}

static int
start(void **state)
{
	const char    *folder = setting("TEST_FOLDER");
	char          *models;
	struct server *s;

	upstream = upstream_start();
	models = models_file();
	s = server_start(upstream_options(upstream,
	    scratch_printf("UPSTREAM_RETRIES=0\nCA_FILE=%s/rsa/cert.pem\n%s",
		folder, models)));
	impatient = server_start_beside(s,
	    upstream_options(upstream,
		scratch_printf(
		    "UPSTREAM_RETRIES=0\nCA_FILE=%s/ec/cert.pem\n%s"
		    "CONNECT_TIMEOUT_MS=%d\nFIRST_BYTE_TIMEOUT_MS=%d\n"
		    "IDLE_TIMEOUT_MS=%d\nTOTAL_TIMEOUT_MS=%d\n",
		    folder, models, CONNECT_MS, FIRST_BYTE_MS, IDLE_MS,
		    TOTAL_MS)));
	*state = s;
	return (0);
}

struct failing {
	const char *play;
	int         status;
	const char *code;
	int         only; /* this model, or -1 */
};

static const struct failing failing[] = {
    {"status:400", 502, "upstream_error", -1},
    {"status:401", 502, "upstream_error", -1},
    {"status:403", 502, "upstream_error", -1},
    {"status:404", 502, "upstream_error", -1},
    {"status:408", 504, "upstream_timeout", -1},
    {"status:413", 502, "upstream_error", -1},
    {"status:429", 503, "upstream_busy", -1},
    {"busy:7", 503, "upstream_busy", -1},
    {"quota", 503, "upstream_busy", -1},
    {"status:500", 502, "upstream_error", -1},
    {"status:502", 502, "upstream_error", -1},
    {"status:503", 503, "upstream_busy", -1},
    {"status:504", 504, "upstream_timeout", -1},
    {"status:529", 503, "upstream_busy", -1},
    {"status:201", 502, "upstream_error", -1},
    {"html:502", 502, "upstream_error", -1},
    {"html:503", 503, "upstream_busy", -1},
    {"html:200", 502, "upstream_error", -1},
    {"redirect", 502, "upstream_error", -1},
    {"json", 502, "upstream_error", -1},
    {"gzip", 502, "upstream_error", -1},
    {"garbage", 502, "upstream_error", -1},
    {"empty", 502, "upstream_error", -1},
    {"eof:0", 502, "upstream_error", -1},
    {"cut:0", 502, "upstream_error", -1},
    {"not-json:0", 502, "upstream_error", -1},
    {"big-event:2000000", 502, "upstream_error", -1},
    {"silent:odd", 502, "upstream_error", -1},
    {"error:0", 502, "upstream_error", GPT},
    {"error:0", 503, "upstream_busy", CLAUDE},
    {"error:0", 503, "upstream_busy", GEMINI},
    {"raw-error:0", 503, "upstream_busy", GEMINI},
};

/* Whatever the provider said, the client is told in our words, and nothing
 * of what is ours alone. */
static void
assert_discreet(const struct reply *r)
{
	assert_null(strstr(r->body, UPSTREAM_KEY));
	assert_null(strstr(r->headers, UPSTREAM_KEY));
	assert_null(strstr(r->body, "as you wished"));
	assert_null(strstr(r->body, "127.0.0.1"));
}

static void
assert_given_back(struct server *s, const struct user *u, int used)
{
	assert_int_equal(sql_int(s,
			     "SELECT used FROM daily_usage"
			     " WHERE user_id = %lld",
			     u->id),
	    used);
}

/* Between two answers, which also keeps the circuit closed. */
static void
assert_fails(
    struct server *s, const struct user *u, int model, const struct failing *f)
{
	struct reply *bad;
	char         *prompt = upstream_prompt(f->play);

	assert_status(chat_send(s, u->token, 1, upstream_models[model],
			  upstream_prompt("")),
	    200);
	bad = chat_send(s, u->token, 1, upstream_models[model], prompt);
	if (bad->status != f->status)
		print_error("%s %s:\n", upstream_models[model], f->play);
	assert_error(bad, f->status, f->code);
	assert_discreet(bad);
	assert_int_equal(upstream_count(upstream, prompt), 1);
	assert_string_equal(
	    sql_text(s,
		"SELECT concat_ws(' ', status,"
		" error_code, response = '', finish_reason IS NULL)"
		" FROM turns WHERE user_id = %lld ORDER BY id DESC LIMIT 1",
		u->id),
	    scratch_printf("failed %s t t", f->code));
}

static void
assert_all_fail(struct server *s, const char *name, int model)
{
	struct user *u = user_new(s, name);
	int          answers = 0;
	size_t       i;

	conversation_new(s, u->token);
	for (i = 0; i < COUNT(failing); i++) {
		if (failing[i].only != -1 && failing[i].only != model)
			continue;
		assert_fails(s, u, model, &failing[i]);
		assert_given_back(s, u, ++answers);
	}
	assert_int_equal(upstream_state(upstream, "trapped"), 0);
}

static void
failure__of_openai(void **state)
{
	assert_all_fail(*state, "ann", GPT);
}

static void
failure__of_anthropic(void **state)
{
	assert_all_fail(*state, "ben", CLAUDE);
}

static void
failure__of_gemini(void **state)
{
	assert_all_fail(*state, "cid", GEMINI);
}

/* The message that was given back is told to be left. */
static void
failure__says_what_is_left(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "jim");
	int            i;

	conversation_new(s, u->token);
	for (i = 0; i < MODELS; i++)
		assert_header(chat_send(s, u->token, 1, upstream_models[i],
				  upstream_prompt("status:400")),
		    "RateLimit-Remaining", "1000");
	assert_header(chat_send(s, u->token, 1, "gpt", upstream_prompt("")),
	    "RateLimit-Remaining", "999");
}

static const char *const broken[] = {
    "eof:3", "cut:3", "error:3", "raw-error:3", "not-json:3"};

/* The row and the reply of a turn that broke off after three words. */
static void
assert_partial(struct server *s, const struct user *u, const struct reply *r,
    const char *code)
{
	assert_status(r, 200);
	assert_string_equal(reply_text(r, "response"), "w1 w2 w3 ");
	assert_string_equal(reply_text(r, "status"), "failed");
	assert_discreet(r);
	assert_string_equal(
	    sql_text(s,
		"SELECT concat_ws(' ', status,"
		" error_code, response, finish_reason IS NULL) FROM turns"
		" WHERE user_id = %lld AND id = '%s'",
		u->id, reply_text(r, "id")),
	    scratch_printf("failed %s w1 w2 w3  t", code));
}

/* What came is kept, is told once more by the history, and counts. */
static void
failure__after_the_first_character(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "dan");
	struct reply  *r;
	const char    *code;
	size_t         i, model;

	conversation_new(s, u->token);
	for (i = 0; i < COUNT(broken) * MODELS; i++) {
		model = i % MODELS;
		/* Raw errors are Gemini's only; others take no notice of
		 * lines between events, and then the end comes too soon. */
		code = model != GPT &&
			(strncmp(broken[i / MODELS], "error", 5) == 0)
		    ? "upstream_busy"
		    : "upstream_error";
		if (model == GEMINI &&
		    strncmp(broken[i / MODELS], "raw", 3) == 0)
			code = "upstream_busy";
		r = chat_send(s, u->token, 1, upstream_models[model],
		    upstream_prompt(broken[i / MODELS]));
		assert_partial(s, u, r, code);
		assert_status(chat_send(s, u->token, 1, upstream_models[model],
				  upstream_prompt("")),
		    200);
	}
	assert_given_back(s, u, (int)COUNT(broken) * MODELS * 2);
	r = http_get(s, u->token, "/chat/history");
	assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(
				cJSON_GetArrayItem(r->json, 0), "status")),
	    "failed");
}

/* An event says it, where the answer has begun: also one that has nothing
 * but its beginning. */
static void
failure__of_a_stream(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "eve");
	struct sse    *streams[2 * MODELS];
	const cJSON   *error;
	int            i;

	conversation_new(s, u->token);
	for (i = 0; i < 2 * MODELS; i++) {
		streams[i] = sse_chat(s, u->token, 1, upstream_models[i / 2],
		    upstream_prompt(i % 2 == 0 ? "cut:3" : "status:503"));
		assert_true(sse_wait_end(streams[i], WAIT_MS));
		sse_assert_whole(streams[i], 0, "error");
		assert_string_equal(
		    sse_text(streams[i]), i % 2 == 0 ? "w1 w2 w3 " : "");
		error = sse_json(sse_last(streams[i]));
		assert_string_equal(
		    cJSON_GetStringValue(cJSON_GetObjectItem(error, "code")),
		    i % 2 == 0 ? "upstream_error" : "upstream_busy");
		assert_true(cJSON_IsString(cJSON_GetObjectItem(error, "msg")));
		assert_null(strstr(sse_last(streams[i])->data, UPSTREAM_KEY));
		sse_close(streams[i]);
	}
	assert_given_back(s, u, MODELS);
}

static struct sse *
ask_timed(const struct user *u, int i)
{
	struct request q = {.path = "/chat/", .token = u->token};

	q.body = chat_body(1, scratch_printf("timed-%d", i),
	    upstream_prompt(timed[i / MODELS].play));
	return (sse_open(impatient, &q));
}

/* All at once: each is over in its time, none earlier. */
static void
timeout__of_each_kind(void **state)
{
	const struct timed *t;
	struct sse         *calls[COUNT(timed) * MODELS];
	struct user        *users[COUNT(calls)];
	long long           began = now_ms(), over[COUNT(calls)];
	size_t              i;

	for (i = 0; i < COUNT(calls); i++) {
		users[i] = user_new(*state, scratch_printf("timed%zu", i));
		conversation_new(*state, users[i]->token);
	}
	for (i = 0; i < COUNT(calls); i++) {
		calls[i] = ask_timed(users[i], (int)i);
		over[i] = 0;
	}
	do {
		sse_watch(calls, COUNT(calls), 10);
		for (i = 0; i < COUNT(calls); i++)
			if (calls[i]->ended && over[i] == 0)
				over[i] = now_ms() - calls[i]->opened;
	} while (!sse_wait_all(calls, COUNT(calls), 0) &&
	    now_ms() < began + WAIT_MS);
	for (i = 0; i < COUNT(calls); i++) {
		t = &timed[i / MODELS];
		if (t->status == 0)
			assert_partial(
			    *state, users[i], calls[i]->head, t->code);
		else
			assert_error(calls[i]->head, t->status, t->code);
		assert_in_range(over[i], t->ms, t->ms + SLACK_MS);
		assert_given_back(*state, users[i], t->status == 0);
		sse_close(calls[i]);
	}
}

static void
timeout__of_connecting(void **state)
{
	struct user  *u = user_new(*state, "fay");
	struct reply *r;

	conversation_new(impatient, u->token);
	r = chat_send(impatient, u->token, 1, "full", upstream_prompt(""));
	assert_error(r, 504, "upstream_timeout");
	assert_in_range(r->ms, CONNECT_MS, CONNECT_MS + SLACK_MS);
	assert_given_back(*state, u, 0);
}

static void
connection__refused(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "gus");
	struct reply  *r;

	conversation_new(s, u->token);
	r = chat_send(s, u->token, 1, "closed", upstream_prompt(""));
	assert_error(r, 502, "upstream_error");
	assert_in_range(r->ms, 0, SLACK_MS);
	r = chat_send(s, u->token, 1, "unknown", upstream_prompt(""));
	assert_error(r, 502, "upstream_error");
	assert_given_back(s, u, 0);
}

static void
tls__with_the_right_authority(void **state)
{
	static const char *const models[] = {"named", "numbered"};
	struct user             *u = user_new(*state, "hal");
	char                    *prompt;
	size_t                   i;

	conversation_new(impatient, u->token);
	for (i = 0; i < COUNT(models); i++) {
		prompt = upstream_prompt("");
		assert_status(
		    chat_send(impatient, u->token, 1, models[i], prompt), 200);
		assert_int_equal(upstream_count(upstream, prompt), 1);
	}
}

/* Not a byte of the request is sent to somebody who is not who we mean. */
static void
tls__refused(void **state)
{
	static const struct {
		bool        with_authority;
		const char *model;
	} cases[] = {
	    {true, "misnamed"},
	    {true, "plain"},
	    {false, "named"},
	    {false, "numbered"},
	    {false, "misnamed"},
	};
	struct user  *u = user_new(*state, "ida");
	struct reply *r;
	char         *prompt;
	size_t        i;

	conversation_new(*state, u->token);
	for (i = 0; i < COUNT(cases); i++) {
		prompt = upstream_prompt("");
		r = chat_send(cases[i].with_authority ? impatient : *state,
		    u->token, 1, cases[i].model, prompt);
		assert_error(r, 502, "upstream_error");
		assert_int_equal(upstream_count(upstream, prompt), 0);
	}
	assert_given_back(*state, u, 0);
}

static void
nothing__is_left(void **state)
{
	upstream_assert_idle(upstream, *state);
	upstream_assert_idle(upstream, impatient);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(failure__of_openai),
	    cmocka_unit_test(failure__of_anthropic),
	    cmocka_unit_test(failure__of_gemini),
	    cmocka_unit_test(failure__says_what_is_left),
	    cmocka_unit_test(failure__after_the_first_character),
	    cmocka_unit_test(failure__of_a_stream),
	    cmocka_unit_test(timeout__of_each_kind),
	    cmocka_unit_test(timeout__of_connecting),
	    cmocka_unit_test(connection__refused),
	    cmocka_unit_test(tls__with_the_right_authority),
	    cmocka_unit_test(tls__refused),
	    cmocka_unit_test(nothing__is_left),
	};

	return (harness_run(tests, start));
}
