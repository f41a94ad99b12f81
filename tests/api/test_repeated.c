/*
 * A statement that was done, but whose answer was lost with the connection, is
 * sent again unseen. It meets what it did itself the first time: no turn is
 * stored or counted twice, and none is refused for what it took.
 */
#include "harness.h"
#include "harness_sse.h"

#define USERS 8

static struct user *users[USERS];

static int
start(void **state)
{
	static const char *const options[] = {
	    "RUNNING_PER_USER=1", "MOCK_STREAM_DELAY_MS=1", NULL};
	struct server *s = server_prepare(options);
	int            i;

	server_migrate(s);
	s->options[2] = scratch_printf("DATABASE_URL=%s", proxy_open(s->url));
	server_launch(s);
	for (i = 0; i < USERS; i++) {
		users[i] = user_new(s, scratch_printf("user%d", i));
		conversation_new(s, users[i]->token);
	}
	sql_run(s, "UPDATE users SET daily_limit = 1");
	*state = s;
	return (0);
}

static int
forget(void **state)
{
	sql_run(*state, "DELETE FROM turns");
	sql_run(*state, "DELETE FROM daily_usage");
	sleep_ms(1100); /* what workers remember of who has none left */
	return (0);
}

static int
lost(void **state)
{
	(void)state;
	return (proxy_lost() ? 0 : -1);
}

static void
assert_stored(struct server *s, int n)
{
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM turns WHERE status = 'completed'"),
	    n);
	assert_int_equal(sql_int(s, "SELECT sum(used) FROM daily_usage"), n);
	assert_int_equal(sql_int(s, "SELECT sum(running) FROM daily_usage"), 0);
}

static void
repeated__last_message(void **state)
{
	struct server *s = *state;
	struct reply  *r;

	proxy_lose("turn_begin");
	r = chat_send(s, users[0]->token, 1, "gpt", PRIVATE);
	assert_status(r, 200);
	assert_string_equal(reply_text(r, "response"), "[GPT] Echo: " PRIVATE);
	assert_error(chat_send(s, users[0]->token, 1, "gpt", PRIVATE), 429,
	    "rate_limit_reached");
	assert_stored(s, 1);
}

/* It is ours to answer, not one whose worker died. */
static void
repeated__last_message_streamed(void **state)
{
	struct server *s = *state;
	struct sse    *stream;

	proxy_lose("turn_begin");
	stream = sse_chat(s, users[0]->token, 1, "gpt", PRIVATE);
	assert_true(sse_wait_end(stream, 8000));
	sse_assert_whole(stream, 0, "done");
	sse_close(stream);
	assert_stored(s, 1);
}

/* Whether there is a group is a matter of who comes when. */
static void
repeated__last_messages_of_many(void **state)
{
	struct server *s = *state;
	struct request requests[USERS];
	struct reply **replies;
	int            i;

	for (i = 0; i < USERS; i++)
		requests[i] = (struct request){.path = "/chat/",
		    .token = users[i]->token,
		    .body = chat_body(1, "gpt", PRIVATE)};
	proxy_lose("turn_begin_group");
	for (i = 0; i < 20 && !proxy_lost(); i++) {
		forget(state);
		replies = http_many(s, requests, USERS);
		assert_int_equal(http_count(replies, USERS, 200), USERS);
	}
	assert_stored(s, USERS);
}

/* What was refused before it was lost stays refused. */
static void
repeated__refusal(void **state)
{
	struct server *s = *state;

	sql_run(s, "UPDATE users SET daily_limit = 0");
	proxy_lose("turn_begin");
	assert_error(chat_send(s, users[0]->token, 1, "gpt", PRIVATE), 429,
	    "rate_limit_reached");
	sql_run(s, "UPDATE users SET daily_limit = 1");
	assert_int_equal(sql_int(s, "SELECT count(*) FROM turns"), 0);
}

static void
assert_gone(struct server *s, const char *path, const char *statement)
{
	struct request q = {.method = "DELETE", .path = path};

	q.token = users[0]->token;
	proxy_lose(statement);
	assert_status(http_call(s, &q), 200);
	assert_true(proxy_lost());
	assert_status(http_call(s, &q), 404);
}

static const char *
first_id(const cJSON *page)
{
	return (cJSON_GetStringValue(cJSON_GetObjectItem(
	    cJSON_GetArrayItem(cJSON_GetObjectItem(page, "data"), 0), "id")));
}

/* What is gone is gone, whoever did it. */
static void
repeated__deletion(void **state)
{
	struct server *s = *state;
	const char    *conversation, *response, *item;
	struct reply  *r;

	forget(state);
	sql_run(s, "UPDATE users SET daily_limit = 10");
	r = http_post(s, users[0]->token, "/v1/responses",
	    "{\"model\":\"gpt\",\"input\":\"" PRIVATE "\"}");
	assert_status(r, 200);
	response = reply_text(r, "id");
	r = http_get(s, users[0]->token, "/v1/conversations?limit=1");
	conversation = first_id(r->json);
	r = http_get(s, users[0]->token,
	    scratch_printf("/v1/conversations/%s/items", conversation));
	item = first_id(r->json);
	assert_gone(s,
	    scratch_printf("/v1/conversations/%s/items/%s", conversation, item),
	    "item_delete");
	assert_gone(s, scratch_printf("/v1/responses/%s", response),
	    "item_delete_turn");
	assert_gone(s, scratch_printf("/v1/conversations/%s", conversation),
	    "conversation_delete");
}

/* One's own session, which cannot act any more when it comes again. */
static void
repeated__session_ends(void **state)
{
	struct server *s = *state;
	struct request q = {.method = "POST", .path = "/auth/logout"};

	q.token = users[1]->token;
	proxy_lose("session_logout");
	assert_status(http_call(s, &q), 200);
	assert_true(proxy_lost());
	assert_error(http_call(s, &q), 401, "token_revoked");
	q.method = "DELETE";
	q.token = users[2]->token;
	q.path = scratch_printf("/auth/sessions/%s",
	    first_id(http_get(s, q.token, "/auth/sessions")->json));
	proxy_lose("session_end");
	assert_status(http_call(s, &q), 200);
	assert_true(proxy_lost());
	assert_error(http_call(s, &q), 401, "token_revoked");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		repeated__last_message, forget, lost),
	    cmocka_unit_test_setup_teardown(
		repeated__last_message_streamed, forget, lost),
	    cmocka_unit_test_setup_teardown(
		repeated__last_messages_of_many, forget, lost),
	    cmocka_unit_test_setup_teardown(repeated__refusal, forget, lost),
	    cmocka_unit_test(repeated__deletion),
	    cmocka_unit_test(repeated__session_ends),
	};

	return (harness_run(tests, start));
}
