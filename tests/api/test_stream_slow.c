/*
 * Clients that do not read: what they cost is bounded, others do not notice,
 * and when they do read, everything is there.
 */
#include <sys/socket.h>

#include "harness_sse.h"
#include "harness_upstream.h"

#define WAIT_MS   30000
#define LISTENERS 8
#define SIZE      500000 /* bytes of the answer */
#define PIECE     5      /* of a delta */
#define EVENTS    (SIZE / PIECE + 2)
#define MEGABYTE  (1024L * 1024)

/* As events the answer is ten times its size: whoever keeps that for every
 * listener needs much more than this for them together. */
#define BOUND (16 * MEGABYTE)

static struct upstream *upstream;

static int
start(void **state)
{
	upstream = upstream_start();
	*state = server_start(upstream_options(upstream, NULL));
	return (0);
}

static long
memory_of(pid_t pid)
{
	const char *line;

	line = strstr(scratch_file(scratch_printf("/proc/%d/status", (int)pid)),
	    "VmRSS:");
	assert_non_null(line);
	return (strtol(line + 6, NULL, 10) * 1024);
}

static long
memory_of_both(const struct server *s)
{
	return (
	    memory_of(server_worker(s, 1)) + memory_of(server_worker(s, 2)));
}

static void
assert_bounded(const struct server *s, long before)
{
	long more = memory_of_both(s) - before;

	if (more > BOUND)
		fail_msg("%d listeners cost %ld KB", LISTENERS, more / 1024);
}

/* A client with little room, which asks and then looks elsewhere. With still
 * less, of loopback's large segments only a probe comes through, all 200 ms. */
static struct raw *
ask_and_sleep(const struct server *s, const struct request *q)
{
	struct raw *raw = raw_open(s);
	int         room = 128 * 1024;

	setsockopt(raw->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	assert_true(raw_text(raw, raw_request(s, q)));
	return (raw);
}

static void
await_end(struct server *s, const struct user *u)
{
	long long      deadline = now_ms() + WAIT_MS;
	struct request health = {.path = "/healthz"};

	while (sql_int(s,
		   "SELECT count(*) FROM turns WHERE user_id = %lld"
		   " AND status = 'completed'",
		   u->id) == 0) {
		assert_in_range(http_call(s, &health)->ms, 0, 1000);
		assert_true(now_ms() < deadline);
		sleep_ms(50);
	}
}

static void
assert_all_there(struct raw *const *sleepers, const long *after)
{
	struct sse *list[LISTENERS];
	int         i;

	for (i = 0; i < LISTENERS; i++)
		list[i] = sse_next(sleepers[i]);
	assert_true(sse_wait_all(list, LISTENERS, WAIT_MS));
	for (i = 0; i < LISTENERS; i++) {
		sse_assert_whole(list[i], after[i], "done");
		assert_int_equal(list[i]->count, EVENTS - after[i]);
		sse_close(list[i]);
	}
}

static struct request
resuming(const struct user *u, const char *id, long after)
{
	struct request q = {.token = u->token};

	q.path = scratch_printf(
	    "/chat/messages/%s/stream?after=%ld", id, after);
	return (q);
}

/* Asleep while it is written, in both workers, and only then read. */
static void
reader__asleep_while_it_is_written(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	struct request q = {.path = "/chat/", .token = u->token};
	struct raw    *sleepers[LISTENERS];
	long           after[LISTENERS] = {0}, before;
	const char    *id;
	int            i;

	conversation_new(s, u->token);
	before = memory_of_both(s);
	q.body = sse_body(1, "gpt",
	    upstream_prompt(scratch_printf("big:%d:%d", SIZE, PIECE)));
	sleepers[0] = ask_and_sleep(s, &q);
	do {
		sleep_ms(5);
		id = sql_text(s,
		    "SELECT id FROM turns WHERE user_id = %lld"
		    " AND status = 'running'",
		    u->id);
	} while (id == NULL);
	for (i = 1; i < LISTENERS; i++) {
		q = resuming(u, id, 0);
		sleepers[i] = ask_and_sleep(s, &q);
	}
	await_end(s, u);
	sleep_ms(500);
	assert_bounded(s, before);
	assert_all_there(sleepers, after);
}

/* The same of an answer that is there already. */
static void
reader__asleep_in_the_log(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ben");
	struct request q = {.path = "/chat/", .token = u->token};
	struct raw    *sleepers[LISTENERS];
	long           after[LISTENERS], before;
	const char    *id;
	int            i;

	conversation_new(s, u->token);
	id = reply_text(
	    chat_send(s, u->token, 1, "claude",
		upstream_prompt(scratch_printf("big:%d:%d", SIZE, PIECE))),
	    "id");
	before = memory_of_both(s);
	for (i = 0; i < LISTENERS; i++) {
		after[i] = i * 100;
		q = resuming(u, id, after[i]);
		sleepers[i] = ask_and_sleep(s, &q);
	}
	sleep_ms(1500);
	assert_bounded(s, before);
	assert_all_there(sleepers, after);
}

static void
nothing__is_left(void **state)
{
	upstream_assert_idle(upstream, *state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reader__asleep_while_it_is_written),
	    cmocka_unit_test(reader__asleep_in_the_log),
	    cmocka_unit_test(nothing__is_left),
	};

	return (harness_run(tests, start));
}
