/*
 * What providers answer when all goes well, in every shape it is known to
 * take: framing, pieces, noise, reasons to finish, much of it.
 */
#include "harness_sse.h"
#include "harness_upstream.h"

#define WAIT_MS    10000
#define ANSWER_MAX 20000 /* bytes, of one server here */
#define MEGABYTE   (1024 * 1024)

static struct upstream *upstream;
static struct server   *capped;

static int
start(void **state)
{
	struct server *s;

	upstream = upstream_start();
	s = server_start(upstream_options(upstream, "UPSTREAM_RETRIES=0\n"));
	capped = server_start_beside(s,
	    upstream_options(upstream,
		scratch_printf(
		    "UPSTREAM_RETRIES=0\nANSWER_MAX_BYTES=%d\n", ANSWER_MAX)));
	*state = s;
	return (0);
}

struct expected {
	const char *play;
	const char *response;
	const char *finish; /* as it is stored */
};

static void
assert_answer(
    struct server *s, const struct user *u, int model, const struct expected *e)
{
	struct reply *r;
	const char   *stored;

	r = chat_send(
	    s, u->token, 1, upstream_models[model], upstream_prompt(e->play));
	if (r->status != 200)
		print_error("%s %s:\n", upstream_models[model], e->play);
	assert_status(r, 200);
	assert_string_equal(reply_text(r, "response"), e->response);
	assert_null(cJSON_GetObjectItem(r->json, "status"));
	stored = sql_text(s,
	    "SELECT concat_ws(' ', status, finish_reason)"
	    " FROM turns WHERE id = '%s'",
	    reply_text(r, "id"));
	assert_string_equal(stored, scratch_printf("completed %s", e->finish));
}

static void
assert_answers(struct server *s, const char *name, int model,
    const struct expected *list, size_t n)
{
	struct user *u = user_new(s, name);
	size_t       i;

	conversation_new(s, u->token);
	for (i = 0; i < n; i++)
		assert_answer(s, u, model, &list[i]);
}

#define UNICODE "Grüße, 世界! 👋🏽 naïve ⏎"

/* What all three are expected to bear. */
static const struct expected expected[] = {
    {"framed:crlf", UPSTREAM_GREETING, "stop"},
    {"framed:lf", UPSTREAM_GREETING, "stop"},
    {"framed:cr", UPSTREAM_GREETING, "stop"}, {"bytes", UNICODE, "stop"},
    {"no-blank", UPSTREAM_GREETING, "stop"},
    {"comments", UPSTREAM_GREETING, "stop"},
    {"unknown", UPSTREAM_GREETING, "stop"},
    {"thoughts", UPSTREAM_GREETING, "stop"},
    {"surrogates", "wave 👋 alone \xef\xbf\xbd!", "stop"},
    {"late:300", UPSTREAM_GREETING, "stop"},
    {"finished:length", UPSTREAM_GREETING, "length"},
    {"finished:filter", UPSTREAM_GREETING, "content_filter"},
    {"refusal", "I would rather not.", "content_filter"},
    {"silent:length", "", "length"}, {"blocked", "", "content_filter"},
    {"words:200", NULL, "stop"}, /* filled in */
};

static void
assert_all(struct server *s, const char *name, int model)
{
	struct expected list[COUNT(expected)];
	char           *words = scratch_printf("%s", "");
	int             i;

	for (i = 1; i <= 200; i++)
		words = scratch_printf("%sw%d ", words, i);
	memcpy(list, expected, sizeof(list));
	list[COUNT(list) - 1].response = words;
	assert_answers(s, name, model, list, COUNT(list));
}

static void
answer__of_openai(void **state)
{
	assert_all(*state, "ann", GPT);
}

static void
answer__of_anthropic(void **state)
{
	assert_all(*state, "ben", CLAUDE);
}

static void
answer__of_gemini(void **state)
{
	assert_all(*state, "cid", GEMINI);
}

/* What a blocked prompt cost is not given back: it was answered. */
static void
answer__blocked_counts(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "dan");
	struct reply  *r;
	int            i;

	conversation_new(s, u->token);
	for (i = 0; i < MODELS; i++) {
		r = chat_send(s, u->token, 1, upstream_models[i],
		    upstream_prompt("blocked"));
		assert_header(
		    r, "RateLimit-Remaining", scratch_printf("%d", 999 - i));
	}
	assert_int_equal(sql_int(s,
			     "SELECT used FROM daily_usage"
			     " WHERE user_id = %lld",
			     u->id),
	    MODELS);
}

/* An answer that goes on and on ends at the limit, as one the provider had
 * cut: the rest is not even fetched. */
static void
answer__longer_than_allowed(void **state)
{
	static const int chunks[] = {7, 65536};
	struct user     *u = user_new(*state, "eve");
	const cJSON     *request;
	struct reply    *r;
	char            *prompt;
	size_t           i;

	conversation_new(capped, u->token);
	for (i = 0; i < MODELS * COUNT(chunks); i++) {
		prompt = upstream_prompt(scratch_printf(
		    "big:%d:%d", 50 * MEGABYTE, chunks[i / MODELS]));
		r = chat_send(
		    capped, u->token, 1, upstream_models[i % MODELS], prompt);
		assert_status(r, 200);
		assert_in_range(strlen(reply_text(r, "response")), ANSWER_MAX,
		    ANSWER_MAX + 65536);
		assert_string_equal(
		    sql_text(*state,
			"SELECT concat_ws(' ',"
			" status, finish_reason) FROM turns WHERE id = '%s'",
			reply_text(r, "id")),
		    "completed length");
		request = upstream_request(upstream, prompt, WAIT_MS);
		assert_true(
		    cJSON_IsTrue(cJSON_GetObjectItem(request, "aborted")));
	}
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

/* 50 MB cost neither memory nor the others' time. */
static void
answer__of_fifty_megabytes(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "fay");
	struct sse    *streams[MODELS];
	struct request health = {.path = "/healthz"};
	long           before[2], i;

	for (i = 0; i < 2; i++)
		before[i] = memory_of(server_worker(s, (int)i + 1));
	conversation_new(s, u->token);
	for (i = 0; i < MODELS; i++)
		streams[i] = sse_chat(s, u->token, 1, upstream_models[i],
		    upstream_prompt(
			scratch_printf("big:%d:65536", 50 * MEGABYTE)));
	for (i = 0; i < 5; i++)
		assert_in_range(http_call(s, &health)->ms, 0, 500);
	assert_true(sse_wait_all(streams, MODELS, WAIT_MS));
	for (i = 0; i < MODELS; i++) {
		sse_assert_whole(streams[i], 0, "done");
		assert_in_range(strlen(sse_text(streams[i])), MEGABYTE,
		    MEGABYTE + 2 * 65536);
		sse_close(streams[i]);
	}
	for (i = 0; i < 2; i++)
		assert_in_range(memory_of(server_worker(s, (int)i + 1)), 0,
		    before[i] + 40L * MEGABYTE);
}

/* A connection is used again for the next call. */
static void
answer__connections_are_kept(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "gus");
	long long      before;
	int            i;

	conversation_new(s, u->token);
	assert_status(
	    chat_send(s, u->token, 1, "gpt", upstream_prompt("")), 200);
	before = upstream_state(upstream, "accepted");
	for (i = 0; i < 10; i++)
		assert_status(
		    chat_send(s, u->token, 1, "gpt", upstream_prompt("")), 200);
	/* Each look at the state is a connection, too. */
	assert_in_range(upstream_state(upstream, "accepted") - before, 1, 2);
}

static void
nothing__is_left(void **state)
{
	upstream_assert_idle(upstream, *state);
	upstream_assert_idle(upstream, capped);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answer__of_openai),
	    cmocka_unit_test(answer__of_anthropic),
	    cmocka_unit_test(answer__of_gemini),
	    cmocka_unit_test(answer__blocked_counts),
	    cmocka_unit_test(answer__longer_than_allowed),
	    cmocka_unit_test(answer__of_fifty_megabytes),
	    cmocka_unit_test(answer__connections_are_kept),
	    cmocka_unit_test(nothing__is_left),
	};

	return (harness_run(tests, start));
}
