/*
 * Turns that arrive together begin by one statement, and so do first pages of
 * histories: whatever is in it, each gets what it would have got alone.
 */
#include "harness.h"
#include "harness_metrics.h"

#define USERS 12
#define EACH  30
#define LIMIT 20
#define SENT  (USERS * EACH)

static struct user *users[USERS];

static int
start(void **state)
{
	struct server *s = metrics_server_start(NULL);
	int            i;

	for (i = 0; i < USERS; i++) {
		users[i] = user_new(s, scratch_printf("user%d", i));
		conversation_new(s, users[i]->token);
	}
	*state = s;
	return (0);
}

/* Nobody has sent anything. */
static int
forget(void **state)
{
	sql_run(*state, "DELETE FROM turns");
	sql_run(*state, "DELETE FROM daily_usage");
	sleep_ms(1100); /* what workers remember of who has none left */
	return (0);
}

static struct reply **
send_all(struct server *s, const char *const *bodies, size_t n)
{
	struct request *requests = scratch_alloc(n * sizeof(*requests));
	size_t          i;

	memset(requests, 0, n * sizeof(*requests));
	for (i = 0; i < n; i++) {
		requests[i].path = "/chat/";
		requests[i].token = users[i % USERS]->token;
		requests[i].body = bodies[i];
	}
	return (http_many(s, requests, n));
}

static bool grouped; /* some were, in any of the tests */

/* Turns that share the moment of their transaction. */
static void
note_groups(struct server *s)
{
	grouped |= sql_int(s,
		       "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n"
		       " FROM turns GROUP BY created_at) AS g") > 1;
}

static void
group__everybody_gets_exactly_the_limit(void **state)
{
	struct server *s = *state;
	const char    *bodies[SENT];
	struct reply **replies;
	size_t         i;

	for (i = 0; i < SENT; i++)
		bodies[i] = chat_body(1, "gpt", PRIVATE);
	replies = send_all(s, bodies, SENT);
	assert_int_equal(http_count(replies, SENT, 200), USERS * LIMIT);
	assert_int_equal(
	    http_count(replies, SENT, 429), USERS * (EACH - LIMIT));
	assert_int_equal(
	    sql_int(s,
		"SELECT count(*) FROM (SELECT user_id FROM turns"
		" JOIN daily_usage USING (user_id) GROUP BY user_id"
		" HAVING count(*) = %d AND max(used) = %d) AS u",
		LIMIT, LIMIT),
	    USERS);
	note_groups(s);
}

static const char *const odd[] = {"plain", "", "NULL", "{}", "{\"a\",b}", "\"",
    "\\", "\\\\\"", "a,b", "'; DROP TABLE turns; --", "\xc3\xa9\xe2\x82\xac",
    " \t\n", "$1"};

/* Each one's own prompt and answer, whatever characters are in them. */
static void
group__everybody_gets_the_own_answer(void **state)
{
	struct server *s = *state;
	const char    *bodies[SENT], *prompts[SENT];
	struct reply **replies;
	size_t         i, n = USERS * LIMIT;

	for (i = 0; i < n; i++) {
		prompts[i] = scratch_printf("%zu %s", i, odd[i % COUNT(odd)]);
		bodies[i] = chat_body(1, i % 2 ? "GPT" : "gpt", prompts[i]);
	}
	replies = send_all(s, bodies, n);
	for (i = 0; i < n; i++) {
		assert_status(replies[i], 200);
		assert_string_equal(
		    reply_text(replies[i], "prompt"), prompts[i]);
		assert_string_equal(reply_text(replies[i], "response"),
		    scratch_printf("[GPT] Echo: %s", prompts[i]));
		assert_string_equal(
		    sql_text(s,
			"SELECT concat_ws('|', user_id, prompt, status,"
			" finished_at = created_at) FROM turns"
			" WHERE id = '%s'",
			reply_text(replies[i], "id")),
		    scratch_printf("%lld|%s|completed|t", users[i % USERS]->id,
			prompts[i]));
	}
	assert_int_equal(sql_int(s,
			     "SELECT sum((models -> 'gpt' ->> 0)::integer)"
			     " FROM daily_usage"),
	    n);
	note_groups(s);
}

static void
group__some_may_not(void **state)
{
	struct server *s = *state;
	const char    *bodies[USERS * 4];
	struct reply **replies;
	size_t         i, n = USERS * 4;

	sql_run(s, "UPDATE users SET disabled_at = now() WHERE id = %lld",
	    users[0]->id);
	sql_run(s, "UPDATE sessions SET ended_at = now() WHERE user_id = %lld",
	    users[1]->id);
	sql_run(s, "UPDATE users SET daily_limit = 0 WHERE id = %lld",
	    users[2]->id);
	sql_run(s, "UPDATE users SET epoch = epoch + 1 WHERE id = %lld",
	    users[4]->id);
	for (i = 0; i < n; i++)
		bodies[i] = chat_body(i % USERS == 3 ? 99 : 1, "gpt", PRIVATE);
	replies = send_all(s, bodies, n);
	for (i = 0; i < n; i++) {
		if (i % USERS < 2 || i % USERS == 4)
			assert_error(replies[i], 401, "token_revoked");
		else if (i % USERS == 2)
			assert_error(replies[i], 429, "rate_limit_reached");
		else if (i % USERS == 3)
			assert_error(replies[i], 404, "conversation_not_found");
		else
			assert_status(replies[i], 200);
	}
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM turns"), (USERS - 5) * 4);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM daily_usage WHERE user_id IN"
			     " (%lld, %lld, %lld, %lld, %lld)",
			     users[0]->id, users[1]->id, users[2]->id,
			     users[3]->id, users[4]->id),
	    0);
	sql_run(s, "UPDATE users SET disabled_at = NULL, daily_limit = NULL");
	sql_run(s, "UPDATE sessions SET ended_at = NULL");
	sql_run(s, "UPDATE users SET epoch = 0");
}

/* One that the database refuses harms nobody but itself. */
static void
group__one_fails(void **state)
{
	struct server *s = *state;
	const char    *bodies[USERS * 8];
	struct reply **replies;
	size_t         i, n = USERS * 8;

	sql_run(s,
	    "ALTER TABLE turns ADD CONSTRAINT poison"
	    " CHECK (prompt <> 'poison')");
	for (i = 0; i < n; i++)
		bodies[i] = chat_body(
		    1, "gpt", i % USERS == 5 ? "poison" : "food");
	replies = send_all(s, bodies, n);
	for (i = 0; i < n; i++) {
		if (i % USERS == 5)
			assert_error(replies[i], 500, "internal");
		else
			assert_status(replies[i], 200);
	}
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM turns"), (USERS - 1) * 8);
	assert_int_equal(
	    sql_int(s, "SELECT sum(used) FROM daily_usage"), (USERS - 1) * 8);
	sql_run(s, "ALTER TABLE turns DROP CONSTRAINT poison");
}

/* The tests above are of groups only if some were made, which is a matter of
 * who comes when: until that was seen they come again. */
static void
group__was_made(void **state)
{
	const char *bodies[USERS * LIMIT];
	int         round;
	size_t      i;

	for (i = 0; i < COUNT(bodies); i++)
		bodies[i] = chat_body(1, "gpt", PRIVATE);
	for (round = 0; round < 20 && !grouped; round++) {
		forget(state);
		send_all(*state, bodies, COUNT(bodies));
		note_groups(*state);
	}
	assert_true(grouped);
}

#define STATEMENTS "aichat_db_statements_total{result=\"ok\"}"

/* User i has i * 5 turns, and, if i is odd, the first of them is large. */
static void
write_histories(struct server *s)
{
	int i;

	for (i = 0; i < USERS; i++)
		sql_run(s,
		    "INSERT INTO turns (user_id, conversation, id, status,"
		    " model, prompt, response) SELECT %lld, 1,"
		    " lpad(to_hex(n), 32, '0')::uuid, 'completed', 'gpt',"
		    " %d || '/' || n, repeat('x', CASE WHEN n = 1 AND %d %% 2"
		    " = 1 THEN 5000 ELSE 9 END)"
		    " FROM generate_series(1, %d) n",
		    users[i]->id, i, i, i * 5);
}

static void
assert_history(const struct reply *r, int i)
{
	const cJSON *turn;
	int          n = 0;

	assert_status(r, 200);
	assert_int_equal(cJSON_GetArraySize(r->json), i * 5);
	cJSON_ArrayForEach(turn, r->json) {
		n++;
		assert_string_equal(
		    cJSON_GetStringValue(cJSON_GetObjectItem(turn, "prompt")),
		    scratch_printf("%d/%d", i, n));
		assert_int_equal(strlen(cJSON_GetStringValue(
				     cJSON_GetObjectItem(turn, "response"))),
		    n == 1 && i % 2 == 1 ? 5000 : 9);
	}
}

static struct reply **
ask_for_histories(struct server *s, struct request *requests, size_t n)
{
	size_t i;

	memset(requests, 0, n * sizeof(*requests));
	for (i = 0; i < n; i++) {
		requests[i].path = "/chat/history?conversation_number=1";
		requests[i].token = users[i % USERS]->token;
	}
	return (http_many(s, requests, n));
}

/* Alone, each takes a statement, and one more if there is a large turn. */
static void
group__everybody_gets_the_own_history(void **state)
{
	struct server *s = *state;
	struct request requests[USERS * 8];
	struct reply **replies;
	size_t         i, n = COUNT(requests);
	double         before, after;
	int            round;

	write_histories(s);
	sql_run(s, "UPDATE users SET disabled_at = now() WHERE id = %lld",
	    users[2]->id);
	for (round = 0; round < 20; round++) {
		before = metrics_value(s, STATEMENTS);
		replies = ask_for_histories(s, requests, n);
		after = metrics_value(s, STATEMENTS);
		assert_true(after > before);
		for (i = 0; i < n; i++) {
			if (i % USERS == 2)
				assert_error(replies[i], 401, "token_revoked");
			else
				assert_history(replies[i], (int)(i % USERS));
		}
		if (after - before < (double)(n + n / 2))
			break;
	}
	assert_true(round < 20);
	sql_run(s, "UPDATE users SET disabled_at = NULL");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(group__everybody_gets_exactly_the_limit),
	    cmocka_unit_test_setup(
		group__everybody_gets_the_own_answer, forget),
	    cmocka_unit_test_setup(group__some_may_not, forget),
	    cmocka_unit_test_setup(group__one_fails, forget),
	    cmocka_unit_test(group__was_made),
	    cmocka_unit_test_setup(
		group__everybody_gets_the_own_history, forget),
	};

	return (harness_run(tests, start));
}
