/*
 * Idempotency-Key: the same request again has the same answer and costs
 * nothing, however often and however it is sent.
 */
#include "harness.h"

#define AT_ONCE 50

static int
start(void **state)
{
	*state = server_start(NULL);
	return (0);
}

static struct reply *
send_keyed(struct server *s, const char *token, const char *key,
    const char *path, const char *body)
{
	struct request q = {
	    .method = "POST", .path = path, .token = token, .body = body};

	q.headers[0] = scratch_printf("Idempotency-Key: %s", key);
	return (http_call(s, &q));
}

static long long
used(struct server *s, const struct user *u)
{
	return (sql_int(s,
	    "SELECT coalesce(sum(used), 0) FROM daily_usage"
	    " WHERE user_id = %lld",
	    u->id));
}

static void
chat__same_key_same_answer(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	const char    *body = chat_body(1, "gpt", PRIVATE);
	struct reply  *first, *again;
	int            i;

	conversation_new(s, u->token);
	first = send_keyed(s, u->token, "k1", "/chat/", body);
	assert_status(first, 200);
	for (i = 0; i < 3; i++) {
		again = send_keyed(s, u->token, "k1", "/chat/", body);
		assert_status(again, 200);
		assert_string_equal(again->body, first->body);
		assert_header(again, "RateLimit-Remaining", "19");
	}
	assert_int_equal(used(s, u), 1);
	assert_string_not_equal(
	    reply_text(send_keyed(s, u->token, "k2", "/chat/", body), "id"),
	    reply_text(first, "id"));
	assert_int_equal(used(s, u), 2);
}

static void
start_conversation__same_key_same_number(void **state)
{
	static const char path[] = "/chat/start_conversation";
	struct server    *s = *state;
	struct user      *u = user_new(s, "ben");
	struct reply     *r;

	assert_int_equal(reply_int(send_keyed(s, u->token, "a", path, NULL),
			     "conversation_number"),
	    1);
	assert_int_equal(reply_int(send_keyed(s, u->token, "b", path, NULL),
			     "conversation_number"),
	    2);
	r = send_keyed(s, u->token, "a", path, NULL);
	assert_status(r, 201);
	assert_int_equal(reply_int(r, "conversation_number"), 1);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM conversations"
			     " WHERE user_id = %lld",
			     u->id),
	    2);
}

static void
key__after_the_day_is_used_up(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "cid");
	const char    *body = chat_body(1, "gpt", PRIVATE);
	struct reply  *first, *again;
	int            i;

	assert_int_equal(reply_int(send_keyed(s, u->token, "start",
				       "/chat/start_conversation", NULL),
			     "conversation_number"),
	    1);
	first = send_keyed(s, u->token, "k", "/chat/", body);
	for (i = 0; i < 19; i++)
		assert_status(chat_send(s, u->token, 1, "gpt", PRIVATE), 200);
	assert_error(chat_send(s, u->token, 1, "gpt", PRIVATE), 429,
	    "rate_limit_reached");

	again = send_keyed(s, u->token, "k", "/chat/", body);
	assert_status(again, 200);
	assert_string_equal(again->body, first->body);
	again = send_keyed(
	    s, u->token, "start", "/chat/start_conversation", NULL);
	assert_status(again, 201);
	assert_int_equal(reply_int(again, "conversation_number"), 1);
	/* A new key is a new request. */
	assert_error(send_keyed(s, u->token, "k2", "/chat/", body), 429,
	    "rate_limit_reached");
	assert_error(
	    send_keyed(s, u->token, "start2", "/chat/start_conversation", NULL),
	    429, "rate_limit_reached");
	assert_int_equal(used(s, u), 20);
	/* And what was refused under a key may succeed under it later. */
	sql_run(s, "UPDATE users SET daily_limit = 21 WHERE id = %lld", u->id);
	assert_status(send_keyed(s, u->token, "k2", "/chat/", body), 200);
}

static void
key__with_another_request(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "dan");

	conversation_new(s, u->token);
	assert_status(send_keyed(s, u->token, "k", "/chat/",
			  chat_body(1, "gpt", PRIVATE)),
	    200);
	assert_error_says(send_keyed(s, u->token, "k", "/chat/",
			      chat_body(1, "gpt", PRIVATE "!")),
	    422, "idempotency_key_reused",
	    "Idempotency-Key was used with another request");
	assert_error(
	    send_keyed(s, u->token, "k", "/chat/start_conversation", NULL), 422,
	    "idempotency_key_reused");
	assert_int_equal(used(s, u), 1);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM conversations"
			     " WHERE user_id = %lld",
			     u->id),
	    1);
}

static void
key__of_another_user(void **state)
{
	struct server *s = *state;
	struct user   *one = user_new(s, "eve"), *two = user_new(s, "fay");
	struct reply  *first, *second;

	conversation_new(s, one->token);
	conversation_new(s, two->token);
	first = send_keyed(s, one->token, "k", "/chat/",
	    chat_body(1, "gpt", PRIVATE " of eve"));
	second = send_keyed(s, two->token, "k", "/chat/",
	    chat_body(1, "gpt", PRIVATE " of fay"));
	assert_status(second, 200);
	assert_string_equal(reply_text(second, "prompt"), PRIVATE " of fay");
	assert_string_not_equal(
	    reply_text(first, "id"), reply_text(second, "id"));
}

/* A request that was refused holds no key. */
static void
key__of_a_refused_request(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "gus");

	conversation_new(s, u->token);
	assert_error(send_keyed(s, u->token, "k", "/chat/",
			 chat_body(9, "gpt", PRIVATE)),
	    404, "conversation_not_found");
	assert_status(send_keyed(s, u->token, "k", "/chat/",
			  chat_body(1, "gpt", PRIVATE)),
	    200);
}

static void
key__too_long(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "hal");
	char          *key = scratch_alloc(257);

	conversation_new(s, u->token);
	memset(key, 'k', 256);
	assert_error(send_keyed(s, u->token, key, "/chat/",
			 chat_body(1, "gpt", PRIVATE)),
	    400, "invalid_field");
	assert_error(
	    send_keyed(s, u->token, key, "/chat/start_conversation", NULL), 400,
	    "invalid_field");
	key[255] = '\0';
	assert_status(send_keyed(s, u->token, key, "/chat/",
			  chat_body(1, "gpt", PRIVATE)),
	    200);
	assert_int_equal(used(s, u), 1);
}

static void
chat__same_key_at_once(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ida");
	struct request requests[AT_ONCE];
	struct reply **replies;
	size_t         i;

	conversation_new(s, u->token);
	for (i = 0; i < AT_ONCE; i++)
		requests[i] = (struct request){.path = "/chat/",
		    .token = u->token,
		    .body = chat_body(1, "gpt", PRIVATE),
		    .headers = {"Idempotency-Key: one"}};
	replies = http_many(s, requests, AT_ONCE);
	for (i = 0; i < AT_ONCE; i++) {
		assert_status(replies[i], 200);
		assert_string_equal(replies[i]->body, replies[0]->body);
	}
	assert_int_equal(used(s, u), 1);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM turns"
			     " WHERE user_id = %lld",
			     u->id),
	    1);
}

static void
start_conversation__same_key_at_once(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "jan");
	struct request requests[AT_ONCE];
	struct reply **replies;
	size_t         i;

	for (i = 0; i < AT_ONCE; i++)
		requests[i] = (struct request){.method = "POST",
		    .path = "/chat/start_conversation",
		    .token = u->token,
		    .headers = {"Idempotency-Key: one"}};
	replies = http_many(s, requests, AT_ONCE);
	for (i = 0; i < AT_ONCE; i++) {
		assert_status(replies[i], 201);
		assert_int_equal(
		    reply_int(replies[i], "conversation_number"), 1);
	}
	assert_int_equal(sql_int(s,
			     "SELECT conversation_count FROM users"
			     " WHERE id = %lld",
			     u->id),
	    1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(chat__same_key_same_answer),
	    cmocka_unit_test(start_conversation__same_key_same_number),
	    cmocka_unit_test(key__after_the_day_is_used_up),
	    cmocka_unit_test(key__with_another_request),
	    cmocka_unit_test(key__of_another_user),
	    cmocka_unit_test(key__of_a_refused_request),
	    cmocka_unit_test(key__too_long),
	    cmocka_unit_test(chat__same_key_at_once),
	    cmocka_unit_test(start_conversation__same_key_at_once),
	};

	return (harness_run(tests, start));
}
