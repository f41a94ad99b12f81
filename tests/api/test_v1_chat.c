/*
 * POST /v1/chat/completions over raw HTTP: shapes, what is refused and by
 * which name, and that nothing is left of what is not stored. What OpenAI's
 * own client makes of it is in test_sdk.c.
 */
#include "harness.h"
#include "harness_sse.h"
#include "harness_upstream.h"

#define PATH "/v1/chat/completions"

static struct upstream *upstream;
static struct server   *real; /* its models are the upstream */

static int
start(void **state)
{
	*state = server_start(NULL);
	upstream = upstream_start();
	real = server_start(upstream_options(upstream, NULL));
	return (0);
}

static char *
body(const char *prompt, const char *more)
{
	return (scratch_printf("{\"model\":\"gpt\",\"messages\":[{\"role\":"
			       "\"user\",\"content\":\"%s\"}]%s}",
	    prompt, more));
}

static struct reply *
ask(struct server *s, const struct user *u, const char *prompt,
    const char *more)
{
	return (http_post(s, u->token, PATH, body(prompt, more)));
}

static const cJSON *
member(const cJSON *from, const char *name)
{
	const cJSON *found = cJSON_GetObjectItemCaseSensitive(from, name);

	assert_non_null(found);
	return (found);
}

static const cJSON *
choice(const struct reply *r)
{
	return (cJSON_GetArrayItem(member(r->json, "choices"), 0));
}

static long long
count_of_all(struct server *s)
{
	return (sql_int(s,
	    "SELECT (SELECT count(*) FROM turns)"
	    " + (SELECT count(*) FROM turn_events)"
	    " + (SELECT count(*) FROM idempotency_keys)"
	    " + (SELECT coalesce(sum(running), 0) FROM daily_usage)"));
}

static long long
used(struct server *s, const struct user *u)
{
	return (sql_int(s,
	    "SELECT coalesce(sum(used), 0) FROM daily_usage"
	    " WHERE user_id = %lld",
	    u->id));
}

static void
completion__is_openais(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	struct reply  *r = ask(s, u, "Hello you", "");
	const cJSON   *usage;

	assert_status(r, 200);
	assert_int_equal(strncmp(reply_text(r, "id"), "chatcmpl-", 9), 0);
	assert_string_equal(reply_text(r, "object"), "chat.completion");
	assert_string_equal(reply_text(r, "model"), "gpt");
	assert_in_range(reply_int(r, "created"), 1700000000, 4000000000LL);
	assert_string_equal(cJSON_PrintUnformatted(choice(r)),
	    "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
	    "\"[GPT] Echo: Hello you\",\"refusal\":null,\"annotations\":[]},"
	    "\"logprobs\":null,\"finish_reason\":\"stop\"}");
	usage = member(r->json, "usage");
	assert_int_equal(member(usage, "prompt_tokens")->valueint, 2);
	assert_int_equal(member(usage, "completion_tokens")->valueint, 4);
	assert_int_equal(member(usage, "total_tokens")->valueint, 6);
	assert_header(r, "X-RateLimit-Limit-Requests", "20");
	assert_header(r, "X-RateLimit-Remaining-Requests", "19");
	assert_header(r, "X-RateLimit-Reset-Requests", NULL);
	assert_int_equal(used(s, u), 1);
	assert_int_equal(count_of_all(s), 0);
}

static void
messages__are_the_context(void **state)
{
	struct user  *u = user_new(real, "ben");
	const char   *prompt = upstream_prompt("");
	const cJSON  *sent;
	struct reply *r;

	(void)state;
	r = http_post(real, u->token, PATH,
	    scratch_printf(
		"{\"model\":\"gpt\",\"max_tokens\":33,\"stop\":\"END\","
		"\"messages\":[{\"role\":\"developer\",\"content\":\"Be kind."
		"\"},{\"role\":\"user\",\"content\":[{\"type\":\"text\","
		"\"text\":\"one\"},{\"type\":\"text\",\"text\":\"two\"}]},"
		"{\"role\":\"assistant\",\"content\":\"three\",\"tool_calls\":"
		"null},{\"role\":\"user\",\"content\":\"%s\"}],"
		"\"unknown\":{\"a\":[]},\"tools\":[],\"n\":1,\"user\":\"me\","
		"\"response_format\":{\"type\":\"text\"}}",
		prompt));
	assert_status(r, 200);
	sent = member(upstream_request(upstream, prompt, 2000), "body");
	assert_string_equal(cJSON_PrintUnformatted(member(sent, "messages")),
	    scratch_printf("[{\"role\":\"system\",\"content\":\"Be kind.\"},"
			   "{\"role\":\"user\",\"content\":\"one\\ntwo\"},"
			   "{\"role\":\"assistant\",\"content\":\"three\"},"
			   "{\"role\":\"user\",\"content\":\"%s\"}]",
		prompt));
	assert_int_equal(member(sent, "max_completion_tokens")->valueint, 33);
	assert_int_equal(count_of_all(real), 0);
	assert_int_equal(used(real, u), 1);
}

/* Where a mock's limit is. */
static void
max_tokens__end_the_answer(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "cem");
	struct reply  *r = ask(s, u, "a b c", ",\"max_completion_tokens\":3");

	assert_status(r, 200);
	assert_string_equal(
	    member(choice(r), "finish_reason")->valuestring, "length");
	assert_string_equal(
	    member(member(choice(r), "message"), "content")->valuestring,
	    "[GPT] Echo: a");
}

static struct sse *
stream(struct server *s, const struct user *u, const char *prompt,
    const char *more)
{
	struct request q = {.path = PATH, .token = u->token};

	q.body = body(prompt, more);
	return (sse_open(s, &q));
}

static void
stream__is_chunks(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "dan");
	struct sse    *e;
	const cJSON   *chunk;
	size_t         i;

	e = stream(s, u, "x y",
	    ",\"stream\":true,\"stream_options\":{\"include_usage\":true}");
	assert_true(sse_wait_end(e, 5000));
	/* Role, four words, the end, usage, [DONE]. */
	assert_int_equal(e->count, 8);
	assert_string_equal(e->events[7].data, "[DONE]");
	for (i = 0; i < 7; i++) {
		chunk = sse_json(&e->events[i]);
		assert_string_equal(member(chunk, "object")->valuestring,
		    "chat.completion.chunk");
		assert_string_equal(member(chunk, "id")->valuestring,
		    member(sse_json(&e->events[0]), "id")->valuestring);
		assert_int_equal(
		    cJSON_GetArraySize(member(chunk, "choices")), i < 6);
		assert_int_equal(cJSON_IsNull(member(chunk, "usage")), i < 6);
	}
	assert_non_null(strstr(e->events[0].data, "\"role\":\"assistant\""));
	assert_non_null(strstr(e->events[4].data, "{\"content\":\"y\"}"));
	assert_non_null(
	    strstr(e->events[5].data, "\"finish_reason\":\"stop\""));
	sse_close(e);
	assert_int_equal(count_of_all(s), 0);
	assert_int_equal(used(s, u), 1);
}

/* An answer that breaks off is not called whole. */
static void
stream__tells_an_error(void **state)
{
	struct user *u = user_new(real, "eva");
	struct sse  *e;

	(void)state;
	e = stream(real, u, upstream_prompt("cut"), ",\"stream\":true");
	assert_true(sse_wait_end(e, 20000));
	assert_non_null(strstr(sse_last(e)->data, "{\"error\":{\"message\":"));
	assert_non_null(strstr(sse_last(e)->data, "\"type\":\"server_error\""));
	sse_close(e);
	assert_int_equal(count_of_all(real), 0);
}

/* Nobody can come back for it, so it is not written to its end. */
static void
leaving__ends_the_answer(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "fay");
	struct sse    *e;
	char          *words;
	size_t         i;
	long long      deadline;

	words = scratch_printf("w");
	for (i = 0; i < 300; i++)
		words = scratch_printf("%s w", words);
	e = stream(s, u, words, ",\"stream\":true");
	assert_true(sse_wait(e, 3, 5000));
	assert_int_equal(count_of_all(s), 2); /* its row, as running */
	sse_close(e);
	for (deadline = now_ms() + 3000; count_of_all(s) > 0; sleep_ms(20))
		assert_true(now_ms() < deadline);
	/* Something was said: it counts. */
	assert_int_equal(used(s, u), 1);
}

/* The row of one that runs holds nothing of what was said. */
static void
running__keeps_no_text(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "guy");
	struct sse    *e = stream(s, u,
	       "w w w w w w w w w w w w w w w w w w w w w w w w w w w w w w " PRIVATE,
	       ",\"stream\":true");

	assert_true(sse_wait(e, 20, 5000));
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM turns WHERE prompt = ''"
			     " AND response = ''"),
	    1);
	assert_int_equal(sql_int(s, "SELECT count(*) FROM turn_events"), 0);
	assert_true(sse_wait_end(e, 5000));
	sse_close(e);
}

/* The worker is gone: what it was answering leaves nothing either. */
static void
dead_worker__leaves_nothing(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "hal");

	sql_run(s,
	    "INSERT INTO turns (user_id, conversation, id, status, model,"
	    " prompt, heartbeat_at) VALUES (%lld, 0, '0192f0a4-1b2c-7d3e-8f90-"
	    "a1b200000000', 'running', 'gpt', '', now() - interval '1 hour')",
	    u->id);
	sql_run(s,
	    "INSERT INTO daily_usage (user_id, day, used, running)"
	    " VALUES (%lld, (now() AT TIME ZONE 'UTC')::date, 1, 1)",
	    u->id);
	sql_run(s, "UPDATE turns SET created_at = now() WHERE user_id = %lld",
	    u->id);
	for (long long deadline = now_ms() + 9000; count_of_all(s) > 0;
	     sleep_ms(50))
		assert_true(now_ms() < deadline);
	assert_int_equal(used(s, u), 0);
}

static void
day__is_used_up(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ida");
	struct reply  *r;
	int            i;

	sql_run(s, "UPDATE users SET daily_limit = 1 WHERE id = %lld", u->id);
	assert_status(ask(s, u, "one", ""), 200);
	for (i = 0; i < 2; i++) {
		r = ask(s, u, "two", i == 0 ? "" : ",\"stream\":true");
		assert_v1_error(
		    r, 429, "insufficient_quota", "insufficient_quota", NULL);
		assert_header(r, "X-Should-Retry", "false");
		assert_header(r, "X-RateLimit-Remaining-Requests", "0");
	}
	assert_int_equal(used(s, u), 1);
}

static void
wrong_input__is_refused_by_name(void **state)
{
	static const struct {
		const char *body;
		const char *code;
		const char *param;
	} wrong[] = {
#define HI             "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"
#define WITH(more)     "{\"model\":\"gpt\"," HI "," more "}"
#define MESSAGES(list) "{\"model\":\"gpt\",\"messages\":" list "}"
	    {"{" HI "}", "missing_required_parameter", "model"},
	    {"{\"model\":7," HI "}", "invalid_value", "model"},
	    {"{\"model\":\"gpt\"}", "missing_required_parameter", "messages"},
	    {MESSAGES("[]"), "invalid_value", "messages"},
	    {MESSAGES("\"Hi\""), "invalid_value", "messages"},
	    {MESSAGES("[7]"), "invalid_value", "messages[0]"},
	    {MESSAGES("[{\"content\":\"Hi\"}]"), "missing_required_parameter",
		"messages[0].role"},
	    {MESSAGES("[{\"role\":\"tool\",\"content\":\"Hi\"}]"),
		"invalid_value", "messages[0].role"},
	    {MESSAGES("[{\"role\":\"user\"}]"), "missing_required_parameter",
		"messages[0].content"},
	    {MESSAGES("[{\"role\":\"user\",\"content\":7}]"), "invalid_value",
		"messages[0].content"},
	    {MESSAGES("[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
		      "\"text\":\"a\"},{\"type\":\"image_url\"}]}]"),
		"invalid_value", "messages[0].content[1]"},
	    {MESSAGES("[{\"role\":\"user\",\"content\":\" \"}]"),
		"invalid_value", "messages"},
	    {MESSAGES("[{\"role\":\"assistant\",\"content\":\"Hi\"}]"),
		"invalid_value", "messages"},
	    {MESSAGES("[{\"role\":\"assistant\",\"content\":\"Hi\","
		      "\"tool_calls\":[{}]}]"),
		"unsupported_parameter", "messages[0].tool_calls"},
	    {WITH("\"tools\":[{}]"), "unsupported_parameter", "tools"},
	    {WITH("\"functions\":[{}]"), "unsupported_parameter", "functions"},
	    {WITH("\"tool_choice\":{}"), "unsupported_parameter",
		"tool_choice"},
	    {WITH("\"n\":2"), "unsupported_parameter", "n"},
	    {WITH("\"logprobs\":true"), "unsupported_parameter", "logprobs"},
	    {WITH("\"response_format\":{\"type\":\"json_object\"}"),
		"unsupported_parameter", "response_format"},
	    {WITH("\"audio\":{\"voice\":\"x\"}"), "unsupported_parameter",
		"audio"},
	    {WITH("\"modalities\":[\"text\",\"audio\"]"),
		"unsupported_parameter", "modalities"},
	    {WITH("\"presence_penalty\":0.5"), "unsupported_parameter",
		"presence_penalty"},
	    {WITH("\"temperature\":2.1"), "invalid_value", "temperature"},
	    {WITH("\"temperature\":\"1\""), "invalid_value", "temperature"},
	    {WITH("\"top_p\":-1"), "invalid_value", "top_p"},
	    {WITH("\"max_tokens\":-1"), "invalid_value", "max_tokens"},
	    {WITH("\"max_completion_tokens\":1.5"), "invalid_value",
		"max_completion_tokens"},
	    {WITH("\"seed\":\"a\""), "invalid_value", "seed"},
	    {WITH("\"stop\":[1]"), "invalid_value", "stop"},
	    {WITH("\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"]"), "invalid_value",
		"stop"},
	    {WITH("\"stream\":1"), "invalid_value", "stream"},
	    {WITH("\"stream_options\":{\"include_usage\":true}"),
		"invalid_value", "stream_options"},
	    {"[]", "invalid_json", NULL},
	    {"{", "invalid_json", NULL},
	};
	struct server *s = *state;
	struct user   *u = user_new(s, "jim");
	size_t         i;

	for (i = 0; i < COUNT(wrong); i++)
		assert_v1_invalid(http_post(s, u->token, PATH, wrong[i].body),
		    400, wrong[i].code, wrong[i].param);
	assert_v1_invalid(
	    http_post(s, u->token, PATH, "{\"model\":\"gpt-9\"," HI "}"), 404,
	    "model_not_found", "model");
	assert_v1_invalid(http_post(s, NULL, PATH, body("Hi", "")), 401,
	    "invalid_api_key", NULL);
	assert_v1_invalid(
	    http_get(s, u->token, PATH), 405, "method_not_allowed", NULL);
	assert_int_equal(used(s, u), 0);
}

/* The program's own statement. */
static const char *
statement(struct server *s, const char *name)
{
	const char *listed, *line;
	cJSON      *one;

	assert_int_equal(server_command(s, "statements", &listed), 0);
	for (line = listed; *line == '{'; line = strchr(line, '\n') + 1) {
		one = cJSON_Parse(line);
		if (strcmp(member(one, "name")->valuestring, name) == 0)
			return (member(one, "sql")->valuestring);
		cJSON_Delete(one);
	}
	fail_msg("no statement %s", name);
	return (NULL);
}

static void
assert_begun(PGresult *r)
{
	assert_int_equal(PQntuples(r), 1);
	assert_string_equal(PQgetvalue(r, 0, 1), "1"); /* used */
	assert_string_equal(PQgetvalue(r, 0, 3), "0"); /* begun */
	PQclear(r);
}

/* A statement that is sent again, since its answer was lost with the
 * connection, knows itself although it left no row. */
static void
repeated_statement__takes_one(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "lou");
	const char    *session;
	int            i;

	session = sql_text(
	    s, "SELECT id FROM sessions WHERE user_id = %lld", u->id);
	sql_run(s, "PREPARE begin_again AS %s", statement(s, "turn_begin"));
	for (i = 0; i < 3; i++)
		assert_begun(PQexec(s->sql,
		    scratch_printf(
			"EXECUTE begin_again(%lld, '%s', NULL, 20, 0,"
			" '0192f0a4-1b2c-7d3e-8f90-a1b200000000',"
			" 'gpt', '', '', 'completed', 1, 1, NULL,"
			" NULL, 4, NULL, NULL)",
			u->id, session)));
	assert_int_equal(used(s, u), 1);
	assert_int_equal(count_of_all(s), 0);
}

/* Of any number at once exactly those that are left are answered. */
static void
limit__is_exact(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "kim");
	struct request q[40];
	struct reply **replies;
	size_t         i;

	sql_run(s, "UPDATE users SET daily_limit = 7 WHERE id = %lld", u->id);
	for (i = 0; i < COUNT(q); i++)
		q[i] = (struct request){
		    .path = PATH, .token = u->token, .body = body("Hi", "")};
	replies = http_many(s, q, COUNT(q));
	assert_int_equal(http_count(replies, COUNT(q), 200), 7);
	assert_int_equal(http_count(replies, COUNT(q), 429), 33);
	assert_int_equal(used(s, u), 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(completion__is_openais),
	    cmocka_unit_test(messages__are_the_context),
	    cmocka_unit_test(max_tokens__end_the_answer),
	    cmocka_unit_test(stream__is_chunks),
	    cmocka_unit_test(stream__tells_an_error),
	    cmocka_unit_test(leaving__ends_the_answer),
	    cmocka_unit_test(running__keeps_no_text),
	    cmocka_unit_test(dead_worker__leaves_nothing),
	    cmocka_unit_test(day__is_used_up),
	    cmocka_unit_test(wrong_input__is_refused_by_name),
	    cmocka_unit_test(repeated_statement__takes_one),
	    cmocka_unit_test(limit__is_exact),
	};

	return (harness_run(tests, start));
}
