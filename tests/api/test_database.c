/*
 * PostgreSQL in trouble: restarted, killed, stopped, frozen. Clients get an
 * answer in time, what was answered 200 is there exactly once, and the same
 * processes go on when it is back.
 */
#include <signal.h>

#include "harness.h"

#define AT_ONCE   50 /* connections */
#define PIPELINED 4  /* requests on each */
#define WAIT_MS   15000
#define AWAY_MS   3200 /* 3 s, and what a busy machine adds */
#define HEALTH_MS 500
#define BACK_MS   10000

static struct user *user;
static int          acknowledged; /* messages answered with 200 */

static int
start(void **state)
{
	static const char *const options[] = {
	    "DAILY_MESSAGE_LIMIT=100000", NULL};
	struct server *s;

	cluster_new();
	s = server_start(options);
	*state = s;
	user = user_new(s, "ann");
	conversation_new(s, user->token);
	return (0);
}

static struct reply *
say(struct server *s)
{
	struct reply *r = chat_send(s, user->token, 1, "gpt", PRIVATE);

	acknowledged += r->status == 200;
	return (r);
}

/* Wait until it serves again. */
static void
await_service(struct server *s)
{
	long long     deadline = now_ms() + BACK_MS;
	struct reply *r;

	while ((r = say(s))->status != 200) {
		assert_error(r, 503, "database_away");
		assert_true(now_ms() < deadline);
		sleep_ms(20);
	}
}

/*
 * Nobody lost a message, none was taken twice or counted wrong. One statement,
 * for one answered 503 may still be written by a process that was frozen.
 */
static void
assert_ledger(struct server *s)
{
	const char *ledger;
	int         rows, ids, used;

	ledger = sql_text(s,
	    "SELECT count(*) || ' ' || count(DISTINCT id)"
	    " || ' ' || (SELECT sum(used) FROM daily_usage) FROM turns");
	assert_int_equal(sscanf(ledger, "%d %d %d", &rows, &ids, &used), 3);
	assert_int_equal(ids, rows);
	assert_int_equal(used, rows);
	assert_true(rows >= acknowledged);
}

static void
assert_stored(struct server *s, const struct reply *r)
{
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM turns"
			     " WHERE id = '%s'",
			     reply_text(r, "id")),
	    1);
}

static void
restart__between_two_requests(void **state)
{
	struct server *s = *state;
	struct reply  *r;
	int            i;

	for (i = 0; i < 3; i++) {
		r = say(s);
		assert_status(r, 200);
		cluster_restart();
		assert_stored(s, r);
		assert_status(say(s), 200);
		assert_status(http_get(s, user->token, "/chat/history"), 200);
	}
	assert_ledger(s);
	server_assert_unharmed(s);
}

/* Read the answers of all; those that were 200 are appended to stored. */
static size_t
collect(struct raw *connections[AT_ONCE], struct reply **stored)
{
	struct reply *r;
	size_t        i, n = 0;

	for (i = 0; i < AT_ONCE * PIPELINED; i++) {
		r = raw_reply(connections[i % AT_ONCE], WAIT_MS);
		if (r->status == 200)
			stored[n++] = r;
		else
			assert_error(r, 503, "database_away");
	}
	for (i = 0; i < AT_ONCE; i++)
		raw_close(connections[i]);
	return (n);
}

/* Connections end while all of them are at work; how, says make_trouble. */
static void
trouble(struct server *s, void (*make_trouble)(struct server *))
{
	struct request q = {.path = "/chat/", .token = user->token};
	struct raw    *connections[AT_ONCE];
	struct reply  *stored[AT_ONCE * PIPELINED];
	char          *text;
	size_t         i, n;

	q.body = chat_body(1, "gpt", PRIVATE);
	text = raw_request(s, &q);
	text = scratch_printf("%s%s%s%s", text, text, text, text);
	for (i = 0; i < AT_ONCE; i++)
		connections[i] = raw_open(s);
	for (i = 0; i < AT_ONCE; i++)
		assert_true(raw_text(connections[i], text));
	make_trouble(s);
	n = collect(connections, stored);
	acknowledged += (int)n;
	await_service(s);
	for (i = 0; i < n; i++)
		assert_stored(s, stored[i]);
	assert_ledger(s);
	server_assert_unharmed(s);
}

static void
terminate_all(struct server *s)
{
	int i;

	for (i = 0; i < 5; i++)
		sql_run(s,
		    "SELECT pg_terminate_backend(pid)"
		    " FROM pg_stat_activity WHERE datname = '%s'"
		    " AND application_name = 'aichat'",
		    s->database);
}

static void
terminated__while_requests_run(void **state)
{
	int i;

	for (i = 0; i < 5; i++)
		trouble(*state, terminate_all);
}

/* The postmaster then ends all others and recovers. */
static void
kill_a_backend(struct server *s)
{
	kill((pid_t)sql_int(s,
		 "SELECT max(pid) FROM pg_stat_activity"
		 " WHERE datname = '%s' AND application_name = 'aichat'",
		 s->database),
	    SIGKILL);
}

static void
killed__a_backend(void **state)
{
	trouble(*state, kill_a_backend);
}

static void
kill_all(struct server *s)
{
	(void)s;
	cluster_kill();
	cluster_start();
}

static void
killed__the_postmaster(void **state)
{
	trouble(*state, kill_all);
}

static void
restart(struct server *s)
{
	(void)s;
	cluster_restart();
}

static void
restart__while_requests_run(void **state)
{
	trouble(*state, restart);
}

/* All that needs the database, at once; and /healthz, which does not. */
static void
assert_away(struct server *s)
{
	const struct request requests[] = {
	    {.path = "/chat/",
		.token = user->token,
		.body = chat_body(1, "gpt", PRIVATE)},
	    {.path = "/chat/start_conversation",
		.method = "POST",
		.token = user->token},
	    {.path = "/chat/history", .token = user->token},
	    {.path = "/chat/conversations", .token = user->token},
	    {.path = "/auth/refresh", .method = "POST", .token = user->refresh},
	    {.path = "/auth/login",
		.body = "{\"username\":\"ann\","
			"\"password\":\"" PRIVATE " ann\"}"},
	    {.path = "/auth/signup",
		.body = "{\"email\":\"b@b.example\","
			"\"username\":\"ben\",\"password\":\"" PRIVATE "\"}"},
	    {.path = "/readyz"},
	};
	struct raw   *connections[COUNT(requests)];
	struct reply *r;
	long long     begin;
	size_t        i;

	for (i = 0; i < COUNT(requests); i++)
		connections[i] = raw_open(s);
	begin = now_ms();
	for (i = 0; i < COUNT(requests); i++)
		assert_true(
		    raw_text(connections[i], raw_request(s, &requests[i])));
	http_get(s, NULL, "/healthz");
	r = http_get(s, NULL, "/healthz");
	assert_status(r, 200);
	assert_in_range(r->ms, 0, HEALTH_MS);
	for (i = 0; i < COUNT(requests); i++) {
		r = raw_reply(connections[i], WAIT_MS);
		assert_error(r, 503, "database_away");
		assert_in_range(now_ms() - begin, 0, AWAY_MS);
		raw_close(connections[i]);
	}
}

static void
away__and_back(void **state)
{
	struct server *s = *state;

	sql_close(s);
	cluster_stop("fast");
	assert_away(s);
	/* By now it is known, and nobody waits, at the worker asked before. */
	assert_away(s);
	assert_status(say(s), 503);
	assert_in_range(say(s)->ms, 0, HEALTH_MS);
	assert_string_equal(reply_header(say(s), "Retry-After"), "1");
	server_assert_unharmed(s);
	cluster_start();
	await_service(s);
	assert_ledger(s);
	server_assert_unharmed(s);
}

/* Nothing is closed, and nothing answers. */
static void
frozen__and_back(void **state)
{
	struct server *s = *state;

	cluster_freeze();
	assert_away(s);
	server_assert_unharmed(s);
	cluster_thaw();
	await_service(s);
	assert_ledger(s);
	server_assert_unharmed(s);
}

static int
thaw(void **state)
{
	(void)state;
	cluster_thaw();
	return (0);
}

/* A server that begins while the database is away serves when it is back. */
static void
away__at_the_start(void **state)
{
	struct server *s = server_prepare(NULL);
	struct user   *u;
	long long      deadline;

	(void)state;
	server_migrate(s);
	cluster_stop("immediate");
	server_launch(s);
	assert_error(http_get(s, NULL, "/readyz"), 503, "database_away");
	cluster_start();
	deadline = now_ms() + BACK_MS;
	while (http_get(s, NULL, "/readyz")->status != 200)
		assert_true(now_ms() < deadline);
	u = user_new(s, "ann");
	conversation_new(s, u->token);
	assert_status(chat_send(s, u->token, 1, "gpt", PRIVATE), 200);
	server_stop(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(restart__between_two_requests),
	    cmocka_unit_test(restart__while_requests_run),
	    cmocka_unit_test(terminated__while_requests_run),
	    cmocka_unit_test(killed__a_backend),
	    cmocka_unit_test(killed__the_postmaster),
	    cmocka_unit_test(away__and_back),
	    cmocka_unit_test_teardown(frozen__and_back, thaw),
	    cmocka_unit_test(away__at_the_start),
	};
	int result = harness_run(tests, start);

	cluster_end();
	return (result);
}
