/*
 * Accounts by an operator: aichat user ..., while the server runs.
 */
#include "harness.h"

static struct server *beside;

static int
start(void **state)
{
	struct server *s = server_start(NULL);

	beside = server_start_beside(s, NULL);
	*state = s;
	return (0);
}

/* Run it; status and a part of what it says. */
#define assert_cli(s, status, part, input, ...) \
	do { \
		const char *output_; \
		assert_int_equal( \
		    server_cli(s, input, &output_, __VA_ARGS__, NULL), \
		    status); \
		assert_contains(output_, part); \
	} while (0)

static long long
audited(struct server *s, const char *event, long long user)
{
	return (sql_int(s,
	    "SELECT count(*) FROM audit WHERE event = '%s'"
	    " AND user_id = %lld AND detail LIKE '%%by %%' AND address IS NULL",
	    event, user));
}

static void
usage__exits_with_2(void **state)
{
	struct server *s = *state;

	assert_cli(s, 2, "aichat user add NAME EMAIL", NULL, "user");
	assert_cli(s, 2, "aichat user add", NULL, "user", "frobnicate");
	assert_cli(s, 2, "aichat user add", NULL, "user", "add", "ann");
	assert_cli(s, 2, "aichat user add", NULL, "user", "list", "x");
	assert_cli(
	    s, 2, "aichat user add", NULL, "user", "add", "a", "b", PRIVATE);
	assert_cli(
	    s, 2, "number of messages", NULL, "user", "limit", "x", "-1");
	assert_cli(
	    s, 2, "number from 1 to 720", NULL, "user", "reset-link", "x", "0");
	assert_cli(s, 2, "say --yes", NULL, "user", "delete", "x");
	assert_cli(
	    s, 2, "--yes is", NULL, "user", "delete", "x", "--certainly");
	assert_cli(s, 2, "usage", NULL, "version", "x");
	assert_cli(s, 0, "aichat user add", NULL, "user", "help");
	assert_cli(s, 0, "aichat audit verify", NULL, "audit", "--help");
}

static void
nobody__has_the_name(void **state)
{
	struct server *s = *state;

	assert_cli(s, 1, "no user nobody", NULL, "user", "disable", "nobody");
	assert_cli(s, 1, "no user nobody", NULL, "user", "enable", "nobody");
	assert_cli(
	    s, 1, "no user nobody", NULL, "user", "limit", "nobody", "3");
	assert_cli(
	    s, 1, "no user nobody", PRIVATE "\n", "user", "passwd", "nobody");
	assert_cli(
	    s, 1, "no user nobody", NULL, "user", "reset-link", "nobody");
	assert_cli(
	    s, 1, "no user nobody", NULL, "user", "delete", "nobody", "--yes");
}

static void
add__makes_an_account(void **state)
{
	struct server *s = *state;

	assert_cli(s, 0, "user ann has the id", PRIVATE " ann\n", "user", "add",
	    " ann", "ann@example.com");
	assert_status(user_log_in(s, "ann", PRIVATE " ann"), 200);
	assert_int_equal(
	    audited(s, "user_added",
		sql_int(s, "SELECT id FROM users WHERE username = 'ann'")),
	    1);
	assert_cli(s, 1, "a user ANN already", PRIVATE "\n", "user", "add",
	    "ANN", "other@example.com");
	assert_cli(s, 1, "e-mail Ann@example.com already", PRIVATE "\n", "user",
	    "add", "other", "Ann@example.com");
	assert_cli(s, 1, "not an e-mail address", PRIVATE "\n", "user", "add",
	    "other", "example.com");
	assert_cli(s, 1, "invisible", PRIVATE "\n", "user", "add", "o\tther",
	    "other@example.com");
	assert_cli(s, 1, "most common", "password123\n", "user", "add", "other",
	    "other@example.com");
	assert_cli(s, 1, "at least 8", "short\n", "user", "add", "other",
	    "other@example.com");
	assert_cli(s, 1, "no password", NULL, "user", "add", "other",
	    "other@example.com");
	assert_cli(s, 1, "UTF-8", PRIVATE "\xff\n", "user", "add", "other",
	    "other@example.com");
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM users WHERE username = 'other'"),
	    0);
}

/* To the last byte, and no further. */
static void
add__takes_the_whole_line(void **state)
{
	struct server *s = *state;
	char          *line = scratch_alloc(1028);

	memset(line, 'p', 1025);
	strcpy(line + 1024, "\n");
	assert_cli(s, 0, "has the id", line, "user", "add", "long",
	    "long@example.com");
	line[1024] = '\0';
	assert_status(user_log_in(s, "long", line), 200);
	strcpy(line + 1024, "p\n");
	assert_cli(s, 1, "1024 bytes", line, "user", "add", "longer",
	    "longer@example.com");
	assert_cli(s, 0, "has the id", " " PRIVATE " \r\n", "user", "add",
	    "spaced", "spaced@example.com");
	assert_status(user_log_in(s, "spaced", " " PRIVATE " "), 200);
}

/* On a terminal it is asked for twice, and not shown. */
static void
add__asks_on_a_terminal(void **state)
{
	static const char *const same[] = {
	    PRIVATE " tty", PRIVATE " tty", NULL};
	static const char *const other[] = {
	    PRIVATE " tty", PRIVATE " ttz", NULL};
	struct server *s = *state;
	const char    *shown;

	assert_int_equal(server_terminal(s, same, &shown, "user", "add", "tty",
			     "tty@example.com", NULL),
	    0);
	assert_contains(shown, "Password: ");
	assert_contains(shown, "user tty has the id");
	assert_lacks(shown, PRIVATE);
	assert_status(user_log_in(s, "tty", PRIVATE " tty"), 200);
	assert_int_equal(
	    server_terminal(s, other, &shown, "user", "passwd", "tty", NULL),
	    1);
	assert_contains(shown, "two different ones");
	assert_lacks(shown, PRIVATE);
}

static void
delete__asks_on_a_terminal(void **state)
{
	static const char *const        no[] = {"y", NULL},
				 *const yes[] = {"uma", NULL};
	struct server                  *s = *state;
	const char                     *shown;

	user_new(s, "uma");
	assert_int_equal(
	    server_terminal(s, no, &shown, "user", "delete", "uma", NULL), 1);
	assert_contains(shown, "nothing was deleted");
	assert_int_equal(
	    server_terminal(s, yes, &shown, "user", "delete", "uma", NULL), 0);
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM users WHERE username = 'uma'"), 0);
}

static void
list__shows_all(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "lea");
	const char    *output;

	conversation_new(s, u->token);
	assert_status(chat_send(s, u->token, 1, "gpt", PRIVATE), 200);
	assert_int_equal(
	    server_cli(s, NULL, &output, "user", "limit", "LEA", "7", NULL), 0);
	sql_run(s,
	    "INSERT INTO users (email, username, password_hash)"
	    " VALUES ('x', E'evil\\x1b[2J', '')");
	assert_int_equal(server_cli(s, NULL, &output, "user", "list", NULL), 0);
	assert_contains(
	    output, "id\tname\temail\tsince\tseen\ttoday\tlimit\tstate\n");
	assert_contains(
	    output, scratch_printf("%lld\tlea\tlea@example.com\t", u->id));
	assert_contains(output, "\t1\t7\tactive\n");
	assert_contains(output, "evil?[2J");
	assert_null(strchr(output, '\x1b'));
	sql_run(s, "DELETE FROM users WHERE email = 'x'");
}

static void
limit__counts_at_once(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "max");
	int            c = conversation_new(s, u->token);

	assert_cli(s, 0, "", NULL, "user", "limit", "max", "1");
	assert_status(chat_send(s, u->token, c, "gpt", PRIVATE), 200);
	assert_error(chat_send(beside, u->token, c, "gpt", PRIVATE), 429,
	    "rate_limit_reached");
	assert_cli(s, 0, "", NULL, "user", "limit", "max", "default");
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM users WHERE username = 'max'"
			     " AND daily_limit IS NULL"),
	    1);
	assert_int_equal(audited(s, "user_limit", u->id), 2);
	assert_cli(s, 0, "", NULL, "user", "limit", "max", "0");
	assert_int_equal(
	    sql_int(s, "SELECT daily_limit FROM users WHERE username = 'max'"),
	    0);
}

/* Every way in is shut on every server, and stays so when enabled again. */
static void
disable__ends_everything(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "dot");

	sql_run(s,
	    "INSERT INTO api_keys (user_id, id, name, prefix, secret_hash)"
	    " VALUES (%lld, gen_random_uuid(), 'k', 'p', '\\x00')",
	    u->id);
	assert_status(http_get(beside, u->token, "/chat/history"), 200);
	assert_cli(s, 0, "", NULL, "user", "disable", "Dot");
	assert_error(
	    http_get(beside, u->token, "/chat/history"), 401, "token_revoked");
	assert_error(
	    http_get(s, u->token, "/chat/history"), 401, "token_revoked");
	assert_error(http_post(s, u->refresh, "/auth/refresh", NULL), 401,
	    "token_revoked");
	assert_error(
	    user_log_in(s, "dot", u->password), 401, "bad_credentials");
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM api_keys WHERE"
			     " user_id = %lld AND revoked_at IS NULL",
			     u->id),
	    0);
	assert_cli(s, 1, "is disabled", NULL, "user", "reset-link", "dot");
	assert_cli(s, 0, "", NULL, "user", "enable", "dot");
	assert_error(
	    http_get(beside, u->token, "/chat/history"), 401, "token_revoked");
	assert_status(user_log_in(beside, "dot", u->password), 200);
	assert_int_equal(audited(s, "user_disabled", u->id), 1);
	assert_int_equal(audited(s, "user_enabled", u->id), 1);
}

static void
passwd__sets_it(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "piapiapia");

	assert_cli(s, 1, "must not be the username", "PIAPIAPIA\n", "user",
	    "passwd", "piapiapia");
	assert_status(http_get(s, u->token, "/chat/history"), 200);
	assert_cli(s, 0, "", PRIVATE " new\n", "user", "passwd", "piapiapia");
	assert_error(
	    http_get(beside, u->token, "/chat/history"), 401, "token_revoked");
	assert_error(
	    user_log_in(s, u->name, u->password), 401, "bad_credentials");
	assert_status(user_log_in(s, u->name, PRIVATE " new"), 200);
	assert_int_equal(audited(s, "user_password", u->id), 1);
}

static void
totp_off__removes_it(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ted");

	sql_run(s,
	    "INSERT INTO totp (user_id, secret, confirmed_at)"
	    " VALUES (%lld, '', now())",
	    u->id);
	assert_cli(s, 0, "", NULL, "user", "totp-off", "ted");
	assert_status(user_log_in(s, "ted", u->password), 200);
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM totp WHERE user_id = %lld", u->id),
	    0);
	assert_int_equal(audited(s, "totp_disabled", u->id), 1);
}

/* No row of the user is left in any table but the audit log's. */
static void
delete__leaves_nothing(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "del"), *other = user_new(s, "stay");
	struct request q = {.path = "/chat/", .token = u->token};
	const char    *tables, *table, *output;
	char          *rest;

	conversation_new(s, other->token);
	assert_status(chat_send(s, other->token, 1, "gpt", PRIVATE), 200);
	q.body = chat_body(conversation_new(s, u->token), "gpt", PRIVATE);
	q.headers[0] = "Idempotency-Key: " PRIVATE;
	assert_status(http_call(s, &q), 200);
	assert_int_equal(
	    server_cli(s, NULL, &output, "user", "reset-link", "del", NULL), 0);
	assert_cli(s, 0, "", NULL, "user", "delete", "del", "--yes");
	assert_error(
	    http_get(beside, u->token, "/chat/history"), 401, "token_revoked");
	tables = sql_text(s,
	    "SELECT string_agg(table_name, ' ') FROM information_schema.columns"
	    " WHERE table_schema = 'public' AND column_name = 'user_id'"
	    " AND table_name <> 'audit'");
	assert_non_null(strstr(tables, "turns"));
	for (table = strtok_r(scratch_printf("%s", tables), " ", &rest);
	     table != NULL; table = strtok_r(NULL, " ", &rest))
		if (sql_int(s, "SELECT count(*) FROM %s WHERE user_id = %lld",
			table, u->id) != 0)
			fail_msg("rows are left in %s", table);
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM users WHERE id = %lld", u->id), 0);
	assert_int_equal(audited(s, "user_deleted", u->id), 1);
	assert_int_equal(cJSON_GetArraySize(
			     http_get(s, other->token, "/chat/history")->json),
	    1);
	/* The name is free again. */
	assert_true(user_new(s, "del")->id != u->id);
}

static void
key__is_made_and_revoked(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "kay");
	const char    *key, *id, *output;

	assert_int_equal(server_cli(s, NULL, &key, "key", "add", "Kay", "CI",
			     "--limit", "2", "--days", "30", NULL),
	    0);
	key = scratch_printf("%.*s", (int)strcspn(key, "\n"), key);
	assert_memory_equal(key, "sk-aichat-", 10);
	conversation_new(s, key);
	assert_status(chat_send(beside, key, 1, "gpt", PRIVATE), 200);
	assert_status(chat_send(s, key, 1, "gpt", PRIVATE), 200);
	assert_int_equal(chat_send(s, key, 1, "gpt", PRIVATE)->status, 429);
	id = sql_text(s,
	    "SELECT id FROM api_keys WHERE user_id = %lld"
	    " AND expires_at::date = current_date + 30",
	    u->id);
	assert_int_equal(
	    server_cli(s, NULL, &output, "key", "list", "kay", NULL), 0);
	assert_contains(
	    output, scratch_printf("%s\tkay\tCI\t%.18s\t", id, key));
	assert_contains(output, "\t2\tactive\n");
	assert_null(strstr(output, key));
	assert_cli(s, 0, "", NULL, "key", "revoke", id);
	assert_error(
	    http_get(beside, key, "/chat/history"), 401, "token_revoked");
	assert_cli(s, 0, "revoked", NULL, "key", "list");
	assert_int_equal(audited(s, "key_created", u->id), 1);
	assert_int_equal(audited(s, "key_revoked", u->id), 1);
}

static void
key__refused(void **state)
{
	struct server *s = *state;

	assert_cli(s, 2, "aichat key add", NULL, "key", "add", "x");
	assert_cli(
	    s, 2, "--days takes", NULL, "key", "add", "x", "y", "--days");
	assert_cli(s, 2, "--limit takes", NULL, "key", "add", "x", "y",
	    "--limit", "0");
	assert_cli(
	    s, 2, "a name for the key", NULL, "key", "add", "x", "y", "z");
	assert_cli(s, 2, "1 to 100", NULL, "key", "add", "x", "");
	assert_cli(s, 1, "no user x", NULL, "key", "add", "x", "y");
	assert_cli(s, 1, "no user x", NULL, "key", "list", "x");
	assert_cli(s, 2, "not the id", NULL, "key", "revoke", "sk-aichat-x");
	assert_cli(s, 1, "no key", NULL, "key", "revoke",
	    "00000000-0000-4000-8000-000000000000");
}

/* A schema that is not this program's is left alone. */
static void
schema__must_be_current(void **state)
{
	struct server *s = server_prepare(NULL);

	(void)state;
	assert_cli(s, 1, "aichat migrate", NULL, "user", "list");
	assert_cli(s, 1, "aichat migrate", NULL, "audit", "verify");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(usage__exits_with_2),
	    cmocka_unit_test(nobody__has_the_name),
	    cmocka_unit_test(add__makes_an_account),
	    cmocka_unit_test(add__takes_the_whole_line),
	    cmocka_unit_test(add__asks_on_a_terminal),
	    cmocka_unit_test(delete__asks_on_a_terminal),
	    cmocka_unit_test(list__shows_all),
	    cmocka_unit_test(limit__counts_at_once),
	    cmocka_unit_test(disable__ends_everything),
	    cmocka_unit_test(passwd__sets_it),
	    cmocka_unit_test(totp_off__removes_it),
	    cmocka_unit_test(delete__leaves_nothing),
	    cmocka_unit_test(key__is_made_and_revoked),
	    cmocka_unit_test(key__refused),
	    cmocka_unit_test(schema__must_be_current),
	};

	return (harness_run(tests, start));
}
