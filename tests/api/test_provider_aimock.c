/*
 * The providers as somebody else imagines them: aimock's fixtures, through
 * all three protocols.
 */
#include "harness_sse.h"
#include "harness_upstream.h"

#define WAIT_MS 10000

static struct upstream *aimock;

static int
start(void **state)
{
	aimock = upstream_start_aimock();
	*state = server_start(upstream_options(aimock, "UPSTREAM_RETRIES=0\n"));
	return (0);
}

static struct reply *
ask(struct server *s, const struct user *u, int conversation, int model,
    const char *prompt)
{
	return (chat_send(s, u->token, conversation, upstream_models[model],
	    scratch_printf("%s " PRIVATE, prompt)));
}

static void
aimock__answers(void **state)
{
	static const struct {
		const char *prompt, *response, *finish;
	} expected[] = {
	    {"greet me",
		"Good day to you, whoever you are: grüß dich, "
		"你好, and 👋 to all.",
		"stop"},
	    {"split the emoji", "a👋b👋🏽c", "stop"},
	    {"be cut by length", "and then", "length"},
	};
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	struct reply  *r;
	size_t         i;

	conversation_new(s, u->token);
	for (i = 0; i < COUNT(expected) * MODELS; i++) {
		r = ask(s, u, 1, (int)i % MODELS, expected[i / MODELS].prompt);
		assert_status(r, 200);
		assert_string_equal(
		    reply_text(r, "response"), expected[i / MODELS].response);
		assert_string_equal(sql_text(s,
					"SELECT finish_reason FROM"
					" turns WHERE id = '%s'",
					reply_text(r, "id")),
		    expected[i / MODELS].finish);
	}
}

static void
aimock__streams(void **state)
{
	static const char answer[] = "one two three four five six "
				     "seven eight";
	struct server    *s = *state;
	struct user      *u = user_new(s, "ben");
	struct sse       *streams[MODELS];
	int               i;

	conversation_new(s, u->token);
	for (i = 0; i < MODELS; i++)
		streams[i] = sse_chat(s, u->token, 1, upstream_models[i],
		    "count slowly " PRIVATE);
	assert_true(sse_wait_all(streams, MODELS, WAIT_MS));
	for (i = 0; i < MODELS; i++) {
		sse_assert_whole(streams[i], 0, "done");
		assert_string_equal(sse_text(streams[i]), answer);
		assert_int_equal(
		    streams[i]->count, 2 + (sizeof(answer) - 1 + 3) / 4);
		/* As it came, not all at the end. */
		assert_in_range(
		    sse_last(streams[i])->ms - streams[i]->events[1].ms, 150,
		    5000);
		sse_close(streams[i]);
	}
}

static void
aimock__remembers(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "cid");
	struct reply  *r;
	int            i;

	for (i = 0; i < MODELS; i++) {
		conversation_new(s, u->token);
		r = ask(s, u, i + 1, i, "my name is Ada");
		assert_string_equal(reply_text(r, "response"), "Noted.");
		r = ask(s, u, i + 1, i, "what is my name");
		assert_string_equal(reply_text(r, "response"), "You are Ada.");
	}
}

/* Each failure between two answers, so that no circuit opens. */
static void
aimock__fails(void **state)
{
	static const struct {
		const char *prompt;
		int         status;
		const char *code;
	} expected[] = {
	    {"refuse the key", 502, "upstream_error"},
	    {"be busy", 503, "upstream_busy"},
	    {"be broken", 502, "upstream_error"},
	};
	struct server *s = *state;
	struct user   *u = user_new(s, "dan");
	size_t         i;

	conversation_new(s, u->token);
	for (i = 0; i < COUNT(expected) * MODELS; i++) {
		assert_status(ask(s, u, 1, (int)i % MODELS, "greet me"), 200);
		assert_error(
		    ask(s, u, 1, (int)i % MODELS, expected[i / MODELS].prompt),
		    expected[i / MODELS].status, expected[i / MODELS].code);
	}
	assert_int_equal(sql_int(s,
			     "SELECT used FROM daily_usage"
			     " WHERE user_id = %lld",
			     u->id),
	    COUNT(expected) * MODELS);
}

/* What came is kept, and the message counts. How much that is depends on what
 * the fake counts as a chunk. */
static void
aimock__breaks_off(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "eve");
	const char    *response;
	struct reply  *r;
	int            i;

	conversation_new(s, u->token);
	for (i = 0; i < MODELS; i++) {
		r = ask(s, u, 1, i, "break off");
		assert_status(r, 200);
		assert_string_equal(reply_text(r, "status"), "failed");
		response = reply_text(r, "response");
		assert_in_range(strlen(response), 4, 16);
		assert_memory_equal(
		    response, "one two three fou", strlen(response));
	}
	assert_int_equal(sql_int(s,
			     "SELECT used FROM daily_usage"
			     " WHERE user_id = %lld",
			     u->id),
	    MODELS);
}

static void
nothing__is_left(void **state)
{
	upstream_assert_idle(NULL, *state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(aimock__answers),
	    cmocka_unit_test(aimock__streams),
	    cmocka_unit_test(aimock__remembers),
	    cmocka_unit_test(aimock__fails),
	    cmocka_unit_test(aimock__breaks_off),
	    cmocka_unit_test(nothing__is_left),
	};

	return (harness_run(tests, start));
}
