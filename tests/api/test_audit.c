/*
 * The audit log: a chain that is whole whoever writes, and that shows it when
 * it is not.
 */
#include "harness.h"

#define AT_ONCE 40

static struct server *beside;

static int
start(void **state)
{
	static const char *const options[] = {"LOGIN_FAILURES_PER_ACCOUNT=0",
	    "LOGIN_FAILURES_PER_ADDRESS=0", NULL};
	struct server           *s = server_start(options);

	beside = server_start_beside(s, options);
	*state = s;
	return (0);
}

static const char *
verify(struct server *s, const char *end, int expected)
{
	const char *output;

	assert_int_equal(
	    server_cli(s, NULL, &output, "audit", "verify", end, NULL),
	    expected);
	return (output);
}

static void
log__empty(void **state)
{
	assert_contains(verify(*state, NULL, 0), "the log is empty");
}

static void
log__tells_what_happened(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	const char    *output;

	assert_error(
	    user_log_in(beside, "ann", PRIVATE " no"), 401, "bad_credentials");
	assert_error(
	    user_log_in(s, PRIVATE, PRIVATE " no"), 401, "bad_credentials");
	assert_status(user_log_in(s, "ann", u->password), 200);
	sql_await(s, 4, "SELECT count(*) FROM audit");
	assert_string_equal(
	    sql_text(s,
		"SELECT string_agg(event || ' ' || coalesce(user_id, 0) || ' '"
		" || address, ', ' ORDER BY event, user_id) FROM audit"),
	    scratch_printf("login %lld 127.0.0.1, login_failed %lld 127.0.0.1,"
			   " login_failed 0 127.0.0.1, signup %lld 127.0.0.1",
		u->id, u->id, u->id));
	/* Neither a password nor what was typed for a name. */
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM audit"
			     " WHERE audit::text LIKE '%%" PRIVATE "%%'"),
	    0);
	assert_int_equal(server_cli(s, NULL, &output, "audit", NULL), 0);
	assert_contains(
	    output, "number\ttime\tevent\tuser\taddress\tdetail\n1\t");
	assert_contains(
	    output, scratch_printf("\tlogin\t%lld\t127.0.0.1\t-\n", u->id));
	assert_contains(verify(s, NULL, 0), "4 entries, the chain is whole");
}

/* As PostgreSQL would be asked by anybody who does not trust the program. */
static void
chain__is_as_documented(void **state)
{
	assert_int_equal(sql_int(*state,
			     "SELECT count(*) FROM (SELECT hash = sha256("
			     "coalesce(lag(hash) OVER (ORDER BY seq), '') ||"
			     " convert_to(json_build_array(seq,"
			     " to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\""
			     "HH24:MI:SS.US\"Z\"'), event, user_id, address,"
			     " detail)::text, 'UTF8')) AS good FROM audit) v"
			     " WHERE good"),
	    sql_int(*state, "SELECT count(*) FROM audit"));
}

static void
chain__of_many_at_once(void **state)
{
	struct server *s = *state;
	struct request q[AT_ONCE];
	long long      before = sql_int(s, "SELECT count(*) FROM audit");
	size_t         i;

	for (i = 0; i < AT_ONCE; i++)
		q[i] = (struct request){.path = "/auth/login",
		    .body = "{\"username\":\"nobody\",\"password\":\"x\"}"};
	http_many(s, q, AT_ONCE / 2);
	http_many(beside, q, AT_ONCE / 2);
	sql_await(s, before + AT_ONCE, "SELECT count(*) FROM audit");
	assert_int_equal(
	    sql_int(s, "SELECT max(seq) FROM audit"), before + AT_ONCE);
	verify(s, NULL, 0);
	/* Several in one statement, in a transaction of somebody else's. */
	sql_run(s,
	    "INSERT INTO audit (key, event, detail) SELECT gen_random_uuid(),"
	    " 'by hand', 'a' || chr(10) || '\"b\\' FROM generate_series(1, 5)");
	assert_contains(verify(s, NULL, 0),
	    scratch_printf("%lld entries", before + AT_ONCE + 5));
}

/* Run SQL as somebody who may not; its message. */
static const char *
refusal(struct server *s, const char *sql)
{
	return (sql_text(s,
	    "DO $$ BEGIN %s; EXCEPTION WHEN raise_exception THEN"
	    " PERFORM set_config('test.said', sqlerrm, false); RETURN; END $$;"
	    "SELECT current_setting('test.said')",
	    sql));
}

static void
table__only_grows(void **state)
{
	static const char *const attempts[] = {
	    "UPDATE audit SET event = 'x' WHERE seq = 1",
	    "DELETE FROM audit WHERE seq = 1", "TRUNCATE audit"};
	long long count = sql_int(*state, "SELECT count(*) FROM audit");
	size_t    i;

	for (i = 0; i < COUNT(attempts); i++) {
		sql_run(*state, "SET test.said = ''");
		assert_string_equal(refusal(*state, attempts[i]),
		    "the audit log is append-only");
	}
	assert_int_equal(sql_int(*state, "SELECT count(*) FROM audit"), count);
}

static void
tamper(struct server *s, const char *sql)
{
	sql_run(s,
	    "ALTER TABLE audit DISABLE TRIGGER USER; %s;"
	    "ALTER TABLE audit ENABLE TRIGGER USER",
	    sql);
}

/* By the owner of the database, who can do it all. */
static void
verify__shows_changes(void **state)
{
	static const char *const changes[][2] = {
	    {"UPDATE audit SET event = 'x' WHERE seq = 3", "entry 3"},
	    {"UPDATE audit SET user_id = 99 WHERE seq = 3", "entry 3"},
	    {"UPDATE audit SET address = NULL WHERE seq = 3", "entry 3"},
	    {"UPDATE audit SET detail = '' WHERE seq = 3", "entry 3"},
	    {"UPDATE audit SET at = at - interval '1 microsecond'"
	     " WHERE seq = 3",
		"entry 3"},
	    {"DELETE FROM audit WHERE seq = 3", "entry 3"},
	    {"DELETE FROM audit WHERE seq = 1", "entry 1"},
	    {"DELETE FROM audit WHERE seq = 3;"
	     " UPDATE audit SET seq = seq - 1 WHERE seq > 3",
		"entry 3"},
	    {"UPDATE audit SET event = 'x' WHERE seq = 3; UPDATE audit a SET"
	     " hash = audit_hash((SELECT hash FROM audit WHERE seq = 2), a)"
	     " WHERE seq = 3",
		"entry 4"},
	};
	struct server *s = *state;
	size_t         i;

	sql_run(s, "CREATE TABLE saved AS SELECT * FROM audit");
	for (i = 0; i < COUNT(changes); i++) {
		tamper(s, changes[i][0]);
		assert_contains(verify(s, NULL, 1), changes[i][1]);
		tamper(s, "DELETE FROM audit; INSERT INTO audit TABLE saved");
		verify(s, NULL, 0);
	}
	sql_run(s, "DROP TABLE saved");
}

/* What the chain itself cannot show, its end kept elsewhere does. */
static void
verify__knows_its_end(void **state)
{
	struct server *s = *state;
	const char    *end = strstr(verify(s, NULL, 0), "its end is ");

	assert_non_null(end);
	end = scratch_printf("%.*s", (int)strcspn(end + 11, "\n"), end + 11);
	verify(s, end, 0);
	assert_error(user_log_in(s, "nobody", PRIVATE), 401, "bad_credentials");
	sql_await(s, atoll(end) + 1, "SELECT count(*) FROM audit");
	verify(s, end, 0);
	tamper(s,
	    scratch_printf("DELETE FROM audit WHERE seq >= %lld", atoll(end)));
	verify(s, NULL, 0);
	assert_contains(verify(s, end, 1), "rewritten or cut off");
}

static void
list__since(void **state)
{
	struct server *s = *state;
	const char    *output;

	assert_int_equal(server_cli(s, NULL, &output, "audit", "--since",
			     "2000-01-01", NULL),
	    0);
	assert_contains(output, "\tsignup\t");
	assert_int_equal(
	    server_cli(s, NULL, &output, "audit", "--since", "1h", NULL), 0);
	assert_contains(output, "\tsignup\t");
	assert_int_equal(server_cli(s, NULL, &output, "audit", "--since",
			     "2999-01-01", NULL),
	    0);
	assert_null(strstr(output, "signup"));
	assert_int_equal(
	    server_cli(s, NULL, &output, "audit", "--since", "someday", NULL),
	    1);
	assert_contains(output, "someday");
	assert_int_equal(
	    server_cli(s, NULL, &output, "audit", "--since", NULL), 2);
	assert_int_equal(server_cli(s, NULL, &output, "audit", "x", NULL), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(log__empty),
	    cmocka_unit_test(log__tells_what_happened),
	    cmocka_unit_test(chain__is_as_documented),
	    cmocka_unit_test(chain__of_many_at_once),
	    cmocka_unit_test(table__only_grows),
	    cmocka_unit_test(verify__shows_changes),
	    cmocka_unit_test(verify__knows_its_end),
	    cmocka_unit_test(list__since),
	};

	return (harness_run(tests, start));
}
