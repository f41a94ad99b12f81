/*
 * DATABASE_URL names several hosts: one that has fallen silent is waited for
 * no longer than its time, by the steady clock, and the next one is asked.
 */
#include <string.h>

#include "harness.h"
#include "harness_clock.h"

#define HOUR_MS     (3600 * 1000LL)
#define HALF_WAY_MS 150   /* a message takes up to 120 ms */
#define FOUND_MS    10000 /* 2 s of the silent one, and a busy machine's */

static struct clock *ours;
static struct user  *user;

static int
start(void **state)
{
	static const char *options[] = {"DB_POOL=1", NULL, NULL, NULL};
	struct server     *s;
	const char        *first, *host;

	ours = clock_new();
	options[1] = ours->preload;
	options[2] = ours->file;
	s = server_prepare(options);
	server_migrate(s);
	first = proxy_open(s->url);
	host = strchr(s->url, '@') + 1;
	s->options[3] = scratch_printf("DATABASE_URL=%.*s,%s",
	    (int)(strrchr(first, '/') - first), first, host);
	server_launch(s);
	user = user_new(s, "ann");
	conversation_new(s, user->token);
	sql_run(s, "UPDATE users SET daily_limit = 100000");
	*state = s;
	return (0);
}

/* How many of twenty at once, of both workers, are answered. */
static size_t
answered(struct server *s)
{
	struct request q[20];
	size_t         i;

	for (i = 0; i < COUNT(q); i++)
		q[i] = (struct request){.path = "/chat/",
		    .token = user->token,
		    .body = chat_body(1, "gpt", PRIVATE)};
	return (http_count(http_many(s, q, COUNT(q)), COUNT(q), 200));
}

static void
assert_found(struct server *s)
{
	long long begin = now_ms();

	while (answered(s) < 20)
		assert_in_range(now_ms() - begin, 0, FOUND_MS);
}

/* New connections are half-way, each message of theirs being late, when the
 * clock is set back and nothing is heard any more. */
static void
fall_silent_half_way(struct server *s)
{
	struct request q = {.path = "/chat/", .token = user->token};
	struct raw    *connections[20];
	size_t         i;

	q.body = chat_body(1, "gpt", PRIVATE);
	proxy_set(PROXY_SLOW);
	sql_run(s,
	    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
	    " WHERE application_name = 'aichat'"
	    " AND datname = current_database()");
	for (i = 0; i < COUNT(connections); i++) {
		connections[i] = raw_open(s);
		raw_text(connections[i], raw_request(s, &q));
	}
	sleep_ms(HALF_WAY_MS);
	clock_set(ours, -HOUR_MS);
	sleep_ms(HALF_WAY_MS);
	proxy_set(PROXY_SILENT);
	for (i = 0; i < COUNT(connections); i++)
		raw_close(connections[i]);
}

static void
silent__the_next_is_asked(void **state)
{
	struct server *s = *state;

	assert_int_equal(answered(s), 20);
	fall_silent_half_way(s);
	assert_found(s);
	server_assert_unharmed(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(silent__the_next_is_asked),
	};

	return (harness_run(tests, start));
}
