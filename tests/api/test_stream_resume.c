/*
 * A client that comes back: from any event on, to any worker and any server,
 * while the answer is being written and afterwards, nothing is missing and
 * nothing comes twice.
 */
#include "harness_sse.h"
#include "harness_upstream.h"

#define WAIT_MS 15000
#define WORDS   12
#define EVENTS  (WORDS + 2)

static struct upstream *upstream;
static struct server   *beside; /* as good as another machine */

static int
start(void **state)
{
	upstream = upstream_start();
	*state = server_start(upstream_options(upstream, NULL));
	beside = server_start_beside(*state, upstream_options(upstream, NULL));
	return (0);
}

static char *
text_behind(long event)
{
	char *text = scratch_printf("%s", "");
	long  i;

	for (i = event < 1 ? 1 : event; i <= WORDS; i++)
		text = scratch_printf("%sw%ld ", text, i);
	return (text);
}

static void
assert_resumed(const struct sse *stream, long after)
{
	sse_assert_whole(stream, after, "done");
	assert_int_equal(stream->count, EVENTS - after);
	assert_string_equal(sse_text(stream), text_behind(after));
}

/* Three places to come back to: each worker of the one, and the other. */
static struct raw *
connect_to(struct server *s, int place)
{
	return (place == 0 ? raw_open(beside) : sse_connect(s, place));
}

static struct sse *
resume_on(struct raw *raw, const struct user *u, const char *id, long after)
{
	struct request q = {.token = u->token};

	q.path = scratch_printf(
	    "/chat/messages/%s/stream?after=%ld", id, after);
	return (sse_on(raw, &q));
}

/* From each of its events on, from all three places, as the answer grows. */
static void
resume__while_it_is_written(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	struct sse    *list[EVENTS * 3], *first;
	struct raw    *connections[COUNT(list)];
	long           after[COUNT(list)];
	size_t         n = 1;
	long           i, j;

	conversation_new(s, u->token);
	for (i = 0; i < (long)COUNT(list); i++)
		connections[i] = connect_to(s, (int)i % 3);
	list[0] = first = sse_chat(s, u->token, 1, "gpt",
	    upstream_prompt(scratch_printf("words:%d:120", WORDS)));
	after[0] = 0;
	assert_true(sse_wait(first, 1, WAIT_MS));
	for (i = 1; i < EVENTS - 1; i++) {
		while (first->count < (size_t)i)
			sse_watch(list, n, 100);
		/* What is newest, what just was, and what long was, so that
		 * each of the places gets each of them. */
		for (j = 0; j < 3; j++, n++) {
			after[n] = j == 0 ? i : j == 1 ? i - 1 : i / 2;
			list[n] = resume_on(
			    connections[(i - 1) * 3 + (i + j) % 3], u,
			    sse_id(first), after[n]);
		}
	}
	assert_true(sse_wait_all(list, n, WAIT_MS));
	for (i = 0; i < (long)n; i++) {
		assert_resumed(list[i], after[i]);
		sse_close(list[i]);
	}
}

/* Over and over on the same connections. */
static void
resume__after_its_end(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ben");
	struct raw    *connections[3];
	struct sse    *first, *stream;
	long           i;

	conversation_new(s, u->token);
	for (i = 0; i < 3; i++)
		connections[i] = connect_to(s, (int)i);
	first = sse_chat(s, u->token, 1, "claude",
	    upstream_prompt(scratch_printf("words:%d", WORDS)));
	assert_true(sse_wait_end(first, WAIT_MS));
	assert_resumed(first, 0);
	for (i = 0; i < EVENTS * 3; i++) {
		stream = resume_on(connections[i % 3], u, sse_id(first), i / 3);
		assert_true(sse_wait_end(stream, WAIT_MS));
		assert_resumed(stream, i / 3);
	}
	for (i = 0; i < EVENTS; i++) {
		stream = sse_resume(s, u->token, sse_id(first), i);
		assert_true(sse_wait_end(stream, WAIT_MS));
		assert_resumed(stream, i);
		sse_close(stream);
	}
	sse_close(first);
}

/* Who has the last event gets no other one: a browser comes back so. */
static void
resume__behind_the_last_event(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "cid");
	struct sse    *first, *stream;
	long           after;

	conversation_new(s, u->token);
	first = sse_chat(s, u->token, 1, "gemini",
	    upstream_prompt(scratch_printf("words:%d", WORDS)));
	assert_true(sse_wait_end(first, WAIT_MS));
	for (after = EVENTS; after < EVENTS + 3; after++) {
		stream = sse_resume(s, u->token, sse_id(first), after);
		assert_true(sse_wait_end(stream, WAIT_MS));
		if (stream->count > 0)
			fail_msg("behind %ld of %d: %ld %s", after, EVENTS,
			    stream->events[0].id, stream->events[0].name);
		sse_close(stream);
	}
	sse_close(first);
}

/* The end of a broken answer, and of one of which nothing came. */
static void
resume__of_failures(void **state)
{
	static const char *const plays[] = {"cut:3", "status:400"};
	struct server           *s = *state;
	struct user             *u = user_new(s, "dan");
	struct sse              *first, *stream;
	size_t                   i;
	struct raw              *connections[3];
	long                     after;

	conversation_new(s, u->token);
	for (i = 0; i < 3; i++)
		connections[i] = connect_to(s, (int)i);
	for (i = 0; i < COUNT(plays); i++) {
		first = sse_chat(
		    s, u->token, 1, "gpt", upstream_prompt(plays[i]));
		assert_true(sse_wait_end(first, WAIT_MS));
		sse_assert_whole(first, 0, "error");
		for (after = 0; after < (long)first->count; after++) {
			stream = resume_on(
			    connections[after % 3], u, sse_id(first), after);
			assert_true(sse_wait_end(stream, WAIT_MS));
			sse_assert_whole(stream, after, "error");
			assert_int_equal(
			    stream->count, (long)first->count - after);
		}
		sse_close(first);
	}
}

#define LISTENERS 60

static void
listeners__many_of_one_answer(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "eve");
	struct sse    *list[LISTENERS];
	const char    *id;
	int            i;

	conversation_new(s, u->token);
	list[0] = sse_chat(s, u->token, 1, "gpt",
	    upstream_prompt(scratch_printf("words:%d:100", WORDS)));
	assert_true(sse_wait(list[0], 1, WAIT_MS));
	id = sse_id(list[0]);
	for (i = 1; i < LISTENERS; i++)
		list[i] = sse_resume(i % 3 == 0 ? beside : s, u->token, id, 0);
	assert_true(sse_wait_all(list, LISTENERS, WAIT_MS));
	for (i = 0; i < LISTENERS; i++) {
		assert_resumed(list[i], 0);
		sse_close(list[i]);
	}
}

#define LEAVERS 30

/* Before the first byte, between any two events, at the end: the turn does
 * not care. */
static void
client__gone_at_any_moment(void **state)
{
	struct server *s = *state;
	struct user   *users[LEAVERS];
	struct request q = {.path = "/chat/"};
	struct sse    *stream;
	char          *prompts[LEAVERS];
	const char    *turn;
	int            i, begun = 0;

	for (i = 0; i < LEAVERS; i++) {
		users[i] = user_new(s, scratch_printf("leaver%d", i));
		conversation_new(s, users[i]->token);
		prompts[i] = upstream_prompt(
		    scratch_printf("words:%d:20", WORDS));
	}
	for (i = 0; i < LEAVERS; i++) {
		q.token = users[i]->token;
		/* One reply for a tenth of them. */
		q.body = i % 10 == 9
		    ? chat_body(1, "gpt", prompts[i])
		    : sse_body(1, upstream_models[i % MODELS], prompts[i]);
		stream = sse_open(s, &q);
		if (i < LEAVERS / 2)
			sse_watch(&stream, 1, i);
		else
			sse_wait(stream, (size_t)i - LEAVERS / 2, 400);
		sse_close(stream);
	}
	upstream_assert_idle(upstream, s);
	for (i = 0; i < LEAVERS; i++) {
		turn = sql_text(s,
		    "SELECT concat_ws(' ', status, response)"
		    " FROM turns WHERE user_id = %lld",
		    users[i]->id);
		assert_int_equal(
		    upstream_count(upstream, prompts[i]), turn != NULL);
		/* Left before the server had read what was asked. */
		if (turn == NULL)
			continue;
		begun++;
		assert_string_equal(
		    turn, scratch_printf("completed %s", text_behind(0)));
	}
	assert_in_range(begun, LEAVERS * 3 / 4, LEAVERS);
}

/* PostgreSQL takes its time: the end is to be stored while the last batch
 * still is. Both count. */
static void
log__slower_than_the_answer(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "fay");
	struct sse    *first, *stream;
	int            i;

	conversation_new(s, u->token);
	for (i = 0; i < 3; i++) {
		first = sse_chat(s, u->token, 1, upstream_models[i],
		    upstream_prompt(scratch_printf("words:%d:50", WORDS)));
		assert_true(sse_wait(first, 3, WAIT_MS));
		sql_run(s, "BEGIN; LOCK TABLE turn_events IN EXCLUSIVE MODE");
		assert_true(sse_wait(first, EVENTS - 1, WAIT_MS));
		sleep_ms(200);
		sql_run(s, "COMMIT");
		assert_true(sse_wait_end(first, WAIT_MS));
		assert_resumed(first, 0);
		stream = sse_resume(beside, u->token, sse_id(first), 0);
		assert_true(sse_wait_end(stream, WAIT_MS));
		assert_resumed(stream, 0);
		sse_close(first);
		sse_close(stream);
	}
}

/* The log holds what was streamed, and no event twice. */
static void
log__is_what_was_said(void **state)
{
	assert_int_equal(
	    sql_int(*state,
		"SELECT count(*) FROM turns t"
		" WHERE t.response <> (SELECT coalesce(string_agg(e.text, ''"
		" ORDER BY e.seq), '') FROM turn_events e"
		" WHERE e.user_id = t.user_id AND e.turn = t.id)"),
	    0);
	assert_int_equal(
	    sql_int(*state,
		"SELECT count(*) FROM (SELECT seq +"
		" array_length(string_to_array(ends, ','), 1) AS next,"
		" lead(seq) OVER (PARTITION BY user_id, turn ORDER BY seq) AS"
		" following FROM turn_events) e WHERE next <> following"),
	    0);
}

static void
nothing__is_left(void **state)
{
	upstream_assert_idle(upstream, *state);
	upstream_assert_idle(upstream, beside);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(resume__while_it_is_written),
	    cmocka_unit_test(resume__after_its_end),
	    cmocka_unit_test(resume__behind_the_last_event),
	    cmocka_unit_test(resume__of_failures),
	    cmocka_unit_test(listeners__many_of_one_answer),
	    cmocka_unit_test(client__gone_at_any_moment),
	    cmocka_unit_test(log__slower_than_the_answer),
	    cmocka_unit_test(log__is_what_was_said),
	    cmocka_unit_test(nothing__is_left),
	};

	return (harness_run(tests, start));
}
