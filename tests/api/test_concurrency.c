/*
 * Many at once: what is given out is given out once, whoever asks, over all
 * workers and over two servers on one database.
 */
#include "harness.h"

#define SIGNUPS 60
#define STARTS  100
#define POSTS   200
#define LIMIT   20

static struct server *second;

static int
start(void **state)
{
	struct server *s = server_start(NULL);

	second = server_start_beside(s, NULL);
	*state = s;
	return (0);
}

static void
signup__one_name_at_once(void **state)
{
	struct server *s = *state;
	struct request requests[SIGNUPS];
	struct reply **replies;
	size_t         i;

	for (i = 0; i < SIGNUPS; i++)
		requests[i] = (struct request){.path = "/auth/signup",
		    .body = scratch_printf(
			"{\"email\":\"%zu@example.com\","
			"\"username\":\"ann\",\"password\":\"" PRIVATE "\"}",
			i)};
	replies = http_many(s, requests, SIGNUPS);
	assert_int_equal(http_count(replies, SIGNUPS, 201), 1);
	for (i = 0; i < SIGNUPS; i++)
		if (replies[i]->status != 201)
			assert_error_says(replies[i], 409, "username_taken",
			    "Username already exists");
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM users"
			     " WHERE username = 'ann'"),
	    1);
}

static void
signup__one_email_at_once(void **state)
{
	struct server *s = *state;
	struct request requests[SIGNUPS];
	struct reply **replies;
	size_t         i;

	for (i = 0; i < SIGNUPS; i++)
		requests[i] = (struct request){.path = "/auth/signup",
		    .body = scratch_printf(
			"{\"email\":\"bob@example.com\","
			"\"username\":\"bob%zu\",\"password\":\"" PRIVATE "\"}",
			i)};
	replies = http_many(s, requests, SIGNUPS);
	assert_int_equal(http_count(replies, SIGNUPS, 201), 1);
	for (i = 0; i < SIGNUPS; i++)
		if (replies[i]->status != 201)
			assert_error(replies[i], 409, "email_taken");
}

static void
start_conversation__a_hundred_at_once(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "cid");
	struct request requests[STARTS];
	struct reply **replies;
	bool           seen[STARTS + 1] = {false};
	long long      number;
	size_t         i;

	for (i = 0; i < STARTS; i++)
		requests[i] = (struct request){.method = "POST",
		    .path = "/chat/start_conversation",
		    .token = u->token};
	replies = http_many(s, requests, STARTS);
	for (i = 0; i < STARTS; i++) {
		assert_status(replies[i], 201);
		number = reply_int(replies[i], "conversation_number");
		assert_in_range(number, 1, STARTS);
		assert_false(seen[number]);
		seen[number] = true;
	}
	assert_int_equal(sql_int(s,
			     "SELECT count(DISTINCT number)"
			     " FROM conversations WHERE user_id = %lld",
			     u->id),
	    STARTS);
}

/* The user's requests; half of them go to each server, if there are two. */
static void
post_at_once(struct server *one, struct server *two, const struct user *u,
    struct reply *replies[POSTS])
{
	struct raw    *connections[POSTS];
	struct request q = {.path = "/chat/", .token = u->token};
	size_t         i;

	q.body = chat_body(1, "gpt", PRIVATE);
	for (i = 0; i < POSTS; i++)
		connections[i] = raw_open(i % 2 == 0 ? one : two);
	for (i = 0; i < POSTS; i++)
		assert_true(raw_text(connections[i], raw_request(one, &q)));
	for (i = 0; i < POSTS; i++) {
		replies[i] = raw_reply(connections[i], 20000);
		raw_close(connections[i]);
	}
}

static void
assert_exactly_the_limit(
    struct server *s, const struct user *u, struct reply *const replies[POSTS])
{
	bool   seen[LIMIT] = {false};
	size_t i;
	int    remaining;

	assert_int_equal(http_count(replies, POSTS, 200), LIMIT);
	assert_int_equal(http_count(replies, POSTS, 429), POSTS - LIMIT);
	for (i = 0; i < POSTS; i++) {
		if (replies[i]->status != 200)
			continue;
		remaining = atoi(
		    reply_header(replies[i], "RateLimit-Remaining"));
		assert_in_range(remaining, 0, LIMIT - 1);
		assert_false(seen[remaining]);
		seen[remaining] = true;
		assert_int_equal(sql_int(s,
				     "SELECT count(*) FROM turns"
				     " WHERE user_id = %lld AND id = '%s'",
				     u->id, reply_text(replies[i], "id")),
		    1);
	}
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM turns"
			     " WHERE user_id = %lld",
			     u->id),
	    LIMIT);
	assert_int_equal(sql_int(s,
			     "SELECT used FROM daily_usage"
			     " WHERE user_id = %lld",
			     u->id),
	    LIMIT);
}

static void
chat__twenty_of_two_hundred(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "dan");
	struct reply  *replies[POSTS];

	conversation_new(s, u->token);
	post_at_once(s, s, u, replies);
	assert_exactly_the_limit(s, u, replies);
}

static void
chat__twenty_of_two_hundred_over_two_servers(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "eve");
	struct reply  *replies[POSTS];

	conversation_new(s, u->token);
	post_at_once(s, second, u, replies);
	assert_exactly_the_limit(s, u, replies);
}

static void
chat__the_last_one(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "fay");
	struct reply  *replies[POSTS];
	int            i;

	conversation_new(s, u->token);
	for (i = 0; i < LIMIT - 1; i++)
		assert_status(chat_send(s, u->token, 1, "gpt", PRIVATE), 200);
	post_at_once(s, second, u, replies);
	assert_int_equal(http_count(replies, POSTS, 200), 1);
	assert_int_equal(http_count(replies, POSTS, 429), POSTS - 1);
}

static void
tokens__of_one_server_hold_at_the_other(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "gus");

	conversation_new(second, u->token);
	assert_status(chat_send(s, u->token, 1, "gpt", PRIVATE), 200);
	assert_int_equal(cJSON_GetArraySize(
			     http_get(second, u->token, "/chat/history")->json),
	    1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(signup__one_name_at_once),
	    cmocka_unit_test(signup__one_email_at_once),
	    cmocka_unit_test(start_conversation__a_hundred_at_once),
	    cmocka_unit_test(chat__twenty_of_two_hundred),
	    cmocka_unit_test(chat__twenty_of_two_hundred_over_two_servers),
	    cmocka_unit_test(chat__the_last_one),
	    cmocka_unit_test(tokens__of_one_server_hold_at_the_other),
	};

	return (harness_run(tests, start));
}
