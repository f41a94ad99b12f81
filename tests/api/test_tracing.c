/*
 * One request can be followed: by its id through the log, whoever writes the
 * line and however late, and by its Server-Timing through its time.
 */
#include "harness.h"

#define SLOW_MS 60 /* of a streamed mock's answer, at least */

static int
start(void **state)
{
	const char *options[] = {
	    "MOCK_FAULTS=1", "MOCK_STREAM_DELAY_MS=20", NULL};

	*state = server_start(options);
	return (0);
}

struct timing {
	double auth, db, upstream, self;
};

static struct timing
timing_of(const struct reply *r)
{
	struct timing t;
	const char   *value = reply_header(r, "server-timing");

	assert_non_null(value);
	assert_int_equal(
	    sscanf(value,
		"auth;dur=%lf, db;dur=%lf, upstream;dur=%lf, self;dur=%lf",
		&t.auth, &t.db, &t.upstream, &t.self),
	    4);
	assert_true(t.auth >= 0 && t.db >= 0 && t.upstream >= 0);
	assert_true(t.self >= 0 && t.self < 10000);
	return (t);
}

static void
timing__is_in_every_reply(void **state)
{
	struct request options = {.method = "OPTIONS", .path = "/chat/"};
	struct timing  t;

	t = timing_of(http_get(*state, NULL, "/healthz"));
	assert_true(t.auth == 0 && t.db == 0 && t.upstream == 0);
	t = timing_of(http_get(*state, NULL, "/nowhere"));
	assert_true(t.db == 0);
	timing_of(http_get(*state, NULL, "/chat/history"));
	timing_of(http_call(*state, &options));
	t = timing_of(http_get(*state, NULL, "/readyz"));
	assert_true(t.db > 0 && t.upstream == 0);
}

static void
timing__tells_where_the_time_went(void **state)
{
	struct user  *u = user_new(*state, "timed");
	int           n = conversation_new(*state, u->token);
	struct reply *r;
	struct timing t;

	r = user_log_in(*state, "timed", u->password);
	t = timing_of(r);
	assert_true(t.auth > 1); /* a hash is meant to be slow */
	assert_true(t.auth + t.db + t.upstream + t.self <= r->ms + 1);
	/* Breaks off in the middle, after some words 20 ms apart. */
	r = chat_send(*state, u->token, n, "gpt",
	    "!cut one two three four five six seven eight");
	t = timing_of(r);
	assert_true(t.upstream >= SLOW_MS);
	assert_true(t.db > 0 && t.db < t.upstream);
}

/* Lines of this event with this request's id. */
static int
lines_of(const struct server *s, const char *event, const char *id)
{
	const cJSON *json;
	char        *text = scratch_file(s->log), *line, *rest;
	int          count = 0;

	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		json = cJSON_Parse(line);
		if (json != NULL &&
		    strcmp(cJSON_GetStringValue(
			       cJSON_GetObjectItem(json, "event")),
			event) == 0 &&
		    cJSON_GetObjectItem(json, "id") != NULL &&
		    strcmp(
			cJSON_GetStringValue(cJSON_GetObjectItem(json, "id")),
			id) == 0)
			count++;
	}
	return (count);
}

static void
await_line(const struct server *s, const char *event, const char *id)
{
	long long deadline = now_ms() + 3000;

	while (lines_of(s, event, id) == 0) {
		if (now_ms() > deadline)
			fail_msg("no line %s of request %s", event, id);
		sleep_ms(20);
	}
	assert_int_equal(lines_of(s, event, id), 1);
}

static void
id__of_a_failed_statement(void **state)
{
	struct user  *u = user_new(*state, "failing");
	struct reply *r;

	sql_run(*state, "ALTER TABLE conversations RENAME TO hidden");
	r = http_get(*state, u->token, "/chat/conversations");
	sql_run(*state, "ALTER TABLE hidden RENAME TO conversations");
	assert_error(r, 500, "internal");
	await_line(*state, "statement_failed", reply_header(r, "x-request-id"));
	await_line(*state, "request", reply_header(r, "x-request-id"));
}

/* A generation outlives its request; others run meanwhile, on the same
 * worker too. */
static void
id__of_a_generation(void **state)
{
	struct user   *u = user_new(*state, "generating");
	int            n = conversation_new(*state, u->token);
	struct request send = {.path = "/chat/",
	    .token = u->token,
	    .headers = {"Accept: text/event-stream", "X-Request-Id: began-it"}};
	struct raw    *raw = raw_open(*state);
	int            i;

	send.body = chat_body(n, "gpt", "one two three four five six seven");
	raw_text(raw, raw_request(*state, &send));
	sleep_ms(50);
	raw_close(raw);
	for (i = 0; i < 20; i++)
		http_get(*state, u->token, "/chat/conversations");
	await_line(*state, "generation", "began-it");
	await_line(*state, "request", "began-it");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(timing__is_in_every_reply),
	    cmocka_unit_test(timing__tells_where_the_time_went),
	    cmocka_unit_test(id__of_a_failed_statement),
	    cmocka_unit_test(id__of_a_generation),
	};

	return (harness_run(tests, start));
}
