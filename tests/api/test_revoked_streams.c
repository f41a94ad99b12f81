/*
 * A stream that is open when the rights of its client end is told so, and
 * ends, wherever the turn runs; the answer itself is written to its end.
 */
#include "harness_sse.h"

#define SOON_MS 12000
#define WORDS   "a b c d e f g h i j k l m n o p q r s t u v w x y z "

static struct server *beside;

static int
start(void **state)
{
	static const char *const options[] = {
	    "MOCK_STREAM_DELAY_MS=150", "DRAIN_SECONDS=1", NULL};
	struct server *s = server_start(options);

	beside = server_start_beside(s, options);
	*state = s;
	return (0);
}

static struct sse *
begin(const struct server *s, const char *token)
{
	struct sse *e = sse_chat(
	    s, token, 1, "gpt", WORDS WORDS WORDS WORDS WORDS WORDS);

	assert_true(sse_wait(e, 3, 5000));
	return (e);
}

static void
assert_told(const struct sse *e)
{
	assert_true(e->ended);
	assert_string_equal(sse_last(e)->name, "error");
	assert_string_equal(
	    cJSON_GetObjectItem(sse_json(sse_last(e)), "code")->valuestring,
	    "token_revoked");
}

static void
streams__end_with_their_rights(void **state)
{
	struct server *s = *state;
	struct user   *gone = user_new(s, "ann"), *out = user_new(s, "ben");
	struct user   *held = user_new(s, "cid"), *stays = user_new(s, "dan");
	const char    *key_id, *key, *other;
	struct reply  *r;
	struct sse    *e[6];
	struct request q = {.method = "DELETE", .token = held->token};
	size_t         i;

	conversation_new(s, gone->token);
	conversation_new(s, out->token);
	conversation_new(s, held->token);
	conversation_new(s, stays->token);
	r = http_post(s, held->token, "/auth/keys", "{\"name\":\"x\"}");
	key = reply_text(r, "key");
	key_id = reply_text(r, "id");
	other = reply_text(
	    user_log_in(s, "dan", stays->password), "access_token");
	e[0] = begin(s, gone->token);
	e[1] = begin(s, out->token);
	e[2] = begin(s, key);
	e[3] = begin(s, other);
	e[4] = begin(s, stays->token);
	/* Followed from the log by another server. */
	e[5] = sse_resume(beside, out->token, sse_id(e[1]), -1);
	assert_true(sse_wait(e[5], 2, 5000));

	sql_run(s, "UPDATE users SET disabled_at = now() WHERE id = %lld",
	    gone->id);
	assert_status(http_post(beside, out->token, "/auth/logout", NULL), 200);
	q.path = scratch_printf("/auth/keys/%s", key_id);
	assert_status(http_call(beside, &q), 200);
	q.path = scratch_printf("/auth/sessions/%s",
	    cJSON_GetObjectItem(token_claims(other), "sid")->valuestring);
	q.token = stays->token;
	assert_status(http_call(beside, &q), 200);
	for (i = 0; i < 6; i++)
		if (i != 4) {
			assert_true(sse_wait_end(e[i], SOON_MS));
			assert_told(e[i]);
		}
	/* His other session goes on, and so did what was being written. */
	assert_false(e[4]->ended);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM turns"
			     " WHERE status = 'running'"),
	    5);
	for (i = 0; i < 6; i++)
		sse_close(e[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(streams__end_with_their_rights),
	};

	return (harness_run(tests, start));
}
