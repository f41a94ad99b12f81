/*
 * Conversations, messages and history: statuses, bodies and messages as the
 * Flask service's clients know them.
 */
#include <regex.h>

#include "harness.h"

static int
start(void **state)
{
	*state = server_start(NULL);
	return (0);
}

static void
assert_matches(const char *text, const char *pattern)
{
	regex_t regex;
	int     result;

	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	result = regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	if (result != 0)
		fail_msg("\"%s\" does not match %s", text, pattern);
}

static void
start_conversation__counts_for_each_user(void **state)
{
	struct server *s = *state;
	struct user   *one = user_new(s, "fred"), *two = user_new(s, "gil");
	struct reply  *r;
	int            i;

	for (i = 1; i <= 3; i++) {
		r = http_post(s, one->token, "/chat/start_conversation", NULL);
		assert_status(r, 201);
		assert_int_equal(cJSON_GetArraySize(r->json), 1);
		assert_int_equal(reply_int(r, "conversation_number"), i);
	}
	assert_int_equal(conversation_new(s, two->token), 1);
	r = http_get(s, one->token, "/chat/conversations");
	assert_status(r, 200);
	assert_string_equal(r->body, "[3,2,1]");
}

static void
chat__answers_with_the_turn(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "hans");
	struct reply  *r;

	conversation_new(s, u->token);
	r = chat_send(s, u->token, 1, "GpT",
	    "say it:  \"h\xc3\xa9llo\"\n\\ "
	    "\xf0\x9f\x98\x80");
	assert_status(r, 200);
	assert_string_equal(reply_text(r, "model"), "GpT");
	assert_string_equal(reply_text(r, "prompt"),
	    "say it:  \"h\xc3\xa9llo"
	    "\"\n\\ \xf0\x9f\x98\x80");
	assert_string_equal(reply_text(r, "response"),
	    "[GPT] Echo: say it:  "
	    "\"h\xc3\xa9llo\"\n\\ \xf0\x9f\x98\x80");
	assert_matches(reply_text(r, "timestamp"),
	    "^20[0-9]{2}-[01][0-9]-"
	    "[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]+)?Z$");
	assert_matches(reply_text(r, "id"),
	    "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f"
	    "]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$");
	assert_int_equal(reply_int(r, "prompt_tokens"), 5);
	assert_int_equal(reply_int(r, "response_tokens"), 7);
	assert_int_equal(reply_int(r, "conversation_number"), 1);
	assert_int_equal(cJSON_GetArraySize(r->json), 8);
}

static void
chat__knows_canned_answers(void **state)
{
	static const char *const prompts[] = {
	    "Hello", "Tell me a joke", "What is AI?"};
	static const char *const models[][2] = {
	    {"claude", "[Claude] "}, {"gemini", "[Gemini] "}};
	struct server *s = *state;
	struct user   *u = user_new(s, "ida");
	const char    *answer;
	struct reply  *r;
	size_t         i, j;

	conversation_new(s, u->token);
	for (i = 0; i < COUNT(models); i++) {
		for (j = 0; j < COUNT(prompts); j++) {
			r = chat_send(s, u->token, 1, models[i][0], prompts[j]);
			answer = reply_text(r, "response");
			assert_memory_equal(answer, models[i][1], 9);
			assert_null(strstr(answer, "Sorry"));
		}
		r = chat_send(s, u->token, 1, models[i][0], "tElL mE a JOKE");
		assert_null(strstr(reply_text(r, "response"), "Sorry"));
		r = chat_send(s, u->token, 1, models[i][0], "Hello ");
		assert_string_equal(reply_text(r, "response"),
		    scratch_printf(
			"%sSorry, I don't have a mock response for that prompt.",
			models[i][1]));
	}
}

static void
chat__refuses_without_cost(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "jan"), *other = user_new(s, "kim");
	struct reply  *absent, *foreign;

	conversation_new(s, other->token);
	conversation_new(s, other->token);
	conversation_new(s, u->token);
	assert_error_says(http_post(s, u->token, "/chat/", "{}"), 400,
	    "chat_missing", "Missing model, prompt, or conversation_number");
	assert_error(
	    chat_send(s, u->token, 1, "gpt5", PRIVATE), 400, "unknown_model");
	absent = chat_send(s, u->token, 99, "gpt", PRIVATE);
	foreign = chat_send(s, u->token, 2, "gpt", PRIVATE);
	assert_error_says(
	    absent, 404, "conversation_not_found", "Conversation not found");
	assert_error_says(
	    foreign, 404, "conversation_not_found", "Conversation not found");
	assert_int_equal(absent->size, foreign->size);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM turns"
			     " WHERE user_id = %lld",
			     u->id),
	    0);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM daily_usage"
			     " WHERE user_id = %lld",
			     u->id),
	    0);
}

static void
assert_entry(const cJSON *entry, int conversation, const char *prompt)
{
	assert_string_equal(
	    cJSON_GetObjectItem(entry, "prompt")->valuestring, prompt);
	assert_string_equal(cJSON_GetObjectItem(entry, "response")->valuestring,
	    scratch_printf("[GPT] Echo: %s", prompt));
	assert_string_equal(
	    cJSON_GetObjectItem(entry, "model")->valuestring, "gpt");
	assert_int_equal(
	    cJSON_GetObjectItem(entry, "conversation_number")->valueint,
	    conversation);
	assert_true(cJSON_IsString(cJSON_GetObjectItem(entry, "timestamp")));
	assert_true(cJSON_IsString(cJSON_GetObjectItem(entry, "id")));
	assert_int_equal(cJSON_GetArraySize(entry), 6);
}

static void
history__oldest_first(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "lea"), *other = user_new(s, "max");
	struct reply  *r;

	assert_string_equal(http_get(s, u->token, "/chat/history")->body, "[]");
	assert_string_equal(
	    http_get(s, u->token, "/chat/conversations")->body, "[]");
	conversation_new(s, u->token);
	conversation_new(s, u->token);
	chat_send(s, u->token, 2, "gpt", PRIVATE " 1");
	chat_send(s, u->token, 1, "gpt", PRIVATE " 2");
	chat_send(s, u->token, 2, "gpt", PRIVATE " 3");
	conversation_new(s, other->token);
	chat_send(s, other->token, 1, "gpt", PRIVATE " 4");

	r = http_get(s, u->token, "/chat/history");
	assert_status(r, 200);
	assert_int_equal(cJSON_GetArraySize(r->json), 3);
	assert_entry(cJSON_GetArrayItem(r->json, 0), 2, PRIVATE " 1");
	assert_entry(cJSON_GetArrayItem(r->json, 1), 1, PRIVATE " 2");
	assert_entry(cJSON_GetArrayItem(r->json, 2), 2, PRIVATE " 3");

	r = http_get(s, u->token, "/chat/history?conversation_number=2");
	assert_int_equal(cJSON_GetArraySize(r->json), 2);
	assert_entry(cJSON_GetArrayItem(r->json, 1), 2, PRIVATE " 3");
	r = http_get(s, u->token, "/chat/history?conversation_number=7");
	assert_status(r, 200);
	assert_string_equal(r->body, "[]");
}

/* A conversation of so many turns, with prompts 1, 2 ... and answers of that
 * length, an expression in n. */
static void
write_turns(
    struct server *s, struct user *u, int number, int turns, const char *length)
{
	sql_run(s,
	    "INSERT INTO conversations (user_id, number, id)"
	    " VALUES (%lld, %d, gen_random_uuid())",
	    u->id, number);
	sql_run(s,
	    "INSERT INTO turns (user_id, conversation, id, status,"
	    " model, prompt, response) SELECT %lld, %d,"
	    " lpad(to_hex(n), 32, '0')::uuid, 'completed', 'gpt', n::text,"
	    " repeat('x', %s) FROM generate_series(1, %d) n",
	    u->id, number, length, turns);
}

/* More than is fetched at once, and more than one connection's window. */
static void
history__long(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "nora");
	const char    *paths[] = {
	       "/chat/history", "/chat/history?conversation_number=1"};
	struct reply *r;
	const cJSON  *entry;
	size_t        i;
	int           n;

	write_turns(s, u, 1, 1000, "3000");
	for (i = 0; i < COUNT(paths); i++) {
		r = http_get(s, u->token, paths[i]);
		assert_status(r, 200);
		n = 0;
		cJSON_ArrayForEach(entry, r->json)
			assert_int_equal(
			    atoi(cJSON_GetObjectItem(entry, "prompt")
				     ->valuestring),
			    ++n);
		assert_int_equal(n, 1000);
	}
	/* The connection goes on being of use. */
	assert_status(http_get(s, u->token, "/chat/conversations"), 200);
}

/* Conversations as n turns with answers of that length: on either side of what
 * is fetched at once, by number and by size. */
static const struct {
	int         turns;
	const char *length;
} sized[] = {
    {64, "9"},
    {65, "9"},
    {63, "9"},
    {1, "300000"},
    {3, "300000"},
    {10, "CASE n WHEN 1 THEN 300000 ELSE 9 END"},
    {10, "CASE n WHEN 10 THEN 300000 ELSE 9 END"},
    {64, "4095 - length(n::text)"},
    {64, "4096 - length(n::text)"},
    {64, "4097 - length(n::text)"},
    {70, "CASE WHEN n > 64 THEN 5000 ELSE 9 END"},
    {300, "CASE WHEN n % 7 = 0 THEN 50000 ELSE 3000 END"},
    {128, "2048 - length(n::text)"},
    {129, "4096 - length(n::text)"},
};

static void
assert_sized(struct server *s, struct user *u, int conversation, int turns)
{
	struct reply *r = http_get(s, u->token,
	    scratch_printf(
		"/chat/history?conversation_number=%d", conversation));
	const cJSON  *entry;
	int           n = 0;

	assert_status(r, 200);
	cJSON_ArrayForEach(entry, r->json) {
		n++;
		assert_int_equal(atoi(cJSON_GetStringValue(
				     cJSON_GetObjectItem(entry, "prompt"))),
		    n);
		assert_int_equal(strlen(cJSON_GetStringValue(
				     cJSON_GetObjectItem(entry, "response"))),
		    sql_int(s,
			"SELECT length(response) FROM turns WHERE"
			" user_id = %lld AND conversation = %d"
			" AND prompt = '%d'",
			u->id, conversation, n));
	}
	assert_int_equal(n, turns);
}

static void
history__turns_of_all_sizes(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "petra");
	size_t         i;

	for (i = 0; i < COUNT(sized); i++) {
		write_turns(s, u, (int)i + 1, sized[i].turns, sized[i].length);
		assert_sized(s, u, (int)i + 1, sized[i].turns);
	}
}

static void
history__says_what_is_not_completed(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "otto");
	struct reply  *r;

	sql_run(s,
	    "INSERT INTO conversations (user_id, number, id)"
	    " VALUES (%lld, 1, gen_random_uuid())",
	    u->id);
	sql_run(s,
	    "INSERT INTO turns (user_id, conversation, id, status,"
	    " model, prompt) VALUES (%lld, 1, gen_random_uuid(), 'stopped',"
	    " 'gpt', 'x')",
	    u->id);
	r = http_get(s, u->token, "/chat/history");
	assert_string_equal(
	    cJSON_GetObjectItem(cJSON_GetArrayItem(r->json, 0), "status")
		->valuestring,
	    "stopped");
}

static void
health__live_and_ready(void **state)
{
	struct reply *r = http_get(*state, NULL, "/healthz");

	assert_status(r, 200);
	assert_string_equal(reply_text(r, "status"), "ok");
	r = http_get(*state, NULL, "/readyz");
	assert_status(r, 200);
	assert_string_equal(reply_text(r, "status"), "ready");
}

static void
request_id__is_kept_when_harmless(void **state)
{
	static const char *const harmful[] = {
	    "a b", "a\"b", "{}", "\xc3\xa9", "a/b"};
	struct request q = {.path = "/healthz"};
	char          *id = scratch_alloc(300);
	size_t         i;

	q.headers[0] = "X-Request-Id: abc-123_Z.9";
	assert_header(http_call(*state, &q), "X-Request-Id", "abc-123_Z.9");
	for (i = 0; i < COUNT(harmful); i++) {
		q.headers[0] = scratch_printf("X-Request-Id: %s", harmful[i]);
		assert_int_equal(
		    strlen(reply_header(http_call(*state, &q), "X-Request-Id")),
		    36);
	}
	memset(id, 'x', 299);
	q.headers[0] = scratch_printf("X-Request-Id: %s", id);
	assert_int_equal(
	    strlen(reply_header(http_call(*state, &q), "X-Request-Id")), 36);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(start_conversation__counts_for_each_user),
	    cmocka_unit_test(chat__answers_with_the_turn),
	    cmocka_unit_test(chat__knows_canned_answers),
	    cmocka_unit_test(chat__refuses_without_cost),
	    cmocka_unit_test(history__oldest_first),
	    cmocka_unit_test(history__long),
	    cmocka_unit_test(history__turns_of_all_sizes),
	    cmocka_unit_test(history__says_what_is_not_completed),
	    cmocka_unit_test(health__live_and_ready),
	    cmocka_unit_test(request_id__is_kept_when_harmless),
	};

	return (harness_run(tests, start));
}
