/*
 * /v1/responses over raw HTTP: what the model is told along a branch, what is
 * refused and by which name, that a refused request changes nothing, and that
 * a response can be taken up and ended from anywhere. What OpenAI's own client
 * makes of it is in test_sdk.c.
 */
#include "harness.h"
#include "harness_sse.h"
#include "harness_upstream.h"

#define PATH    "/v1/responses"
#define NOTHING "resp_00000000000000000000000000000000"

static struct upstream *upstream;
static struct server   *real; /* its models are the upstream */
static struct server   *mock;
static struct server   *beside; /* on the mock's database */

static int
start(void **state)
{
	static const char *const options[] = {"RUNNING_PER_USER=20", NULL};

	(void)state;
	upstream = upstream_start();
	real = server_start(upstream_options(upstream, NULL));
	mock = server_start(options);
	beside = server_start_beside(mock, options);
	return (0);
}

static const cJSON *
member(const cJSON *from, const char *name)
{
	const cJSON *found = cJSON_GetObjectItemCaseSensitive(from, name);

	assert_non_null(found);
	return (found);
}

static const char *
text_of(const struct reply *r)
{
	const cJSON *item = cJSON_GetArrayItem(member(r->json, "output"), 0);
	const cJSON *part = cJSON_GetArrayItem(member(item, "content"), 0);

	return (member(part, "text")->valuestring);
}

static const char *
conversation_of(const struct reply *r)
{
	return (member(member(r->json, "conversation"), "id")->valuestring);
}

/* input is JSON; more begins with a comma, or is "". */
static struct reply *
ask(struct server *s, const struct user *u, const char *input, const char *more)
{
	return (http_post(s, u->token, PATH,
	    scratch_printf("{\"model\":\"gpt\",\"input\":%s%s}", input, more)));
}

static struct reply *
get(struct server *s, const struct user *u, const char *id, const char *behind)
{
	return (
	    http_get(s, u->token, scratch_printf(PATH "/%s%s", id, behind)));
}

static long long
used(struct server *s, const struct user *u)
{
	return (sql_int(s,
	    "SELECT coalesce(sum(used), 0) FROM daily_usage"
	    " WHERE user_id = %lld",
	    u->id));
}

/* What the model was told with this prompt. */
static const char *
told(const char *prompt)
{
	const cJSON *sent = upstream_request(upstream, prompt, 2000);

	return (
	    cJSON_PrintUnformatted(member(member(sent, "body"), "messages")));
}

static char *
quoted(const char *text)
{
	return (scratch_printf("\"%s\"", text));
}

static void
branch__is_the_context(void **state)
{
	struct user  *u = user_new(real, "ann");
	const char   *p[5];
	struct reply *first, *second, *r;
	size_t        i;

	(void)state;
	for (i = 0; i < COUNT(p); i++)
		p[i] = upstream_prompt("");
	first = ask(real, u, quoted(p[0]), ",\"instructions\":\"Be kind.\"");
	assert_status(first, 200);
	second = ask(real, u, quoted(p[1]),
	    scratch_printf(",\"conversation\":\"%s\"", conversation_of(first)));
	assert_status(second, 200);
	/* Instructions are of their request only. */
	assert_string_equal(told(p[1]),
	    scratch_printf("[{\"role\":\"user\",\"content\":\"%s\"},"
			   "{\"role\":\"assistant\",\"content\":"
			   "\"" UPSTREAM_GREETING "\"},"
			   "{\"role\":\"user\",\"content\":\"%s\"}]",
		p[0], p[1]));
	/* From the first one, without the second. */
	r = ask(real, u, quoted(p[2]),
	    scratch_printf(
		",\"previous_response_id\":\"%s\"", reply_text(first, "id")));
	assert_status(r, 200);
	assert_null(strstr(told(p[2]), p[1]));
	assert_non_null(strstr(told(p[2]), p[0]));
	/* And on from the branch, which is where the conversation is now. */
	r = ask(real, u, quoted(p[3]),
	    scratch_printf(
		",\"conversation\":{\"id\":\"%s\"}", conversation_of(first)));
	assert_status(r, 200);
	assert_null(strstr(told(p[3]), p[1]));
	assert_non_null(strstr(told(p[3]), p[2]));
	assert_non_null(strstr(told(p[3]), p[0]));
	/* A new first prompt. */
	r = ask(real, u, quoted(p[4]),
	    scratch_printf(",\"conversation\":\"%s\","
			   "\"previous_response_id\":\"" NOTHING "\"",
		conversation_of(first)));
	assert_status(r, 200);
	assert_string_equal(told(p[4]),
	    scratch_printf("[{\"role\":\"user\",\"content\":\"%s\"}]", p[4]));
}

static void
unstored__goes_on_from_stored(void **state)
{
	struct user *u = user_new(real, "ben");
	const char  *p[3] = {
	     upstream_prompt(""), upstream_prompt(""), upstream_prompt("")};
	struct reply *first, *r;

	(void)state;
	first = ask(real, u, quoted(p[0]), "");
	assert_status(first, 200);
	r = ask(real, u, quoted(p[1]),
	    scratch_printf(",\"store\":false,\"previous_response_id\":\"%s\"",
		reply_text(first, "id")));
	assert_status(r, 200);
	assert_non_null(strstr(told(p[1]), p[0]));
	assert_v1_invalid(get(real, u, reply_text(r, "id"), ""), 404,
	    "response_not_found", NULL);
	r = ask(real, u, quoted(p[2]),
	    scratch_printf(",\"store\":false,\"conversation\":\"%s\"",
		conversation_of(first)));
	assert_status(r, 200);
	assert_non_null(strstr(told(p[2]), p[0]));
	assert_null(strstr(told(p[2]), p[1]));
	assert_int_equal(
	    sql_int(
		real, "SELECT count(*) FROM turns WHERE user_id = %lld", u->id),
	    1);
	assert_int_equal(used(real, u), 3);
}

/* Messages before the prompt are told, and kept as turns. */
static void
input__of_several_messages(void **state)
{
	struct user  *u = user_new(real, "cem");
	const char   *prompt = upstream_prompt(""), *next = upstream_prompt("");
	struct reply *r, *again;

	(void)state;
	r = ask(real, u,
	    scratch_printf("[{\"role\":\"developer\",\"content\":\"Be kind.\"},"
			   "{\"role\":\"user\",\"content\":\"one\"},"
			   "{\"role\":\"assistant\",\"content\":\"first\"},"
			   "{\"role\":\"user\",\"content\":\"%s\"}]",
		prompt),
	    "");
	assert_status(r, 200);
	assert_string_equal(told(prompt),
	    scratch_printf("[{\"role\":\"system\",\"content\":\"Be kind.\"},"
			   "{\"role\":\"user\",\"content\":\"one\"},"
			   "{\"role\":\"assistant\",\"content\":\"first\"},"
			   "{\"role\":\"user\",\"content\":\"%s\"}]",
		prompt));
	assert_int_equal(used(real, u), 1);
	/* And again, from what was kept; an item names what was said. */
	again = ask(real, u,
	    scratch_printf("[{\"type\":\"item_reference\",\"id\":\"%s\"},"
			   "{\"role\":\"user\",\"content\":\"%s\"}]",
		member(cJSON_GetArrayItem(member(r->json, "output"), 0), "id")
		    ->valuestring,
		next),
	    scratch_printf(
		",\"previous_response_id\":\"%s\"", reply_text(r, "id")));
	assert_status(again, 200);
	assert_string_equal(told(next),
	    scratch_printf(
		"[{\"role\":\"system\",\"content\":\"Be kind.\"},"
		"{\"role\":\"user\",\"content\":\"one\"},"
		"{\"role\":\"assistant\",\"content\":\"first\"},"
		"{\"role\":\"user\",\"content\":\"%s\"},"
		"{\"role\":\"assistant\",\"content\":\"" UPSTREAM_GREETING
		"\\n\\n" UPSTREAM_GREETING "\"},"
		"{\"role\":\"user\",\"content\":\"%s\"}]",
		prompt, next));
	assert_string_equal(
	    reply_text(again, "previous_response_id"), reply_text(r, "id"));
}

static void
wrong_input__is_refused_by_name(void **state)
{
	static const struct {
		const char *body;
		int         status;
		const char *code;
		const char *param;
	} wrong[] = {
#define WITH(more)   "{\"model\":\"gpt\",\"input\":\"Hi\"," more "}"
#define INPUT(input) "{\"model\":\"gpt\",\"input\":" input "}"
	    {"{\"input\":\"Hi\"}", 400, "missing_required_parameter", "model"},
	    {"{\"model\":\"gpt\"}", 400, "missing_required_parameter", "input"},
	    {"{\"model\":\"no\",\"input\":\"Hi\"}", 404, "model_not_found",
		"model"},
	    {INPUT("7"), 400, "invalid_value", "input"},
	    {INPUT("[]"), 400, "invalid_value", "input"},
	    {INPUT("\"\""), 400, "invalid_value", "input"},
	    {INPUT("[null]"), 400, "invalid_value", "input[0]"},
	    {INPUT("[{\"type\":\"function_call_output\"}]"), 400,
		"invalid_value", "input[0].type"},
	    {INPUT("[{\"type\":\"item_reference\",\"id\":\"msg_1\"}]"), 404,
		"message_not_found", "input[0].id"},
	    {INPUT("[{\"role\":\"user\",\"content\":\"Hi\"},"
		   "{\"type\":\"item_reference\",\"id\":\"msg_0192f0a41b2c7d3e"
		   "8f90a1b200000001\"}]"),
		404, "message_not_found", "input[1].id"},
	    {INPUT("[{\"role\":\"user\",\"content\":[{\"type\":"
		   "\"input_image\"}]}]"),
		400, "invalid_value", "input[0].content[0]"},
	    {INPUT("[{\"role\":\"assistant\",\"content\":\"Hi\"}]"), 400,
		"invalid_value", "input"},
	    {WITH("\"tools\":[{\"type\":\"web_search\"}]"), 400,
		"unsupported_parameter", "tools"},
	    {WITH("\"tool_choice\":\"required\""), 400, "unsupported_parameter",
		"tool_choice"},
	    {WITH("\"text\":{\"format\":{\"type\":\"json_schema\"}}"), 400,
		"unsupported_parameter", "text"},
	    {WITH("\"prompt\":{\"id\":\"p\"}"), 400, "unsupported_parameter",
		"prompt"},
	    {WITH("\"conversation\":7"), 400, "invalid_value", "conversation"},
	    {WITH("\"conversation\":\"conv_1\""), 404, "conversation_not_found",
		"conversation"},
	    {WITH("\"conversation\":"
		  "\"conv_0192f0a41b2c7d3e8f90a1b2c3d4e5f6\""),
		404, "conversation_not_found", "conversation"},
	    {WITH("\"previous_response_id\":\"resp_1\""), 404,
		"response_not_found", "previous_response_id"},
	    {WITH("\"previous_response_id\":\"" NOTHING "\""), 404,
		"response_not_found", "previous_response_id"},
	    {WITH("\"previous_response_id\":"
		  "\"resp_0192f0a41b2c7d3e8f90a1b2ffffffff\""),
		404, "response_not_found", "previous_response_id"},
	    {WITH("\"store\":false,\"previous_response_id\":"
		  "\"resp_0192f0a41b2c7d3e8f90a1b200000001\""),
		404, "conversation_not_found", "previous_response_id"},
	    {WITH("\"store\":false,\"background\":true"), 400, "invalid_value",
		"background"},
	    {WITH("\"store\":\"no\""), 400, "invalid_value", "store"},
	    {WITH("\"metadata\":[]"), 400, "invalid_value", "metadata"},
	    {WITH("\"metadata\":{\"a\":1}"), 400, "invalid_value", "metadata"},
	    {WITH("\"instructions\":[]"), 400, "invalid_value", "instructions"},
	    {WITH("\"max_output_tokens\":-1"), 400, "invalid_value",
		"max_output_tokens"},
	    {WITH("\"temperature\":3"), 400, "invalid_value", "temperature"},
	    {"{", 400, "invalid_json", NULL},
	};
	struct user *u = user_new(mock, "dan");
	size_t       i;

	(void)state;
	for (i = 0; i < COUNT(wrong); i++)
		assert_v1_invalid(
		    http_post(mock, u->token, PATH, wrong[i].body),
		    wrong[i].status, wrong[i].code, wrong[i].param);
	assert_int_equal(used(mock, u), 0);
	assert_int_equal(
	    sql_int(mock,
		"SELECT count(*) FROM conversations WHERE user_id = %lld",
		u->id),
	    0);
}

/* Another's is as good as none, everywhere. */
static void
others__are_not_there(void **state)
{
	struct user  *owner = user_new(mock, "eva"), *u = user_new(mock, "fay");
	struct reply *theirs = ask(mock, owner, "\"Hi\"", ""), *r;
	const char   *id = reply_text(theirs, "id");
	size_t        i;
	const char   *body = scratch_printf(
	      "[{\"type\":\"item_reference\",\"id\":\"msg_%s\"},"
		"{\"role\":\"user\",\"content\":\"x\"}]",
	      id + 5);

	(void)state;
	for (i = 0; i < 3; i++)
		assert_v1_invalid(get(mock, u, id,
				      ((const char *const[]){"", "?stream=true",
					  "/input_items"})[i]),
		    404, "response_not_found", NULL);
	r = http_post(
	    mock, u->token, scratch_printf(PATH "/%s/cancel", id), "{}");
	assert_v1_invalid(r, 404, "response_not_found", NULL);
	r = http_call(mock,
	    &(struct request){.method = "DELETE",
		.path = scratch_printf(PATH "/%s", id),
		.token = u->token});
	assert_v1_invalid(r, 404, "response_not_found", NULL);
	r = ask(mock, u, "\"Hi\"",
	    scratch_printf(",\"previous_response_id\":\"%s\"", id));
	/* There is no conversation of that number to be in. */
	assert_v1_invalid(r, 404, "conversation_not_found", "conversation");
	r = ask(mock, u, "\"Hi\"",
	    scratch_printf(
		",\"conversation\":\"%s\"", conversation_of(theirs)));
	assert_v1_invalid(r, 404, "conversation_not_found", "conversation");
	assert_v1_invalid(
	    ask(mock, u, body, ""), 404, "message_not_found", "input[0].id");
	assert_status(get(mock, owner, id, ""), 200);
	assert_int_equal(used(mock, u), 0);
}

/* A refused request makes no conversation. */
static void
limit__makes_no_conversation(void **state)
{
	struct user   *u = user_new(mock, "gil");
	struct request q[30];
	struct reply **replies;
	size_t         i;

	(void)state;
	sql_run(
	    mock, "UPDATE users SET daily_limit = 5 WHERE id = %lld", u->id);
	for (i = 0; i < COUNT(q); i++)
		q[i] = (struct request){.path = PATH,
		    .token = u->token,
		    .body = "{\"model\":\"gpt\",\"input\":\"Hi\"}"};
	replies = http_many(mock, q, COUNT(q));
	assert_int_equal(http_count(replies, COUNT(q), 200), 5);
	assert_int_equal(http_count(replies, COUNT(q), 429), 25);
	assert_int_equal(
	    sql_int(mock,
		"SELECT count(*) FROM conversations WHERE user_id = %lld",
		u->id),
	    5);
	assert_int_equal(used(mock, u), 5);
}

static void
key__gives_the_same_again(void **state)
{
	struct user   *u = user_new(mock, "hal");
	struct request q = {.path = PATH, .token = u->token};
	struct reply  *one, *two;
	int            i;

	(void)state;
	for (i = 0; i < 3; i++) {
		q.headers[0] = scratch_printf("Idempotency-Key: key-%d", i);
		q.body = scratch_printf(
		    "{\"model\":\"gpt\",\"input\":[{\"role\":\"user\","
		    "\"content\":\"a\"},{\"role\":\"user\",\"content\":"
		    "\"b\"}]%s}",
		    i == 0       ? ""
			: i == 1 ? ",\"max_output_tokens\":2"
				 : ",\"background\":true");
		one = http_call(mock, &q);
		assert_status(one, 200);
		two = http_call(beside, &q);
		assert_status(two, 200);
		assert_string_equal(
		    reply_text(one, "id"), reply_text(two, "id"));
		assert_string_equal(conversation_of(one), conversation_of(two));
		assert_int_equal(used(mock, u), i + 1);
	}
	q.body = "{\"model\":\"gpt\",\"input\":\"other\"}";
	assert_v1_invalid(
	    http_call(mock, &q), 422, "idempotency_key_reused", NULL);
}

static char *
words(int n)
{
	char *text = scratch_printf("w0");
	int   i;

	for (i = 1; i < n; i++)
		text = scratch_printf("%s w%d", text, i);
	return (text);
}

static struct sse *
stream(
    struct server *s, const struct user *u, const char *path, const char *body)
{
	struct request q = {.path = path, .token = u->token, .body = body};

	return (sse_open(s, &q));
}

/* Follow it elsewhere while it runs; then cancel it elsewhere. */
static void
stream__goes_on_anywhere(void **state)
{
	struct user *u = user_new(mock, "ida");
	struct sse  *one, *other;
	const char  *id;
	long long    began;
	size_t       i;

	(void)state;
	one = stream(mock, u, PATH,
	    scratch_printf(
		"{\"model\":\"gpt\",\"input\":\"%s\",\"stream\":true}",
		words(400)));
	assert_true(sse_wait(one, 30, 5000));
	id = member(member(sse_json(&one->events[0]), "response"), "id")
		 ->valuestring;
	other = stream(beside, u,
	    scratch_printf(PATH "/%s?stream=true&starting_after=9", id), NULL);
	assert_true(sse_wait(other, 30, 5000));
	for (i = 0; i < 20; i++)
		assert_string_equal(
		    one->events[10 + i].data, other->events[i].data);
	/* The first client leaves; nothing ends. */
	sse_close(one);
	assert_true(sse_wait(other, 60, 5000));
	began = now_ms();
	assert_string_equal(
	    reply_text(http_post(beside, u->token,
			   scratch_printf(PATH "/%s/cancel", id), "{}"),
		"status"),
	    "cancelled");
	assert_in_range(now_ms() - began, 0, 1500);
	assert_true(sse_wait_end(other, 5000));
	assert_string_equal(sse_last(other)->name, "response.incomplete");
	assert_string_equal(
	    member(member(sse_json(sse_last(other)), "response"), "status")
		->valuestring,
	    "cancelled");
	sse_close(other);
	assert_string_equal(
	    reply_text(get(mock, u, id, ""), "status"), "cancelled");
}

/* What is deleted while it runs is written no further. */
static void
delete__ends_what_runs(void **state)
{
	struct user  *u = user_new(mock, "jim");
	struct reply *r;
	const char   *id;
	long long     deadline = now_ms() + 5000;

	(void)state;
	r = ask(mock, u, quoted(words(400)), ",\"background\":true");
	assert_status(r, 200);
	id = reply_text(r, "id");
	assert_string_equal(reply_text(r, "status"), "in_progress");
	sleep_ms(400);
	r = http_call(beside,
	    &(struct request){.method = "DELETE",
		.path = scratch_printf(PATH "/%s", id),
		.token = u->token});
	assert_status(r, 200);
	assert_v1_invalid(
	    get(beside, u, id, ""), 404, "response_not_found", NULL);
	assert_int_equal(
	    sql_int(mock,
		"SELECT running FROM daily_usage WHERE user_id = %lld", u->id),
	    0);
	/* Nor does anything come back. */
	sleep_ms(800);
	while (sql_int(mock,
		   "SELECT count(*) FROM turn_events WHERE user_id = %lld",
		   u->id) > 0)
		assert_true(now_ms() < deadline);
}

/* Who goes on from a deleted one goes on from what was before. */
static void
delete__joins_the_branch(void **state)
{
	struct user  *u = user_new(real, "kim");
	const char   *p[4];
	struct reply *r[3];
	size_t        i;

	(void)state;
	for (i = 0; i < COUNT(p); i++)
		p[i] = upstream_prompt("");
	r[0] = ask(real, u, quoted(p[0]), "");
	for (i = 1; i < 3; i++)
		r[i] = ask(real, u, quoted(p[i]),
		    scratch_printf(",\"previous_response_id\":\"%s\"",
			reply_text(r[i - 1], "id")));
	assert_status(r[2], 200);
	http_call(real,
	    &(struct request){.method = "DELETE",
		.path = scratch_printf(PATH "/%s", reply_text(r[1], "id")),
		.token = u->token});
	ask(real, u, quoted(p[3]),
	    scratch_printf(
		",\"previous_response_id\":\"%s\"", reply_text(r[2], "id")));
	assert_non_null(strstr(told(p[3]), p[0]));
	assert_null(strstr(told(p[3]), p[1]));
	assert_non_null(strstr(told(p[3]), p[2]));
}

static void
failure__is_told(void **state)
{
	struct user  *u = user_new(real, "lea");
	struct sse   *s;
	struct reply *r;
	const cJSON  *response;

	(void)state;
	/* Before a word: an error, and the message is given back. */
	assert_v1_error(ask(real, u, quoted(upstream_prompt("status:400")), ""),
	    502, "server_error", "upstream_error", NULL);
	assert_int_equal(used(real, u), 0);
	/* Behind some: what came is kept. */
	s = stream(real, u, PATH,
	    scratch_printf(
		"{\"model\":\"gpt\",\"input\":\"%s\",\"stream\":true}",
		upstream_prompt("cut:2")));
	assert_true(sse_wait_end(s, 20000));
	assert_string_equal(sse_last(s)->name, "response.failed");
	response = member(sse_json(sse_last(s)), "response");
	assert_string_equal(member(response, "status")->valuestring, "failed");
	assert_string_equal(
	    member(member(response, "error"), "code")->valuestring,
	    "server_error");
	assert_int_equal(cJSON_GetArraySize(member(response, "output")), 1);
	/* Who looks later is told, too. */
	r = http_get(real, u->token,
	    scratch_printf("/v1/conversations/%s/items",
		member(member(response, "conversation"), "id")->valuestring));
	assert_status(r, 200);
	assert_string_equal(
	    member(
		member(cJSON_GetArrayItem(member(r->json, "data"), 0), "error"),
		"message")
		->valuestring,
	    member(member(response, "error"), "message")->valuestring);
	sse_close(s);
}

/* What /chat/ began is a response, too, and the other way round. */
static void
turns__are_the_same_everywhere(void **state)
{
	struct user  *u = user_new(mock, "max");
	struct reply *r;
	char          id[64] = "resp_";
	const char   *uuid;
	size_t        n = 5;

	(void)state;
	conversation_new(mock, u->token);
	r = chat_send(mock, u->token, 1, "gpt", "Hello");
	for (uuid = reply_text(r, "id"); *uuid != '\0'; uuid++)
		if (*uuid != '-')
			id[n++] = *uuid;
	id[n] = '\0';
	r = get(mock, u, id, "");
	assert_status(r, 200);
	assert_string_equal(text_of(r), "[GPT] Echo: Hello");
	assert_status(
	    ask(mock, u, "\"on\"",
		scratch_printf(",\"previous_response_id\":\"%s\"", id)),
	    200);
	r = http_get(mock, u->token, "/chat/history?conversation_number=1");
	assert_int_equal(cJSON_GetArraySize(r->json), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(branch__is_the_context),
	    cmocka_unit_test(unstored__goes_on_from_stored),
	    cmocka_unit_test(input__of_several_messages),
	    cmocka_unit_test(wrong_input__is_refused_by_name),
	    cmocka_unit_test(others__are_not_there),
	    cmocka_unit_test(limit__makes_no_conversation),
	    cmocka_unit_test(key__gives_the_same_again),
	    cmocka_unit_test(stream__goes_on_anywhere),
	    cmocka_unit_test(delete__ends_what_runs),
	    cmocka_unit_test(delete__joins_the_branch),
	    cmocka_unit_test(failure__is_told),
	    cmocka_unit_test(turns__are_the_same_everywhere),
	};

	return (harness_run(tests, start));
}
