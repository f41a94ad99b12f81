/*
 * The wall clock of the server's machine or of PostgreSQL's is set, an hour
 * ahead or back: what runs goes on, what is dead is found, and a day's
 * allowance is that of the day it is.
 */
#include <signal.h>
#include <time.h>

#include "harness_clock.h"
#include "harness_sse.h"

#define HOUR_MS (3600 * 1000LL)
#define DAY_MS  (24 * HOUR_MS)
#define WAIT_MS 15000
#define DEAD_MS 16500 /* until a turn without a worker is ended */
#define BEAT_MS 3000  /* a sign of life */
#define LOOK_MS 11000 /* in which everybody looked for such turns twice */

static struct clock *ours, *theirs;

static int
start(void **state)
{
	static const char *options[6];

	ours = clock_new();
	theirs = clock_new();
	options[0] = ours->preload;
	options[1] = ours->file;
	options[2] = "MOCK_FAULTS=1";
	options[3] = "IDLE_TIMEOUT_MS=60000";
	options[4] = "DRAIN_SECONDS=1";
	clock_inherit(theirs);
	cluster_new();
	clock_inherit(NULL);
	*state = server_start(options);
	return (0);
}

static struct user *
new_user(struct server *s, const char *name)
{
	struct user *u = user_new(s, name);

	conversation_new(s, u->token);
	return (u);
}

static const char *
status_of(struct server *s, const struct user *u)
{
	return (sql_text(
	    s, "SELECT status FROM turns WHERE user_id = %lld", u->id));
}

/* The clocks that matter to a test are right again after it. */
static int
set_right(void **state)
{
	(void)state;
	clock_set(ours, 0);
	clock_set(theirs, 0);
	return (0);
}

static void
postgres__set_what_runs_goes_on(void **state)
{
	struct server *s = *state;
	struct user   *u = new_user(s, "running");
	struct sse    *stream;
	int            i;

	stream = sse_chat(s, u->token, 1, "gpt", "!stall one two three");
	assert_true(sse_wait(stream, 3, WAIT_MS));
	/* It has been looked at by now. */
	sse_watch(&stream, 1, LOOK_MS);
	/* At several moments between two of its signs of life. */
	for (i = 1; i <= 6; i++) {
		clock_set(theirs, i * HOUR_MS);
		sse_watch(&stream, 1, BEAT_MS + i * 200);
		assert_string_equal(status_of(s, u), "running");
	}
	clock_set(theirs, -HOUR_MS);
	sse_watch(&stream, 1, LOOK_MS);
	assert_string_equal(status_of(s, u), "running");
	assert_false(stream->ended || stream->closed);
	sse_close(stream);
}

/* Its last sign of life is from the future. */
static void
postgres__set_back_who_is_dead_is_found(void **state)
{
	struct server *s = *state;
	struct user   *u = new_user(s, "dying");
	struct sse    *stream;
	struct request q = {.path = "/chat/"};
	long long      killed;

	q.token = u->token;
	q.body = sse_body(1, "gpt", "!stall one two three");
	stream = sse_on(sse_connect(s, 1), &q);
	assert_true(sse_wait(stream, 3, WAIT_MS));
	kill(server_worker(s, 1), SIGKILL);
	killed = now_ms();
	clock_set(theirs, -HOUR_MS);
	sse_close(stream);
	while (strcmp(status_of(s, u), "running") == 0 &&
	    now_ms() < killed + DEAD_MS)
		sleep_ms(100);
	assert_string_equal(status_of(s, u), "interrupted");
	server_await_children(s);
}

/* At midnight everybody has a day's messages anew, and what an earlier day
 * had left when it comes again. */
static void
midnight__is_postgres_own(void **state)
{
	struct server *s = *state;
	struct user   *u = new_user(s, "spender");
	int64_t        now = (int64_t)time(NULL) * 1000;

	sql_run(s, "UPDATE users SET daily_limit = 2 WHERE id = %lld", u->id);
	clock_set(theirs, DAY_MS - now % DAY_MS - HOUR_MS / 2);
	assert_status(chat_send(s, u->token, 1, "gpt", PRIVATE), 200);
	assert_status(chat_send(s, u->token, 1, "gpt", PRIVATE), 200);
	assert_status(chat_send(s, u->token, 1, "gpt", PRIVATE), 429);
	clock_set(theirs, DAY_MS - now % DAY_MS + HOUR_MS / 2);
	sleep_ms(1100);
	assert_status(chat_send(s, u->token, 1, "gpt", PRIVATE), 200);
	clock_set(theirs, DAY_MS - now % DAY_MS - HOUR_MS / 2);
	assert_status(chat_send(s, u->token, 1, "gpt", PRIVATE), 429);
}

/* A token from the future is none, but to a worker that has seen it. Who logs
 * in has one; the order of a
 * conversation stays, and what takes time takes as long as ever. */
static void
server__set_back(void **state)
{
	struct server *s = *state;
	struct user   *u;
	struct reply  *r;

	clock_set(ours, HOUR_MS);
	u = new_user(s, "traveller");
	assert_status(chat_send(s, u->token, 1, "gpt", PRIVATE " first"), 200);
	clock_set(ours, 0);
	r = user_log_in(s, u->name, u->password);
	assert_status(r, 200);
	u->token = reply_text(r, "access_token");
	r = chat_send(s, u->token, 1, "gpt", PRIVATE " second");
	assert_status(r, 200);
	assert_in_range(r->ms, 0, 1000);
	assert_string_equal(
	    sql_text(s,
		"SELECT string_agg(right(prompt, 6), ' ' ORDER BY id)"
		" FROM turns WHERE user_id = %lld",
		u->id),
	    " first second");
}

static void
server__set_ahead(void **state)
{
	struct server *s = *state;
	struct user   *u = new_user(s, "early");
	struct reply  *r;

	clock_set(ours, HOUR_MS);
	r = chat_send(s, u->token, 1, "gpt", PRIVATE);
	assert_status(r, 200);
	assert_in_range(r->ms, 0, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(
		postgres__set_what_runs_goes_on, set_right),
	    cmocka_unit_test_teardown(
		postgres__set_back_who_is_dead_is_found, set_right),
	    cmocka_unit_test_teardown(midnight__is_postgres_own, set_right),
	    cmocka_unit_test_teardown(server__set_back, set_right),
	    cmocka_unit_test_teardown(server__set_ahead, set_right),
	};
	int failed = harness_run(tests, start);

	cluster_end();
	return (failed);
}
