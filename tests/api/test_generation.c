/*
 * Answers being written: how many at once, how one is stopped from anywhere,
 * and what the same request sent twice comes to.
 */
#include "harness_sse.h"
#include "harness_upstream.h"

#define WAIT_MS    15000
#define AT_ONCE    20
#define PER_USER   4
#define PER_WORKER 3

static struct upstream *upstream;
static struct server   *beside; /* as good as another machine */
static struct server   *narrow; /* few places a worker */

static int
start(void **state)
{
	upstream = upstream_start();
	*state = server_start(upstream_options(upstream, NULL));
	beside = server_start_beside(*state, upstream_options(upstream, NULL));
	narrow = server_start_beside(*state,
	    upstream_options(upstream,
		scratch_printf("RUNNING_PER_WORKER=%d\n", PER_WORKER)));
	return (0);
}

static long long
running_of(struct server *s, const struct user *u)
{
	return (sql_int(s,
	    "SELECT running FROM daily_usage"
	    " WHERE user_id = %lld",
	    u->id));
}

/* By its code: its message is not the one of a day that is used up. */
static void
assert_refused(const struct reply *r, int status, const char *code)
{
	assert_status(r, status);
	assert_string_equal(reply_text(r, "code"), code);
	assert_header(r, "Retry-After", NULL);
}

static void
sort_out(struct sse *const *calls, size_t n, int status, const char *code,
    size_t expected)
{
	size_t i, good = 0;

	for (i = 0; i < n; i++) {
		if (calls[i]->head->status == 200)
			good++;
		else
			assert_refused(calls[i]->head, status, code);
		sse_close(calls[i]);
	}
	assert_int_equal(good, expected);
}

/* Of twenty posts at once, to both servers, streamed or not, four run. */
static void
per_user__exact(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	struct request q = {.path = "/chat/", .token = u->token};
	struct raw    *connections[AT_ONCE];
	struct sse    *calls[AT_ONCE];
	char          *prompt = upstream_prompt("words:10:100");
	int            i;

	conversation_new(s, u->token);
	for (i = 0; i < AT_ONCE; i++)
		connections[i] = raw_open(i % 2 == 0 ? s : beside);
	for (i = 0; i < AT_ONCE; i++) {
		q.body = i % 4 < 2 ? sse_body(1, "gpt", prompt)
				   : chat_body(1, "gpt", prompt);
		calls[i] = sse_on(connections[i], &q);
	}
	assert_true(sse_wait_all(calls, AT_ONCE, WAIT_MS));
	sort_out(calls, AT_ONCE, 429, "too_many_running", PER_USER);
	assert_int_equal(upstream_count(upstream, prompt), PER_USER);
	assert_int_equal(running_of(s, u), 0);
	assert_int_equal(sql_int(s,
			     "SELECT used FROM daily_usage"
			     " WHERE user_id = %lld",
			     u->id),
	    PER_USER);
}

/* They can be spent again as soon as they end, however they do. */
static void
per_user__given_back(void **state)
{
	static const char *const plays[] = {
	    "", "cut:2", "status:400", "blocked"};
	struct server *s = *state;
	struct user   *u = user_new(s, "ben");
	struct sse    *calls[PER_USER];
	size_t         round, i;

	conversation_new(s, u->token);
	for (round = 0; round < COUNT(plays); round++) {
		for (i = 0; i < PER_USER; i++)
			calls[i] = sse_chat(s, u->token, 1,
			    upstream_models[i % MODELS],
			    upstream_prompt(plays[round]));
		assert_true(sse_wait_all(calls, PER_USER, WAIT_MS));
		for (i = 0; i < PER_USER; i++) {
			sse_assert_whole(
			    calls[i], 0, round % 3 == 0 ? "done" : "error");
			sse_close(calls[i]);
		}
	}
	assert_int_equal(running_of(s, u), 0);
}

/* A mock that answers at once is none of them; one that streams is. */
static void
per_user__mocks(void **state)
{
	const char    *options[] = {"MOCK_STREAM_DELAY_MS=200", NULL};
	struct server *mocks = server_start_beside(*state, options);
	struct user   *u = user_new(mocks, "cid");
	struct sse    *streams[PER_USER + 1];
	int            i;

	conversation_new(mocks, u->token);
	for (i = 0; i < PER_USER; i++) {
		streams[i] = sse_chat(
		    mocks, u->token, 1, "gpt", "a b c d e " PRIVATE);
		assert_true(sse_wait(streams[i], 1, WAIT_MS));
	}
	assert_int_equal(running_of(mocks, u), PER_USER);
	streams[i] = sse_chat(mocks, u->token, 1, "claude", PRIVATE);
	assert_true(sse_wait_end(streams[i], WAIT_MS));
	assert_refused(streams[i]->head, 429, "too_many_running");
	for (i = 0; i < 10; i++)
		assert_status(
		    chat_send(mocks, u->token, 1, "gpt", PRIVATE), 200);
	assert_true(sse_wait_all(streams, PER_USER, WAIT_MS));
	for (i = 0; i < PER_USER; i++)
		sse_assert_whole(streams[i], 0, "done");
	assert_int_equal(running_of(mocks, u), 0);
	for (i = 0; i <= PER_USER; i++)
		sse_close(streams[i]);
	upstream_assert_idle(upstream, mocks);
	server_stop(mocks);
}

static void
per_worker__refuses_more(void **state)
{
	struct request q = {.path = "/chat/"};
	struct sse    *calls[PER_WORKER + 2];
	struct user   *users[PER_WORKER + 2];
	struct raw    *raw;
	int            i;

	/* First the users: to hash their passwords takes its time. */
	for (i = 0; i < PER_WORKER + 2; i++) {
		users[i] = user_new(*state, scratch_printf("dan%d", i));
		conversation_new(narrow, users[i]->token);
	}
	for (i = 0; i < PER_WORKER + 2; i++) {
		q.token = users[i]->token;
		q.body = sse_body(1, "gpt", upstream_prompt("words:20:100"));
		calls[i] = sse_on(sse_connect(narrow, 1), &q);
		assert_true(sse_wait(calls[i], 1, WAIT_MS) || calls[i]->ended);
	}
	/* The other worker has room. */
	q.body = chat_body(1, "gpt", upstream_prompt(""));
	raw = sse_connect(narrow, 2);
	assert_true(raw_text(raw, raw_request(narrow, &q)));
	assert_status(raw_reply(raw, WAIT_MS), 200);
	raw_close(raw);
	assert_true(sse_wait_all(calls, PER_WORKER + 2, WAIT_MS));
	sort_out(calls, PER_WORKER + 2, 503, "overloaded", PER_WORKER);
	assert_int_equal(
	    sql_int(narrow,
		"SELECT sum(used) FROM daily_usage"
		" d JOIN users u ON u.id = d.user_id WHERE username LIKE"
		" 'dan%%'"),
	    PER_WORKER + 1);
}

static struct reply *
stop(const struct server *s, const struct user *u, const char *id,
    struct raw *raw)
{
	struct request q = {.method = "POST", .token = u->token};

	q.path = scratch_printf("/chat/messages/%s/stop", id);
	if (raw == NULL)
		return (http_call(s, &q));
	assert_true(raw_text(raw, raw_request(s, &q)));
	return (raw_reply(raw, WAIT_MS));
}

static void
assert_stopped(struct server *s, const struct sse *stream,
    const struct reply *r, const char *prompt)
{
	const cJSON *done = sse_json(sse_last(stream)), *request;

	assert_status(r, 200);
	assert_string_equal(reply_text(r, "status"), "stopped");
	assert_string_equal(reply_text(r, "response"), sse_text(stream));
	assert_int_equal(strncmp(reply_text(r, "response"), "w1 w2 w3 ", 9), 0);
	sse_assert_whole(stream, 0, "done");
	assert_string_equal(
	    cJSON_GetStringValue(cJSON_GetObjectItem(done, "status")),
	    "stopped");
	assert_string_equal(
	    sql_text(s,
		"SELECT concat_ws(' ', status,"
		" error_code IS NULL, response) FROM turns WHERE id = '%s'",
		sse_id(stream)),
	    scratch_printf("stopped t %s", sse_text(stream)));
	request = upstream_request(upstream, prompt, 500);
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(request, "aborted")));
}

/* By the worker it runs in (or whichever that is), the other one, and another
 * server: within a second, and the provider is told by its connection. */
static void
stop__from_everywhere(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "eve");
	struct request q = {.path = "/chat/", .token = u->token};
	struct raw    *from[3] = {
	       sse_connect(s, 1), sse_connect(s, 2), raw_open(beside)};
	struct sse   *stream;
	struct reply *r;
	long long     began;
	char         *prompt;
	int           i;

	conversation_new(s, u->token);
	for (i = 0; i < 9; i++) {
		prompt = upstream_prompt("words:100:50");
		q.body = sse_body(1, upstream_models[i / 3], prompt);
		stream = sse_on(sse_connect(s, 1), &q);
		assert_true(sse_wait(stream, 4, WAIT_MS));
		began = now_ms();
		r = stop(
		    i % 3 == 2 ? beside : s, u, sse_id(stream), from[i % 3]);
		assert_in_range(now_ms() - began, 0, 1000);
		assert_true(sse_wait_end(stream, 500));
		assert_stopped(s, stream, r, prompt);
		sse_close(stream);
	}
	assert_int_equal(running_of(s, u), 0);
	assert_int_equal(sql_int(s,
			     "SELECT used FROM daily_usage"
			     " WHERE user_id = %lld",
			     u->id),
	    9);
}

/* Before the first character, also while another try is waited for: the day's
 * message is given back. */
static void
stop__before_the_first_character(void **state)
{
	static const char *const plays[] = {
	    "stall-before-head", "stall:0", "busy:9"};
	struct server *s = *state;
	struct user   *u = user_new(s, "fay");
	struct sse    *stream;
	struct reply  *r;
	size_t         i;

	conversation_new(s, u->token);
	for (i = 0; i < COUNT(plays) * 2; i++) {
		stream = sse_chat(
		    s, u->token, 1, "claude", upstream_prompt(plays[i / 2]));
		assert_true(sse_wait(stream, 1, WAIT_MS));
		sleep_ms(100);
		r = stop(i % 2 == 0 ? s : beside, u, sse_id(stream), NULL);
		assert_status(r, 200);
		assert_in_range(r->ms, 0, 1000);
		assert_string_equal(reply_text(r, "status"), "stopped");
		assert_string_equal(reply_text(r, "response"), "");
		assert_true(sse_wait_end(stream, 500));
		sse_assert_whole(stream, 0, "done");
		assert_int_equal(stream->count, 2);
		sse_close(stream);
	}
	assert_int_equal(sql_int(s,
			     "SELECT used FROM daily_usage"
			     " WHERE user_id = %lld",
			     u->id),
	    0);
}

/* Nothing is left to stop: the answer as it is. */
static void
stop__of_a_finished_turn(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "gus");
	struct reply  *first, *r;
	int            i;

	conversation_new(s, u->token);
	first = chat_send(s, u->token, 1, "gpt", upstream_prompt(""));
	for (i = 0; i < 4; i++) {
		r = stop(
		    i % 2 == 0 ? s : beside, u, reply_text(first, "id"), NULL);
		assert_status(r, 200);
		assert_string_equal(r->body, first->body);
	}
	assert_string_equal(
	    sql_text(s,
		"SELECT concat(status, ' ',"
		" stop_requested) FROM turns WHERE user_id = %lld",
		u->id),
	    "completed f");
}

/* Many stop the same one, and all hear the same. */
static void
stop__many_at_once(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "hal");
	struct request q = {.method = "POST", .token = u->token};
	struct sse    *stream, *stops[10];
	int            i;

	conversation_new(s, u->token);
	stream = sse_chat(
	    s, u->token, 1, "gemini", upstream_prompt("words:100:30"));
	assert_true(sse_wait(stream, 4, WAIT_MS));
	q.path = scratch_printf("/chat/messages/%s/stop", sse_id(stream));
	for (i = 0; i < 10; i++)
		stops[i] = sse_open(i % 2 == 0 ? s : beside, &q);
	assert_true(sse_wait_all(stops, 10, WAIT_MS));
	assert_true(sse_wait_end(stream, WAIT_MS));
	sse_assert_whole(stream, 0, "done");
	for (i = 0; i < 10; i++) {
		assert_status(stops[i]->head, 200);
		assert_string_equal(
		    reply_text(stops[i]->head, "response"), sse_text(stream));
		sse_close(stops[i]);
	}
	sse_close(stream);
}

/* The same key while the first one still runs: the same answer, once asked
 * for and once paid. */
static void
idempotency__while_it_runs(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ida");
	struct request q = {.path = "/chat/",
	    .token = u->token,
	    .headers = {"Idempotency-Key: once"}};
	struct sse    *calls[8];
	char          *prompt = upstream_prompt("words:10:60");
	int            i;

	conversation_new(s, u->token);
	q.body = chat_body(1, "gpt", prompt);
	for (i = 0; i < 8; i++)
		calls[i] = sse_open(i % 2 == 0 ? s : beside, &q);
	assert_true(sse_wait_all(calls, 8, WAIT_MS));
	for (i = 0; i < 8; i++) {
		assert_status(calls[i]->head, 200);
		assert_string_equal(calls[i]->head->body, calls[0]->head->body);
	}
	assert_int_equal(upstream_count(upstream, prompt), 1);
	assert_int_equal(sql_int(s,
			     "SELECT used FROM daily_usage"
			     " WHERE user_id = %lld",
			     u->id),
	    1);
	q.body = chat_body(1, "gpt", "another");
	assert_error(http_call(s, &q), 422, "idempotency_key_reused");
	for (i = 0; i < 8; i++)
		sse_close(calls[i]);
}

static void
idempotency__of_streams(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "jim");
	struct request q = {.path = "/chat/",
	    .token = u->token,
	    .headers = {"Idempotency-Key: twice"}};
	struct sse    *streams[5];
	char          *prompt = upstream_prompt("words:10:60");
	int            i;

	conversation_new(s, u->token);
	q.body = sse_body(1, "claude", prompt);
	for (i = 0; i < 4; i++) {
		streams[i] = sse_open(i % 2 == 0 ? s : beside, &q);
		assert_true(sse_wait(streams[i], 2, WAIT_MS));
	}
	assert_true(sse_wait_all(streams, 4, WAIT_MS));
	streams[4] = sse_open(s, &q);
	assert_true(sse_wait_end(streams[4], WAIT_MS));
	for (i = 0; i < 5; i++) {
		sse_assert_whole(streams[i], 0, "done");
		assert_int_equal(streams[i]->count, 12);
		assert_string_equal(
		    sse_last(streams[i])->data, sse_last(streams[0])->data);
		sse_close(streams[i]);
	}
	assert_int_equal(upstream_count(upstream, prompt), 1);
}

/* What all of this has opened is closed again. */
static void
files__do_not_grow(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "kim");
	struct sse    *stream;
	int            before, i;

	conversation_new(s, u->token);
	http_end();
	sleep_ms(300);
	before = upstream_count_files(s);
	for (i = 0; i < 60; i++) {
		stream = sse_chat(s, u->token, 1, upstream_models[i % MODELS],
		    upstream_prompt(i % 2 == 0 ? "words:3" : "cut:1"));
		if (i % 3 != 0)
			sse_wait_end(stream, WAIT_MS);
		sse_close(stream);
	}
	upstream_assert_idle(upstream, s);
	http_end();
	sleep_ms(300);
	/* Each worker may keep a connection to each provider. */
	assert_in_range(upstream_count_files(s), 0, before + 2 * MODELS);
}

static void
nothing__is_left(void **state)
{
	upstream_assert_idle(upstream, *state);
	upstream_assert_idle(upstream, beside);
	upstream_assert_idle(upstream, narrow);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(per_user__exact),
	    cmocka_unit_test(per_user__given_back),
	    cmocka_unit_test(per_user__mocks),
	    cmocka_unit_test(per_worker__refuses_more),
	    cmocka_unit_test(stop__from_everywhere),
	    cmocka_unit_test(stop__before_the_first_character),
	    cmocka_unit_test(stop__of_a_finished_turn),
	    cmocka_unit_test(stop__many_at_once),
	    cmocka_unit_test(idempotency__while_it_runs),
	    cmocka_unit_test(idempotency__of_streams),
	    cmocka_unit_test(files__do_not_grow),
	    cmocka_unit_test(nothing__is_left),
	};

	return (harness_run(tests, start));
}
