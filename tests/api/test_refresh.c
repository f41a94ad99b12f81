/*
 * Refresh tokens: each is used once, but for a short while the same successor
 * is given again; one that is used later ends its session. At two servers on
 * one database.
 */
#include <time.h>

#include "harness.h"

#define AT_ONCE 24
#define HS256   "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

static struct server *beside;

static int
start(void **state)
{
	static const char *const options[] = {
	    "REFRESHES_PER_ACCOUNT=0", "REFRESHES_PER_ADDRESS=0", NULL};
	struct server *s = server_start(options);

	beside = server_start_beside(s, options);
	*state = s;
	return (0);
}

static struct reply *
refresh(const struct server *s, const char *token)
{
	return (http_post(s, token, "/auth/refresh", NULL));
}

static const char *
refreshed(const struct server *s, const char *token)
{
	struct reply *r = refresh(s, token);

	assert_status(r, 200);
	return (reply_text(r, "refresh_token"));
}

static void
assert_revoked(struct reply *r)
{
	assert_error_says(r, 401, "token_revoked", "Token has been revoked");
}

/* The grace of whatever was rotated is over. */
static void
grace_ends(struct server *s)
{
	sql_run(s,
	    "UPDATE sessions SET"
	    " rotated_at = rotated_at - interval '31 seconds'");
}

static void
refresh__gives_the_next(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	const char    *token = u->refresh, *next;
	struct reply  *r;
	int            i;

	for (i = 0; i < 4; i++) {
		r = refresh(i % 2 ? s : beside, token);
		assert_status(r, 200);
		next = reply_text(r, "refresh_token");
		assert_string_not_equal(next, token);
		assert_string_equal(
		    cJSON_GetObjectItem(token_claims(next), "sid")->valuestring,
		    cJSON_GetObjectItem(token_claims(token), "sid")
			->valuestring);
		assert_status(
		    http_get(s, reply_text(r, "access_token"), "/chat/history"),
		    200);
		token = next;
	}
	/* Access tokens of before are good: the session is the same. */
	assert_status(http_get(beside, u->token, "/chat/history"), 200);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM sessions"
			     " WHERE user_id = %lld",
			     u->id),
	    1);
	/* It lives a month from its last use. */
	assert_in_range(sql_int(s,
			    "SELECT extract(epoch FROM expires_at - now())"
			    "::bigint FROM sessions WHERE user_id = %lld",
			    u->id),
	    2591900, 2592000);
}

static void
refresh__again_is_the_same(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ben");
	const char    *next = refreshed(s, u->refresh);

	assert_string_equal(refreshed(s, u->refresh), next);
	assert_string_equal(refreshed(beside, u->refresh), next);
	assert_string_not_equal(refreshed(beside, next), next);
}

static void
refresh__at_once_at_two_servers(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "cid");
	struct request q[AT_ONCE];
	struct reply **one, **two;
	const char    *next;
	size_t         i;

	for (i = 0; i < AT_ONCE; i++)
		q[i] = (struct request){.method = "POST",
		    .path = "/auth/refresh",
		    .token = u->refresh};
	one = http_many(s, q, AT_ONCE);
	two = http_many(beside, q, AT_ONCE);
	assert_int_equal(http_count(one, AT_ONCE, 200), AT_ONCE);
	assert_int_equal(http_count(two, AT_ONCE, 200), AT_ONCE);
	next = reply_text(one[0], "refresh_token");
	for (i = 0; i < AT_ONCE; i++) {
		assert_string_equal(reply_text(one[i], "refresh_token"), next);
		assert_string_equal(reply_text(two[i], "refresh_token"), next);
	}
	refreshed(s, next);
}

/* Session, its access tokens and every refresh token. */
static void
assert_family_ended(struct server *s, const struct user *u, const char *next)
{
	assert_revoked(refresh(s, u->refresh));
	assert_revoked(refresh(beside, next));
	assert_revoked(http_get(s, u->token, "/chat/history"));
	assert_revoked(http_get(beside, u->token, "/chat/conversations"));
	sql_await(s, 1,
	    "SELECT count(*) FROM audit WHERE user_id = %lld"
	    " AND event = 'refresh_reused' AND address = '127.0.0.1'",
	    u->id);
}

/* Lines are written together, a moment later. */
static void
await_logged(const struct server *s, const char *event)
{
	long long deadline = now_ms() + 2000;

	while (strstr(scratch_file(s->log), event) == NULL) {
		assert_true(now_ms() < deadline);
		sleep_ms(20);
	}
}

static void
reuse__after_the_grace(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "dan");
	struct reply  *other = user_log_in(s, "dan", u->password);
	const char    *next = refreshed(s, u->refresh);

	grace_ends(s);
	assert_revoked(refresh(beside, u->refresh));
	assert_family_ended(s, u, next);
	await_logged(beside, "refresh_reused");
	/* Another session of the user is another family. */
	assert_status(refresh(beside, reply_text(other, "refresh_token")), 200);
}

/* Within the grace, too, only the one just replaced is given again. */
static void
reuse__of_an_older_one(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "eva");
	const char    *next = refreshed(s, refreshed(s, u->refresh));

	assert_revoked(refresh(s, u->refresh));
	assert_family_ended(s, u, next);
}

static void
refresh__of_an_expired_session(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "fay");

	sql_run(s,
	    "UPDATE sessions SET expires_at = now() WHERE user_id = %lld",
	    u->id);
	assert_revoked(refresh(s, u->refresh));
	/* The next login takes it away. */
	assert_status(user_log_in(s, "fay", u->password), 200);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM sessions"
			     " WHERE user_id = %lld",
			     u->id),
	    1);
}

/* As flask-jwt-extended writes them; sub is JSON. */
static char *
flask_token(
    const struct server *s, const char *type, const char *sub, int id, long age)
{
	long long issued = time(NULL) - age;

	return (token_forge(s->secret, HS256,
	    scratch_printf("{\"fresh\":false,\"iat\":%lld,\"jti\":"
			   "\"6f1c2d3e-0000-4000-8000-%012d\","
			   "\"type\":\"%s\",\"sub\":%s,\"nbf\":%lld,"
			   "\"csrf\":\"6f1c2d3e-0000-4000-9000-%012d\","
			   "\"exp\":%lld}",
		issued, id, type, sub, issued, id, issued + 2592000)));
}

static void
flask__becomes_a_session(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "Gus");
	char          *old = flask_token(s, "refresh", "\"gus\"", 1, 86400);
	struct reply  *r = refresh(s, old);
	const char    *next;

	assert_status(r, 200);
	next = reply_text(r, "refresh_token");
	assert_string_equal(
	    cJSON_GetObjectItem(token_claims(next), "sub")->valuestring, "Gus");
	assert_status(
	    http_get(beside, reply_text(r, "access_token"), "/chat/history"),
	    200);
	/* Once: again within the grace, and then it is a reuse. */
	assert_string_equal(refreshed(beside, old), next);
	next = refreshed(s, next);
	assert_revoked(refresh(beside, old));
	assert_revoked(refresh(s, next));
	assert_revoked(refresh(s, old));
	assert_status(http_get(s, u->token, "/chat/history"), 200);
}

static void
flask__by_id(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "hal");
	struct reply  *r;
	const char    *sub[2];
	int            i;

	sub[0] = scratch_printf("\"%lld\"", u->id);
	sub[1] = scratch_printf("%lld", u->id);
	for (i = 0; i < 2; i++) {
		r = refresh(s, flask_token(s, "refresh", sub[i], 10 + i, 60));
		assert_status(r, 200);
		assert_int_equal(
		    cJSON_GetObjectItem(
			token_claims(reply_text(r, "access_token")), "uid")
			->valuedouble,
		    u->id);
	}
	/* Somebody else has that number for a name: it is nobody's. */
	user_new(s, scratch_printf("%lld", u->id));
	assert_revoked(refresh(s, flask_token(s, "refresh", sub[0], 12, 60)));
}

static void
flask__refused(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ida");
	char          *access = flask_token(s, "access", "\"ida\"", 20, 60);

	assert_error(refresh(s, access), 401, "token_invalid");
	assert_error(
	    http_get(s, access, "/chat/history"), 401, "token_invalid");
	assert_error(http_get(s, flask_token(s, "refresh", "\"ida\"", 21, 60),
			 "/chat/history"),
	    401, "token_not_access");
	assert_error(
	    refresh(s, flask_token(s, "refresh", "\"ida\"", 22, 2592001)), 401,
	    "token_expired");
	assert_revoked(
	    refresh(s, flask_token(s, "refresh", "\"nobody\"", 23, 60)));
	assert_revoked(
	    refresh(s, flask_token(s, "refresh", "\"999999999\"", 24, 60)));
	assert_error(refresh(s, flask_token(s, "refresh", "{}", 25, 60)), 401,
	    "token_invalid");
	sql_run(
	    s, "UPDATE users SET disabled_at = now() WHERE id = %lld", u->id);
	assert_revoked(
	    refresh(s, flask_token(s, "refresh", "\"ida\"", 26, 60)));
	/* Issued before everything was declared void. */
	sql_run(s,
	    "UPDATE users SET disabled_at = NULL, tokens_from = now()"
	    " WHERE id = %lld",
	    u->id);
	assert_revoked(
	    refresh(s, flask_token(s, "refresh", "\"ida\"", 27, 60)));
	assert_status(
	    refresh(s, flask_token(s, "refresh", "\"ida\"", 28, -3)), 200);
}

/* From two servers at once: one session, one successor. */
static void
flask__at_once(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "jo");
	struct request q[AT_ONCE];
	struct reply **r;
	size_t         i;

	for (i = 0; i < AT_ONCE; i++)
		q[i] = (struct request){.method = "POST",
		    .path = "/auth/refresh",
		    .token = flask_token(s, "refresh", "\"jo\"", 30, 60)};
	r = http_many(beside, q, AT_ONCE);
	assert_int_equal(http_count(r, AT_ONCE, 200), AT_ONCE);
	for (i = 1; i < AT_ONCE; i++)
		assert_string_equal(reply_text(r[i], "refresh_token"),
		    reply_text(r[0], "refresh_token"));
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM sessions"
			     " WHERE user_id = %lld",
			     u->id),
	    2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refresh__gives_the_next),
	    cmocka_unit_test(refresh__again_is_the_same),
	    cmocka_unit_test(refresh__at_once_at_two_servers),
	    cmocka_unit_test(reuse__after_the_grace),
	    cmocka_unit_test(reuse__of_an_older_one),
	    cmocka_unit_test(refresh__of_an_expired_session),
	    cmocka_unit_test(flask__becomes_a_session),
	    cmocka_unit_test(flask__by_id),
	    cmocka_unit_test(flask__refused),
	    cmocka_unit_test(flask__at_once),
	};

	return (harness_run(tests, start));
}
