/*
 * An answer as a stream of events: what stands in it, who may have it, and
 * what the connection is good for afterwards.
 */
#include "harness_sse.h"
#include "harness_upstream.h"

#define WAIT_MS 10000

/* An id that could be one of ours. */
#define ABSENT "01a207c4-8d8c-77a1-8090-3f2e00000001"

static struct upstream *upstream;
static struct server   *mocks;  /* knows no provider */
static struct server   *faulty; /* mocks that may be asked to fail */

static int
start(void **state)
{
	const char *plain[] = {"MOCK_STREAM_DELAY_MS=15", NULL};
	const char *faults[] = {"MOCK_FAULTS=1", "MOCK_STREAM_DELAY_MS=5",
	    "IDLE_TIMEOUT_MS=500", NULL};

	upstream = upstream_start();
	*state = server_start(upstream_options(upstream, NULL));
	mocks = server_start_beside(*state, plain);
	faulty = server_start_beside(*state, faults);
	return (0);
}

static void
assert_members(const struct sse_event *e, const char *names)
{
	const cJSON *member;
	char        *all = scratch_printf("%s", "");

	cJSON_ArrayForEach(member, sse_json(e))
		all = scratch_printf("%s%s ", all, member->string);
	assert_string_equal(all, names);
}

static void
assert_stream_head(const struct reply *r)
{
	assert_int_equal(r->status, 200);
	assert_header(r, "Content-Type", "text/event-stream; charset=utf-8");
	assert_header(r, "Cache-Control", "no-store");
	assert_header(r, "X-Accel-Buffering", "no");
	assert_header(r, "X-Content-Type-Options", "nosniff");
	assert_header(r, "Access-Control-Allow-Origin", "*");
	assert_header(r, "X-Request-Id", NULL);
	assert_null(reply_header(r, "Content-Length"));
}

static void
stream__its_head_and_its_events(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	struct sse    *stream;
	int            i;

	conversation_new(s, u->token);
	for (i = 0; i < MODELS; i++) {
		stream = sse_chat(s, u->token, 1, upstream_models[i],
		    upstream_prompt("words:5"));
		assert_true(sse_wait_end(stream, WAIT_MS));
		assert_stream_head(stream->head);
		assert_header(stream->head, "Transfer-Encoding", "chunked");
		assert_header(stream->head, "RateLimit-Remaining",
		    scratch_printf("%d", 999 - i));
		sse_assert_whole(stream, 0, "done");
		assert_int_equal(stream->count, 7);
		assert_members(
		    &stream->events[0], "id model conversation_number ");
		assert_string_equal(
		    stream->events[1].data, "{\"text\":\"w1 \"}");
		assert_members(sse_last(stream),
		    "id model prompt response "
		    "timestamp conversation_number prompt_tokens "
		    "response_tokens ");
		sse_close(stream);
	}
}

static void
stream__asked_for_by_accept(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ben");
	struct request q = {.path = "/chat/",
	    .token = u->token,
	    .headers = {"Accept: text/event-stream"}};
	struct sse    *stream;

	conversation_new(s, u->token);
	q.body = chat_body(1, "gpt", upstream_prompt(""));
	stream = sse_open(s, &q);
	assert_true(sse_wait_end(stream, WAIT_MS));
	sse_assert_whole(stream, 0, "done");
	sse_close(stream);
}

/* Each event when it happens, neither collected nor late. */
static void
stream__as_it_comes(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "cid");
	struct sse    *stream;
	size_t         i;

	conversation_new(s, u->token);
	stream = sse_chat(
	    s, u->token, 1, "claude", upstream_prompt("words:8:100"));
	assert_true(sse_wait_end(stream, WAIT_MS));
	sse_assert_whole(stream, 0, "done");
	for (i = 1; i + 1 < stream->count; i++)
		assert_in_range(
		    stream->events[i].ms, (i - 1) * 95, (i - 1) * 110 + 500);
	sse_close(stream);
}

/* What cannot begin is refused as ever. */
static void
stream__refused_as_json(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "dan");
	struct request q = {.path = "/chat/", .token = u->token};
	struct sse    *stream;

	conversation_new(s, u->token);
	stream = sse_chat(s, "x", 1, "gpt", PRIVATE);
	assert_true(sse_wait_end(stream, WAIT_MS));
	assert_error(stream->head, 401, "token_malformed");
	sse_close(stream);
	stream = sse_chat(s, u->token, 1, "no-model", PRIVATE);
	assert_true(sse_wait_end(stream, WAIT_MS));
	assert_error(stream->head, 400, "unknown_model");
	sse_close(stream);
	stream = sse_chat(s, u->token, 2, "gpt", PRIVATE);
	assert_true(sse_wait_end(stream, WAIT_MS));
	assert_error(stream->head, 404, "conversation_not_found");
	sse_close(stream);
	sql_run(s, "UPDATE users SET daily_limit = 0 WHERE id = %lld", u->id);
	q.body = sse_body(1, "gpt", PRIVATE);
	stream = sse_open(s, &q);
	assert_true(sse_wait_end(stream, WAIT_MS));
	assert_error(stream->head, 429, "rate_limit_reached");
	sse_close(stream);
}

static char *
stream_request(const struct server *s, const struct user *u,
    const char *version, const char *body)
{
	return (scratch_printf(
	    "POST /chat/ HTTP/%s\r\nHost: 127.0.0.1:%d\r\n"
	    "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n%s",
	    version, s->port, u->token, strlen(body), body));
}

/* Without chunks: the end of the connection ends it. */
static void
stream__http_1_0(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "eve");
	struct raw    *raw = raw_open(s);
	struct sse    *stream;

	conversation_new(s, u->token);
	raw_text(raw,
	    stream_request(s, u, "1.0",
		sse_body(1, "gpt", upstream_prompt("words:5:20"))));
	stream = sse_next(raw);
	assert_true(sse_wait_end(stream, WAIT_MS));
	assert_null(reply_header(stream->head, "Transfer-Encoding"));
	assert_true(stream->closed);
	sse_assert_whole(stream, 0, "done");
	sse_close(stream);
}

static void
stream__connection_is_kept(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "fay");
	struct request q = {.path = "/chat/", .token = u->token};
	struct request history = {.path = "/chat/history", .token = u->token};
	struct raw    *raw = raw_open(s);
	struct sse    *stream;
	int            i;

	conversation_new(s, u->token);
	for (i = 0; i < 6; i++) {
		q.body = sse_body(1, upstream_models[i % MODELS],
		    upstream_prompt(i % 2 == 0 ? "words:9:5" : "cut:2"));
		stream = sse_on(raw, &q);
		assert_true(sse_wait_end(stream, WAIT_MS));
		sse_assert_whole(stream, 0, i % 2 == 0 ? "done" : "error");
		assert_true(raw_text(raw, raw_request(s, &history)));
		assert_status(raw_reply(raw, WAIT_MS), 200);
	}
	raw_close(raw);
}

/* Several requests in one write are answered one after another. */
static void
stream__pipelined(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "gus");
	struct request health = {.path = "/healthz"};
	struct raw    *raw = raw_open(s);
	struct sse    *streams[2];
	int            i;

	conversation_new(s, u->token);
	raw_text(raw,
	    scratch_printf("%s%s%s",
		stream_request(s, u, "1.1",
		    sse_body(1, "gpt", upstream_prompt("words:5:20"))),
		stream_request(s, u, "1.1",
		    sse_body(1, "gemini", upstream_prompt("words:7:20"))),
		raw_request(s, &health)));
	for (i = 0; i < 2; i++) {
		streams[i] = sse_next(raw);
		assert_true(sse_wait_end(streams[i], WAIT_MS));
		sse_assert_whole(streams[i], 0, "done");
		assert_int_equal(streams[i]->count, 7 + 2 * i);
	}
	assert_status(raw_reply(raw, WAIT_MS), 200);
	raw_close(raw);
}

/* The same words, whether it is there or somebody else's. */
static void
stream__of_somebody_else(void **state)
{
	static const char *const ends[] = {"stream", "stop"};
	struct server           *s = *state;
	struct user             *owner = user_new(s, "hal");
	struct user             *other = user_new(s, "ida");
	struct request           q = {.token = other->token};
	const char              *bodies[2];
	struct sse              *stream;
	struct reply            *r;
	size_t                   i, j;

	conversation_new(s, owner->token);
	conversation_new(s, other->token);
	stream = sse_chat(
	    s, owner->token, 1, "gpt", upstream_prompt("words:20:50"));
	assert_true(sse_wait(stream, 3, WAIT_MS));
	for (i = 0; i < COUNT(ends); i++) {
		for (j = 0; j < 2; j++) {
			q.method = i == 0 ? "GET" : "POST";
			q.path = scratch_printf("/chat/messages/%s/%s",
			    j == 0 ? sse_id(stream) : ABSENT, ends[i]);
			q.headers[0] = "X-Request-Id: same";
			r = http_call(s, &q);
			assert_error(r, 404, "message_not_found");
			bodies[j] = r->body;
		}
		assert_string_equal(bodies[0], bodies[1]);
	}
	assert_true(sse_wait_end(stream, WAIT_MS));
	sse_assert_whole(stream, 0, "done");
	assert_int_equal(stream->count, 22);
	sse_close(stream);
}

/* Whatever an id says, it is not there. */
static void
stream__of_ids_not_ours(void **state)
{
	static const char *const ids[] = {
	    "01a207c4-8d8c-77a1-8090-3f2ef7f26531",
	    "ffffffff-ffff-ffff-ffff-ffffffffffff",
	    "00000000-0000-0000-0000-000000000000",
	    "01a207c4-8d8c-41a1-8090-3f2e00000001",
	};
	struct server *s = *state;
	struct user   *u = user_new(s, "pam");
	size_t         i;

	for (i = 0; i < COUNT(ids); i++) {
		assert_error(
		    http_get(s, u->token,
			scratch_printf("/chat/messages/%s/stream", ids[i])),
		    404, "message_not_found");
		assert_error(
		    http_post(s, u->token,
			scratch_printf("/chat/messages/%s/stop", ids[i]), NULL),
		    404, "message_not_found");
	}
}

static void
stream__malformed_requests(void **state)
{
	static const struct {
		const char *path, *header;
		int         status;
	} cases[] = {
	    {"%s/stream", "Last-Event-ID: x", 400},
	    {"%s/stream", "Last-Event-ID: -1", 400},
	    {"%s/stream", "Last-Event-ID: 1 ", 200},
	    {"%s/stream", "Last-Event-ID: 99999999999999999999", 400},
	    {"%s/stream?after=x", NULL, 400},
	    {"%s/stream?after=-1", NULL, 400},
	    {"%s/stream?after=0", NULL, 200},
	    {"%sx/stream", NULL, 404},
	    {"------------------------------------/stream", NULL, 404},
	};
	struct server *s = *state;
	struct user   *u = user_new(s, "jim");
	struct request q = {.token = u->token};
	struct sse    *stream;
	const char    *id, *rest;
	size_t         i;

	conversation_new(s, u->token);
	id = reply_text(
	    chat_send(s, u->token, 1, "gpt", upstream_prompt("")), "id");
	for (i = 0; i < COUNT(cases); i++) {
		rest = strstr(cases[i].path, "%s");
		q.path = scratch_printf("/chat/messages/%s%s",
		    rest != NULL ? id : "",
		    rest != NULL ? rest + 2 : cases[i].path);
		q.headers[0] = cases[i].header;
		stream = sse_open(s, &q);
		assert_true(sse_wait_end(stream, WAIT_MS));
		if (stream->head->status != cases[i].status)
			fail_msg("%s %s: %d", q.path, q.headers[0],
			    stream->head->status);
		sse_close(stream);
	}
	assert_error(
	    http_get(s, NULL, scratch_printf("/chat/messages/%s/stream", id)),
	    401, "token_missing");
}

/* Word by word, and the same as in one piece. */
static void
mock__streams(void **state)
{
	static const struct {
		const char *model, *prompt;
	} cases[] = {
	    {"gpt", "one  two\nthree " PRIVATE},
	    {"claude", "Tell me a joke"},
	    {"gemini", "What is AI?"},
	    {"gemini", "nothing known " PRIVATE},
	    {"GPT", "x"},
	};
	struct user *u = user_new(*state, "kim");
	struct sse  *stream;
	const char  *whole;
	size_t       i;

	conversation_new(mocks, u->token);
	for (i = 0; i < COUNT(cases); i++) {
		whole = reply_text(chat_send(mocks, u->token, 1, cases[i].model,
				       cases[i].prompt),
		    "response");
		stream = sse_chat(
		    mocks, u->token, 1, cases[i].model, cases[i].prompt);
		assert_true(sse_wait_end(stream, WAIT_MS));
		sse_assert_whole(stream, 0, "done");
		assert_string_equal(sse_text(stream), whole);
		assert_true(stream->count > 3);
		assert_in_range(sse_last(stream)->ms, 15 * (stream->count - 2),
		    15 * stream->count + 1000);
		sse_close(stream);
	}
}

/* A direct answer can be streamed later, as two events and the end. */
static void
mock__resumed_when_it_was_direct(void **state)
{
	struct user  *u = user_new(*state, "leo");
	struct sse   *stream;
	struct reply *r;

	conversation_new(mocks, u->token);
	r = chat_send(mocks, u->token, 1, "gpt", "hello " PRIVATE);
	stream = sse_resume(mocks, u->token, reply_text(r, "id"), 0);
	assert_true(sse_wait_end(stream, WAIT_MS));
	sse_assert_whole(stream, 0, "done");
	assert_string_equal(sse_text(stream), reply_text(r, "response"));
	sse_close(stream);
}

/* The knobs, and that a server without them takes the same prompts as what
 * they are. */
static void
mock__faults(void **state)
{
	struct user *u = user_new(*state, "may");
	struct sse  *cut, *stall;

	conversation_new(faulty, u->token);
	assert_error(chat_send(faulty, u->token, 1, "gpt", "!429"), 429,
	    "rate_limit_reached");
	assert_error(chat_send(faulty, u->token, 1, "claude", "!500 " PRIVATE),
	    500, "internal");
	cut = sse_chat(faulty, u->token, 1, "gpt", "!cut a b c d e f g");
	stall = sse_chat(faulty, u->token, 1, "gpt", "!stall a b c d e f");
	assert_true(sse_wait_end(cut, WAIT_MS));
	assert_true(sse_wait_end(stall, WAIT_MS));
	sse_assert_whole(cut, 0, "error");
	sse_assert_whole(stall, 0, "error");
	assert_true(cut->count > 3 && stall->count > 3);
	assert_non_null(strstr(sse_last(cut)->data, "upstream_error"));
	assert_non_null(strstr(sse_last(stall)->data, "upstream_timeout"));
	assert_in_range(sse_last(stall)->ms, 500, 2500);
	sse_close(cut);
	sse_close(stall);
	/* Only what came to something counts. */
	assert_int_equal(sql_int(*state,
			     "SELECT used FROM daily_usage"
			     " WHERE user_id = %lld",
			     u->id),
	    2);
}

static void
mock__no_faults_by_default(void **state)
{
	static const char *const prompts[] = {
	    "!429", "!500", "!cut a b", "!stall a b"};
	struct user  *u = user_new(*state, "ned");
	struct sse   *stream;
	struct reply *r;
	size_t        i;

	conversation_new(mocks, u->token);
	for (i = 0; i < COUNT(prompts); i++) {
		r = chat_send(mocks, u->token, 1, "gpt", prompts[i]);
		assert_status(r, 200);
		assert_string_equal(reply_text(r, "response"),
		    scratch_printf("[GPT] Echo: %s", prompts[i]));
		stream = sse_chat(mocks, u->token, 1, "gpt", prompts[i]);
		assert_true(sse_wait_end(stream, WAIT_MS));
		sse_assert_whole(stream, 0, "done");
		sse_close(stream);
	}
}

static void
nothing__is_left(void **state)
{
	upstream_assert_idle(upstream, *state);
	upstream_assert_idle(upstream, mocks);
	upstream_assert_idle(upstream, faulty);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stream__its_head_and_its_events),
	    cmocka_unit_test(stream__asked_for_by_accept),
	    cmocka_unit_test(stream__as_it_comes),
	    cmocka_unit_test(stream__refused_as_json),
	    cmocka_unit_test(stream__http_1_0),
	    cmocka_unit_test(stream__connection_is_kept),
	    cmocka_unit_test(stream__pipelined),
	    cmocka_unit_test(stream__of_somebody_else),
	    cmocka_unit_test(stream__of_ids_not_ours),
	    cmocka_unit_test(stream__malformed_requests),
	    cmocka_unit_test(mock__streams),
	    cmocka_unit_test(mock__resumed_when_it_was_direct),
	    cmocka_unit_test(mock__faults),
	    cmocka_unit_test(mock__no_faults_by_default),
	    cmocka_unit_test(nothing__is_left),
	};

	return (harness_run(tests, start));
}
