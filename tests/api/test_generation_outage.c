/*
 * PostgreSQL is away for longer than a turn is waited for, as in a failover:
 * answers being written are not taken for those of a dead worker by anybody
 * when it is back.
 */
#include "harness_sse.h"
#include "harness_upstream.h"

#define WAIT_MS 20000
#define AWAY_MS 10500 /* STORE_DEAD_SECONDS and more */
#define LATE_MS 5500  /* in which everybody looks for dead turns once */

/* The server that writes the answers finds PostgreSQL later than another one,
 * which has no answers of its own and looks after everybody's. */
static struct server *late;

static int
start(void **state)
{
	struct upstream *upstream = upstream_start();
	struct server   *s;
	const char      *url;

	cluster_new();
	s = server_start(NULL);
	url = scratch_printf("DATABASE_URL=%s", proxy_open(s->url));
	late = server_start_beside(s, upstream_options(upstream, url));
	*state = s;
	return (0);
}

static void
away__longer_than_a_turn_is_waited_for(void **state)
{
	struct server *s = *state;
	struct user   *u[] = {user_new(late, "ann"), user_new(late, "bob")};
	struct sse    *list[8];
	size_t         i;

	conversation_new(late, u[0]->token);
	conversation_new(late, u[1]->token);
	/* One ends meanwhile, the others, on both workers, go on for longer. */
	for (i = 0; i < COUNT(list); i++)
		list[i] = sse_chat(late, u[i % 2]->token, 1,
		    i == 0 ? "claude" : "gpt",
		    upstream_prompt(i == 0 ? "words:60:50" : "words:400:50"));
	for (i = 0; i < COUNT(list); i++)
		assert_true(sse_wait(list[i], 8, WAIT_MS));
	cluster_stop("fast");
	assert_false(sse_wait_all(list, COUNT(list), AWAY_MS));
	proxy_set(PROXY_SILENT);
	cluster_start();
	assert_false(sse_wait_all(list, COUNT(list), LATE_MS));
	proxy_set(PROXY_PASS);
	assert_true(sse_wait_all(list, COUNT(list), WAIT_MS));
	for (i = 0; i < COUNT(list); i++) {
		sse_assert_whole(list[i], 0, "done");
		assert_string_equal(
		    sql_text(s, "SELECT status FROM turns WHERE id = '%s'",
			sse_id(list[i])),
		    "completed");
		/* Also what was logged while nobody could take it. */
		assert_int_equal(
		    sql_int(s,
			"SELECT count(*) FROM turns t WHERE id = '%s' AND"
			" response = (SELECT string_agg(text, '' ORDER BY seq)"
			" FROM turn_events e WHERE e.user_id = t.user_id"
			" AND e.turn = t.id)",
			sse_id(list[i])),
		    1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(away__longer_than_a_turn_is_waited_for),
	};
	int status = harness_run(tests, start);

	proxy_close();
	cluster_end();
	return (status);
}
