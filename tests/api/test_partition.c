/*
 * The network to PostgreSQL falls silent: nothing is refused or reset, there
 * is just no answer any more. Requests are answered in time, and as soon as
 * new connections pass, all is well, although the old ones stay silent.
 */
#include "harness.h"

#define AWAY_MS   3200 /* 3 s, and what a busy machine adds */
#define HEALTH_MS 500
#define BACK_MS   10000

static struct user *user;

static int
start(void **state)
{
	struct server *s = server_prepare(NULL);

	server_migrate(s);
	s->options[0] = scratch_printf("DATABASE_URL=%s", proxy_open(s->url));
	server_launch(s);
	user = user_new(s, "ann");
	conversation_new(s, user->token);
	sql_run(s, "UPDATE users SET daily_limit = 100000");
	*state = s;
	return (0);
}

static struct reply *
say(struct server *s)
{
	return (chat_send(s, user->token, 1, "gpt", PRIVATE));
}

/* Whatever workers and connections they meet. */
static void
assert_answered_in_time(struct server *s)
{
	struct request q = {.path = "/chat/", .token = user->token};
	struct raw    *connections[20];
	struct reply  *r;
	long long      begin;
	size_t         i;

	q.body = chat_body(1, "gpt", PRIVATE);
	for (i = 0; i < COUNT(connections); i++)
		connections[i] = raw_open(s);
	begin = now_ms();
	for (i = 0; i < COUNT(connections); i++)
		raw_text(connections[i], raw_request(s, &q));
	http_get(s, NULL, "/healthz");
	r = http_get(s, NULL, "/healthz");
	assert_status(r, 200);
	assert_in_range(r->ms, 0, HEALTH_MS);
	for (i = 0; i < COUNT(connections); i++) {
		assert_error(raw_reply(connections[i], 2 * AWAY_MS), 503,
		    "database_away");
		assert_in_range(now_ms() - begin, 0, AWAY_MS);
		raw_close(connections[i]);
	}
}

/* All workers serve again: ten in a row, on connections of their own. */
static void
assert_comes_back(struct server *s)
{
	struct request q[10];
	struct reply **replies;
	long long      deadline = now_ms() + BACK_MS;
	size_t         i;

	for (i = 0; i < COUNT(q); i++)
		q[i] = (struct request){.path = "/chat/",
		    .token = user->token,
		    .body = chat_body(1, "gpt", PRIVATE)};
	do {
		assert_true(now_ms() < deadline);
		replies = http_many(s, q, COUNT(q));
	} while (http_count(replies, COUNT(q), 200) < COUNT(q));
	server_assert_unharmed(s);
	/* In one statement: what was silent may be written now. */
	assert_int_equal(sql_int(s,
			     "SELECT (SELECT sum(used) FROM daily_usage)"
			     " - (SELECT count(*) FROM turns)"),
	    0);
}

static void
silent__everything(void **state)
{
	struct server *s = *state;

	assert_status(say(s), 200);
	proxy_set(PROXY_SILENT);
	assert_answered_in_time(s);
	assert_answered_in_time(s);
	proxy_set(PROXY_PASS);
	assert_comes_back(s);
}

/* New connections get through the greeting, and are silent then. */
static void
silent__while_preparing(void **state)
{
	struct server *s = *state;

	assert_status(say(s), 200);
	proxy_set(PROXY_SILENT);
	proxy_set(PROXY_SILENT_AT_PARSE);
	assert_answered_in_time(s);
	proxy_set(PROXY_PASS);
	assert_comes_back(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(silent__everything),
	    cmocka_unit_test(silent__while_preparing),
	};

	return (harness_run(tests, start));
}
