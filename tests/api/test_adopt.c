/*
 * Taking over a Flask service's database: flask_service.sql is a dump of one
 * (pg_dump), a larger one is made here.
 */
#include <signal.h>

#include "harness.h"

#define MANY "30000" /* messages */

static int
start(void **state)
{
	*state = server_start(NULL);
	return (0);
}

static void
load_dump(struct server *s, const char *url)
{
	const char *argv[] = {"/usr/bin/psql", "-q", "-v", "ON_ERROR_STOP=1",
	    "-f",
	    scratch_printf(
		"%s/tests/api/flask_service.sql", setting("TEST_CHECKOUT")),
	    url, NULL};
	const char *file = scratch_printf("%s/psql", s->folder);
	pid_t       pid;

	pid = process_start(s->folder, file, server_environment(s), argv);
	if (process_wait(pid, 15000) != 0)
		fail_msg("psql: %s", scratch_file(file));
}

static const char *
adopt(struct server *s, const char *schema, int expected)
{
	const char *output;

	if (server_cli(s, NULL, &output, "adopt", schema, NULL) != expected)
		fail_msg("adopt: %s", output);
	return (output);
}

static void
assert_turn(const cJSON *turn, const char *prompt, const char *response,
    const char *time, int conversation)
{
	assert_string_equal(
	    cJSON_GetObjectItem(turn, "prompt")->valuestring, prompt);
	assert_string_equal(
	    cJSON_GetObjectItem(turn, "response")->valuestring, response);
	assert_memory_equal(cJSON_GetObjectItem(turn, "timestamp")->valuestring,
	    time, strlen(time));
	assert_true(
	    cJSON_GetObjectItem(turn, "conversation_number")->valuedouble ==
	    conversation);
}

static const char *
log_in(struct server *s, const char *name, const char *password)
{
	struct reply *r = user_log_in(s, name, password);

	assert_status(r, 200);
	return (reply_text(r, "access_token"));
}

static void
dump__is_taken_over(void **state)
{
	struct server *s = *state;
	const char    *output, *token;
	struct reply  *r;

	load_dump(s, s->url);
	sql_run(s,
	    "INSERT INTO chat_message (user_id, model, prompt, response,"
	    " timestamp, conversation_number) SELECT 2, 'gpt', 'today',"
	    " 'today', now() AT TIME ZONE 'UTC', 1 FROM generate_series(1, 3)");
	output = adopt(s, NULL, 0);
	assert_contains(output, "took over 4 users and 10 messages\n");
	assert_contains(output, "4\tcat\tno hash that is known");

	/* Their passwords, ids and names. */
	token = log_in(s, "ann", PRIVATE " ann");
	assert_true(
	    cJSON_GetObjectItem(token_claims(token), "uid")->valuedouble == 1);
	log_in(s, "ben", PRIVATE " ben");
	log_in(s, "D\xc3\x96RA", PRIVATE " d\xc3\xb6ra");
	assert_error(user_log_in(s, "cat", PRIVATE), 401, "bad_credentials");

	r = http_get(s, token, "/chat/history");
	assert_status(r, 200);
	assert_int_equal(cJSON_GetArraySize(r->json), 5);
	assert_turn(cJSON_GetArrayItem(r->json, 0), "Hello",
	    "[GPT] Echo: Hello", "2025-03-01T09:00:00.123", 1);
	assert_turn(cJSON_GetArrayItem(r->json, 1), "Tell me a joke",
	    "Why did the tab sit\tdown?\nIt was tired.", "2025-03-01T09:00:05",
	    1);
	assert_turn(cJSON_GetArrayItem(r->json, 2), "A second one",
	    "[GPT] Echo: A second one", "2025-03-02T08:00:00", 2);
	/* The same instant: in the order of their ids. */
	assert_turn(cJSON_GetArrayItem(r->json, 3), "same instant a", "one",
	    "2025-03-03T08:00:00", 2);
	assert_turn(cJSON_GetArrayItem(r->json, 4), "same instant b", "two",
	    "2025-03-03T08:00:00", 2);

	/* Conversations with their numbers, the empty one too; and on. */
	r = http_get(s, token, "/chat/conversations");
	assert_string_equal(r->body, "[3,2,1]");
	assert_int_equal(conversation_new(s, token), 4);
	assert_status(chat_send(s, token, 2, "gpt", PRIVATE), 200);
	assert_string_equal(sql_text(s,
				"SELECT title FROM conversations"
				" WHERE user_id = 1 AND number = 1"),
	    "Hello");
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM conversations"
			     " WHERE user_id IN (2, 7) AND number > 1"
			     " AND updated_at < '2026-01-01'"
			     " AND listed_at = updated_at"),
	    2);
	/* What was sent there today counts. */
	token = log_in(s, "ben", PRIVATE " ben");
	r = chat_send(s, token, 1, "gpt", PRIVATE);
	assert_status(r, 200);
	assert_header(r, "RateLimit-Remaining", "16");
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM audit"
			     " WHERE event = 'user_adopted'"),
	    4);
}

/* An answer is found by its id (core/uuid.h), as any other. */
static void
ids__are_of_version_7(void **state)
{
	struct server *s = *state;
	const char    *token = log_in(s, "ann", PRIVATE " ann"), *id;
	struct reply  *r = http_get(s, token, "/chat/history");

	id = cJSON_GetObjectItem(cJSON_GetArrayItem(r->json, 0), "id")
		 ->valuestring;
	/* 2025-03-01 09:00:00.123, then 456/1000 in 4096ths. */
	assert_string_equal(id, "019550ef-12fb-774b-8000-000100000001");
	r = http_post(
	    s, token, scratch_printf("/chat/messages/%s/stop", id), NULL);
	assert_status(r, 200);
	assert_string_equal(reply_text(r, "prompt"), "Hello");
}

/* Nothing is there twice, and what was deleted does not come back. */
static void
again__adds_what_is_new(void **state)
{
	struct server *s = *state;
	long long      turns = sql_int(s, "SELECT count(*) FROM turns");
	long long      conversations;

	conversations = sql_int(s, "SELECT count(*) FROM conversations");
	assert_contains(
	    adopt(s, NULL, 0), "took over 0 users and 0 messages\n");
	assert_int_equal(sql_int(s, "SELECT count(*) FROM turns"), turns);
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM conversations"), conversations);
	assert_int_equal(
	    sql_int(s, "SELECT used FROM daily_usage WHERE user_id = 2"), 4);

	sql_run(s,
	    "DELETE FROM turns WHERE user_id = 1 AND conversation = 1;"
	    "DELETE FROM conversations WHERE user_id = 1 AND number IN (1, 3)");
	sql_run(s,
	    "INSERT INTO \"user\" (email, username, password_hash)"
	    " VALUES ('eve@example.com', 'eve', 'plain text')");
	sql_run(s,
	    "INSERT INTO chat_message (user_id, model, prompt, response,"
	    " timestamp, conversation_number) VALUES (1, 'gpt', 'late', 'late',"
	    " '2025-04-01', 2), (8, 'gpt', 'hers', 'hers', NULL, 1)");
	assert_contains(
	    adopt(s, NULL, 0), "took over 1 users and 2 messages\n");
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM turns"
			     " WHERE user_id = 1 AND conversation = 1"),
	    0);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM conversations"
			     " WHERE user_id = 1 AND number IN (1, 3)"),
	    0);
	/* A password in clear was not copied. */
	assert_string_equal(sql_text(s,
				"SELECT password_hash FROM users"
				" WHERE username = 'eve'"),
	    "");
	/* A deleted account stays so. */
	assert_int_equal(server_cli(s, NULL, &(const char *){NULL}, "user",
			     "delete", "eve", "--yes", NULL),
	    0);
	assert_contains(
	    adopt(s, NULL, 0), "took over 0 users and 0 messages\n");
}

/* How far it is, where somebody looks at it; and nothing elsewhere. */
static void
progress__on_a_terminal(void **state)
{
	static const char *const nothing[] = {NULL};
	const char              *shown;

	assert_int_equal(
	    server_terminal(*state, nothing, &shown, "adopt", NULL), 0);
	assert_contains(shown, "\rusers: 5 of 5 (100%), ");
	assert_contains(shown, "\rmessages: ");
	assert_contains(shown, " a second, 0:00 left");
	assert_lacks(adopt(*state, NULL, 0), " a second");
}

/* Somebody signed up before: ids and names that are taken. */
static void
taken__ids_and_names(void **state)
{
	struct server *s = server_start(NULL);
	struct user   *first, *second;
	const char    *output, *token;
	struct reply  *r;

	(void)state;
	first = user_new(s, "zoe");
	second = user_new(s, "BEN");
	assert_int_equal(first->id, 1);
	load_dump(s, s->url);
	output = adopt(s, NULL, 1);
	assert_contains(output, "took over 3 users and 6 messages\n");
	assert_contains(
	    output, "2\tBen\tBen@Example.com\tnot taken over: another user");
	assert_contains(output, "rename them in \"public\".\"user\"");
	assert_string_equal(
	    http_get(s, first->token, "/chat/history")->body, "[]");
	assert_string_equal(
	    http_get(s, second->token, "/chat/history")->body, "[]");
	token = log_in(s, "ann", PRIVATE " ann");
	assert_true(
	    cJSON_GetObjectItem(token_claims(token), "uid")->valuedouble > 7);
	r = http_get(s, token, "/chat/history");
	assert_int_equal(cJSON_GetArraySize(r->json), 5);
	/* New accounts have ids of their own still. */
	assert_true(user_new(s, "yan")->id > 7);
	/* What was left out follows, with its messages. */
	sql_run(s,
	    "UPDATE \"user\" SET username = 'benny',"
	    " email = 'benny@example.com' WHERE id = 2");
	assert_contains(
	    adopt(s, NULL, 0), "took over 1 users and 1 messages\n");
	token = log_in(s, "benny", PRIVATE " ben");
	r = http_get(s, token, "/chat/history");
	assert_turn(cJSON_GetArrayItem(r->json, 0), "What is AI?",
	    "It's \"software\" \\ that guesses.", "2025-03-02T23:59:59.999", 1);
	server_stop(s);
}

/* Tables of ours' names, in a schema of their own; other column names. */
static void
schema__of_its_own(void **state)
{
	struct server *s = server_start(NULL);

	(void)state;
	sql_run(s,
	    "CREATE SCHEMA legacy;"
	    "CREATE TABLE legacy.users (id bigint PRIMARY KEY, email text,"
	    " username text, password text);"
	    "CREATE TABLE legacy.messages (id bigint PRIMARY KEY, user_id bigint,"
	    " model text, prompt text, answer text, created_at timestamptz,"
	    " conversation_number integer);"
	    "INSERT INTO legacy.users VALUES (3, NULL, ' kim ', NULL);"
	    "INSERT INTO legacy.messages VALUES (1, 3, 'gpt', 'p', NULL,"
	    " '2025-01-01T00:00:00Z', NULL), (2, 3, NULL, NULL, 'a',"
	    " '2025-01-01T01:00:00+01', 2)");
	assert_contains(
	    adopt(s, "legacy", 0), "took over 1 users and 2 messages\n");
	assert_string_equal(
	    sql_text(s,
		"SELECT string_agg(username || ' ' || email || ' ' || status ||"
		" ' ' || conversation || ' ' || model || ' ' ||"
		" (t.created_at = '2025-01-01T00:00:00Z'), ', '"
		" ORDER BY t.id) FROM turns t JOIN users u ON u.id = user_id"),
	    "kim user-3@invalid interrupted 0 gpt true,"
	    " kim user-3@invalid completed 2  true");
	server_stop(s);
}

static void
missing__is_told(void **state)
{
	struct server *s = server_prepare(NULL);

	(void)state;
	server_migrate(s);
	assert_contains(
	    adopt(s, NULL, 1), "the schema public has no table user");
	sql_run(s, "CREATE TABLE \"user\" (id int, email text, username text)");
	assert_contains(adopt(s, NULL, 1), "has no column password_hash");
	assert_contains(
	    adopt(s, "nowhere", 1), "the schema nowhere has no table");
	sql_run(s, "ALTER TABLE \"user\" ADD password_hash text");
	assert_contains(
	    adopt(s, NULL, 1), "the schema public has no table chat_message");
	assert_int_equal(sql_int(s, "SELECT count(*) FROM users"), 0);
}

static void
fill(struct server *s)
{
	load_dump(s, s->url);
	sql_run(s,
	    "INSERT INTO \"user\" (id, email, username, password_hash)"
	    " SELECT i, 'u' || i || '@example.com', 'u' || i, 'x'"
	    " FROM generate_series(100, 1299) i;"
	    "INSERT INTO chat_message (id, user_id, model, prompt, response,"
	    " timestamp, conversation_number) SELECT i, 100 + i %% 1200, 'gpt',"
	    " 'prompt ' || i, repeat('answer ' || i || ' ', 20),"
	    " timestamp '2025-05-01' + i * interval '1 second', 1 + i / 1200 %% 5"
	    " FROM generate_series(1000, 999 + " MANY ") i");
}

/* Ended anywhere it goes on, and in the end all is there once. */
static void
killed__goes_on(void **state)
{
	struct server *s = server_prepare(NULL);
	const char    *argv[] = {setting("TEST_BINARY"), "adopt", NULL};
	const char    *file = scratch_printf("%s/adopt", s->folder);
	long long      deadline, turns = 0;
	pid_t          pid;

	(void)state;
	server_migrate(s);
	fill(s);
	pid = process_start(s->folder, file, server_environment(s), argv);
	for (deadline = now_ms() + 10000; turns == 0; sleep_ms(1)) {
		assert_true(now_ms() < deadline);
		turns = sql_int(s, "SELECT count(*) FROM turns");
	}
	kill(pid, SIGKILL);
	process_wait(pid, 5000);
	adopt(s, NULL, 0);
	assert_int_equal(
	    sql_int(s,
		"SELECT count(*) FROM turns t JOIN chat_message m"
		" ON m.user_id = t.user_id AND m.prompt = t.prompt"
		" AND m.response = t.response"
		" AND m.conversation_number = t.conversation"
		" AND m.timestamp AT TIME ZONE 'UTC' = t.created_at"),
	    7 + atoi(MANY));
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM turns"), 7 + atoi(MANY));
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM (SELECT user_id,"
			     " conversation, lag(created_at) OVER (PARTITION BY"
			     " user_id ORDER BY id) > created_at AS wrong"
			     " FROM turns) t WHERE wrong"),
	    0);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM users WHERE id >= 100"
			     " AND conversation_count <> 5"),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dump__is_taken_over),
	    cmocka_unit_test(ids__are_of_version_7),
	    cmocka_unit_test(again__adds_what_is_new),
	    cmocka_unit_test(progress__on_a_terminal),
	    cmocka_unit_test(taken__ids_and_names),
	    cmocka_unit_test(schema__of_its_own),
	    cmocka_unit_test(missing__is_told),
	    cmocka_unit_test(killed__goes_on),
	};

	return (harness_run(tests, start));
}
