/*
 * The day's allowance: exact, told in headers, spent by answers only, and new
 * at midnight UTC by the database's clock.
 */
#include "harness.h"

static int
start(void **state)
{
	*state = server_start(NULL);
	return (0);
}

/* So much is used of a limit of so many; reset lies within the day. */
static void
assert_allowance(const struct reply *r, int limit, int remaining)
{
	long reset;

	assert_header(r, "RateLimit-Limit", scratch_printf("%d", limit));
	assert_header(
	    r, "RateLimit-Remaining", scratch_printf("%d", remaining));
	assert_header(r, "RateLimit-Reset", NULL);
	reset = atol(reply_header(r, "RateLimit-Reset"));
	assert_in_range(reset, 1, 86400);
}

static void
assert_used(struct server *s, const struct user *u, int used)
{
	assert_int_equal(sql_int(s,
			     "SELECT coalesce(sum(used), 0)"
			     " FROM daily_usage WHERE user_id = %lld",
			     u->id),
	    used);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM turns"
			     " WHERE user_id = %lld",
			     u->id),
	    used);
}

static void
use_up(struct server *s, const struct user *u, int left)
{
	struct reply *r;

	while (left-- > 0) {
		r = chat_send(s, u->token, 1, "gpt", PRIVATE);
		assert_status(r, 200);
		assert_allowance(r, 20, left);
	}
}

static void
limit__twenty_a_day(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	struct reply  *r;
	int            i;

	conversation_new(s, u->token);
	use_up(s, u, 20);
	for (i = 0; i < 3; i++) {
		r = chat_send(s, u->token, 1, "gpt", PRIVATE);
		assert_error_says(
		    r, 429, "rate_limit_reached", "Rate limit reached");
		assert_allowance(r, 20, 0);
		assert_header(
		    r, "Retry-After", reply_header(r, "RateLimit-Reset"));
	}
	r = http_post(s, u->token, "/chat/start_conversation", NULL);
	assert_error_says(r, 429, "rate_limit_reached", "Rate limit reached");
	assert_allowance(r, 20, 0);
	assert_used(s, u, 20);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM conversations"
			     " WHERE user_id = %lld",
			     u->id),
	    1);
}

/* Reading goes on, and says what is left. */
static void
limit__is_told_by_every_chat_reply(void **state)
{
	static const char *const paths[] = {"/chat/history",
	    "/chat/conversations", "/chat/history?conversation_number=1"};
	struct server           *s = *state;
	struct user             *u = user_new(s, "ben");
	struct reply            *r;
	size_t                   i;

	assert_allowance(
	    http_post(s, u->token, "/chat/start_conversation", NULL), 20, 20);
	chat_send(s, u->token, 1, "gpt", PRIVATE);
	assert_allowance(
	    http_post(s, u->token, "/chat/start_conversation", NULL), 20, 19);
	use_up(s, u, 19);
	for (i = 0; i < COUNT(paths); i++) {
		r = http_get(s, u->token, paths[i]);
		assert_status(r, 200);
		assert_allowance(r, 20, 0);
	}
}

static void
limit__not_spent_by_refusals(void **state)
{
	static const char *const bodies[] = {
	    "{}",
	    "{",
	    "[]",
	    "{\"model\":\"gpt\",\"prompt\":\"x\"}",
	    "{\"model\":\"?\",\"prompt\":\"x\",\"conversation_number\":1}",
	    "{\"model\":\"gpt\",\"prompt\":7,\"conversation_number\":1}",
	    "{\"model\":\"gpt\",\"prompt\":\"\\ud800\","
	    "\"conversation_number\":1}",
	    "{\"model\":\"gpt\",\"prompt\":\"x\","
	    "\"conversation_number\":2}",
	};
	struct server *s = *state;
	struct user   *u = user_new(s, "cid");
	struct reply  *r;
	size_t         i;

	conversation_new(s, u->token);
	for (i = 0; i < COUNT(bodies); i++) {
		r = http_post(s, u->token, "/chat/", bodies[i]);
		assert_in_range(r->status, 400, 404);
	}
	assert_error(
	    http_post(s, u->refresh, "/chat/", chat_body(1, "gpt", PRIVATE)),
	    401, "token_not_access");
	assert_used(s, u, 0);
	use_up(s, u, 20);
}

static void
limit__own_of_a_user(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "dan");

	conversation_new(s, u->token);
	sql_run(s, "UPDATE users SET daily_limit = 2 WHERE id = %lld", u->id);
	assert_allowance(chat_send(s, u->token, 1, "gpt", PRIVATE), 2, 1);
	assert_allowance(chat_send(s, u->token, 1, "gpt", PRIVATE), 2, 0);
	assert_error(chat_send(s, u->token, 1, "gpt", PRIVATE), 429,
	    "rate_limit_reached");
	assert_used(s, u, 2);
}

static void
limit__of_nothing(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "eve");

	conversation_new(s, u->token);
	sql_run(s, "UPDATE users SET daily_limit = 0 WHERE id = %lld", u->id);
	assert_error(chat_send(s, u->token, 1, "gpt", PRIVATE), 429,
	    "rate_limit_reached");
	assert_error(http_post(s, u->token, "/chat/start_conversation", NULL),
	    429, "rate_limit_reached");
	assert_used(s, u, 0);
}

/* A limit lowered below what is used leaves nothing, not less. */
static void
limit__lowered(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "fay");
	struct reply  *r;

	conversation_new(s, u->token);
	chat_send(s, u->token, 1, "gpt", PRIVATE);
	chat_send(s, u->token, 1, "gpt", PRIVATE);
	sql_run(s, "UPDATE users SET daily_limit = 1 WHERE id = %lld", u->id);
	r = chat_send(s, u->token, 1, "gpt", PRIVATE);
	assert_error(r, 429, "rate_limit_reached");
	assert_allowance(r, 1, 0);
	assert_allowance(http_get(s, u->token, "/chat/history"), 1, 0);
}

static void
limit__raised_is_noticed(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "gus");
	long long      deadline;
	struct reply  *r;

	conversation_new(s, u->token);
	use_up(s, u, 20);
	assert_error(chat_send(s, u->token, 1, "gpt", PRIVATE), 429,
	    "rate_limit_reached");
	sql_run(s, "UPDATE users SET daily_limit = 21 WHERE id = %lld", u->id);
	deadline = now_ms() + 2000;
	do {
		assert_true(now_ms() < deadline);
		sleep_ms(50);
		r = chat_send(s, u->token, 1, "gpt", PRIVATE);
	} while (r->status == 429);
	assert_status(r, 200);
	assert_allowance(r, 21, 0);
	assert_used(s, u, 21);
}

/*
 * The statements ask now() for the day. In this database a function of ours
 * takes its place for new connections, and tells what a table says.
 */
static void
replace_clock(struct server *s)
{
	sql_run(s,
	    "CREATE SCHEMA clock;"
	    "CREATE TABLE clock.hands (at timestamptz NOT NULL);"
	    "INSERT INTO clock.hands VALUES ('2026-06-30 23:59:30Z');"
	    "CREATE FUNCTION clock.now() RETURNS timestamptz STABLE"
	    " LANGUAGE sql AS 'SELECT at FROM clock.hands';"
	    "ALTER ROLE CURRENT_USER IN DATABASE %s"
	    " SET search_path = clock, public, pg_catalog",
	    s->database);
	sql_run(s,
	    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
	    " WHERE datname = '%s' AND pid <> pg_backend_pid()",
	    s->database);
}

static void
set_clock(struct server *s, const char *at)
{
	sql_run(s, "UPDATE clock.hands SET at = '%s'", at);
}

static void
limit__new_at_midnight_utc(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "hal");
	struct reply  *r;

	conversation_new(s, u->token);
	replace_clock(s);
	use_up(s, u, 20);
	r = chat_send(s, u->token, 1, "gpt", PRIVATE);
	assert_error(r, 429, "rate_limit_reached");
	assert_header(r, "Retry-After", "30");

	/* The last moment of the day, then the first of the next: nothing
	 * that was remembered may outlive it. */
	set_clock(s, "2026-06-30 23:59:59.999Z");
	sleep_ms(1100);
	r = chat_send(s, u->token, 1, "gpt", PRIVATE);
	assert_error(r, 429, "rate_limit_reached");
	assert_header(r, "Retry-After", "1");
	set_clock(s, "2026-07-01 00:00:00Z");
	r = chat_send(s, u->token, 1, "gpt", PRIVATE);
	assert_status(r, 200);
	assert_allowance(r, 20, 19);
	assert_header(r, "RateLimit-Reset", "86400");
	assert_memory_equal(
	    reply_text(r, "timestamp"), "2026-07-01T00:00:00", 19);
	assert_string_equal(
	    sql_text(s,
		"SELECT string_agg(day || ':' || used,"
		" ' ' ORDER BY day) FROM daily_usage WHERE user_id = %lld",
		u->id),
	    "2026-06-30:20 2026-07-01:1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(limit__twenty_a_day),
	    cmocka_unit_test(limit__is_told_by_every_chat_reply),
	    cmocka_unit_test(limit__not_spent_by_refusals),
	    cmocka_unit_test(limit__own_of_a_user),
	    cmocka_unit_test(limit__of_nothing),
	    cmocka_unit_test(limit__lowered),
	    cmocka_unit_test(limit__raised_is_noticed),
	    /* The last one: its clock stays. */
	    cmocka_unit_test(limit__new_at_midnight_utc),
	};

	return (harness_run(tests, start));
}
