/*
 * A password set anew by an operator's one-time token.
 */
#include "harness.h"

static struct server *beside;

static int
start(void **state)
{
	struct server *s = server_start(NULL);

	beside = server_start_beside(s, NULL);
	*state = s;
	return (0);
}

/* A token for the user: the first line that the command writes. */
static const char *
reset_link(struct server *s, const char *name)
{
	const char *output;

	assert_int_equal(
	    server_cli(s, NULL, &output, "user", "reset-link", name, NULL), 0);
	assert_true(strcspn(output, "\n") == 43);
	return (scratch_printf("%.43s", output));
}

static char *
body(const char *token, const char *password)
{
	return (scratch_printf(
	    "{\"token\":\"%s\",\"password\":\"%s\"}", token, password));
}

static struct reply *
reset(const struct server *s, const char *token, const char *password)
{
	return (http_post(s, NULL, "/auth/reset", body(token, password)));
}

static void
reset__sets_the_password(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	const char    *token = reset_link(s, "ann");

	/* It stands nowhere in the database. */
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM password_resets"
			     " WHERE password_resets::text LIKE '%%%s%%'",
			     token),
	    0);
	assert_status(http_get(s, u->token, "/chat/history"), 200);
	assert_status(reset(beside, token, PRIVATE " new"), 200);
	/* All sessions have ended, on every server. */
	assert_error(
	    http_get(s, u->token, "/chat/history"), 401, "token_revoked");
	assert_error(http_post(s, u->refresh, "/auth/refresh", NULL), 401,
	    "token_revoked");
	assert_error(
	    user_log_in(s, "ann", u->password), 401, "bad_credentials");
	assert_status(user_log_in(s, "ann", PRIVATE " new"), 200);
	sql_await(s, 2,
	    "SELECT count(*) FROM audit WHERE user_id = %lld"
	    " AND event IN ('user_reset_link',"
	    " 'password_reset')",
	    u->id);
	/* Once. */
	assert_error(reset(s, token, PRIVATE " newer"), 400, "reset_invalid");
	assert_status(user_log_in(s, "ann", PRIVATE " new"), 200);
}

static void
reset__once_of_many(void **state)
{
	struct server *s = *state;
	struct request q[12];
	struct reply **replies;
	const char    *token;
	size_t         i;

	user_new(s, "ben");
	token = reset_link(s, "ben");
	for (i = 0; i < COUNT(q); i++)
		q[i] = (struct request){.path = "/auth/reset",
		    .body = body(token, scratch_printf(PRIVATE " %zu", i))};
	replies = http_many(s, q, COUNT(q));
	assert_int_equal(http_count(replies, COUNT(q), 200), 1);
	assert_int_equal(http_count(replies, COUNT(q), 400), COUNT(q) - 1);
	for (i = 0; replies[i]->status != 200; i++)
		continue;
	assert_status(
	    user_log_in(s, "ben", scratch_printf(PRIVATE " %zu", i)), 200);
}

static void
reset__refuses(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "charlotte");
	const char    *old = reset_link(s, "charlotte"), *token;

	assert_error_says(http_post(s, NULL, "/auth/reset", "{}"), 400,
	    "reset_missing", "Missing token or password");
	assert_error(http_post(s, NULL, "/auth/reset",
			 "{\"token\":\"x\",\"password\":\"\"}"),
	    400, "reset_missing");
	assert_error(http_post(s, NULL, "/auth/reset",
			 "{\"token\":1,\"password\":\"" PRIVATE "\"}"),
	    400, "invalid_field");
	assert_error_says(reset(s, "nonsense", PRIVATE), 400, "reset_invalid",
	    "The reset token is unknown, used up or expired");
	/* A new one voids the one before. */
	token = reset_link(s, "charlotte");
	assert_error(reset(s, old, PRIVATE), 400, "reset_invalid");
	/* A refused password does not use it up. */
	assert_error(reset(s, token, "short"), 400, "invalid_field");
	assert_error(reset(s, token, "CHARLOTTE"), 400, "invalid_field");
	assert_error(reset(s, token, "password1"), 400, "invalid_field");
	sql_run(s,
	    "UPDATE password_resets SET expires_at = now() WHERE user_id ="
	    " %lld",
	    u->id);
	assert_error(reset(s, token, PRIVATE), 400, "reset_invalid");
	/* Nor one of a disabled user. */
	token = reset_link(s, "charlotte");
	sql_run(
	    s, "UPDATE users SET disabled_at = now() WHERE id = %lld", u->id);
	assert_error(reset(s, token, PRIVATE), 400, "reset_invalid");
	sql_run(
	    s, "UPDATE users SET disabled_at = NULL WHERE id = %lld", u->id);
	assert_status(user_log_in(s, "charlotte", u->password), 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reset__sets_the_password),
	    cmocka_unit_test(reset__once_of_many),
	    cmocka_unit_test(reset__refuses),
	};

	return (harness_run(tests, start));
}
