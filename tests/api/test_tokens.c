/*
 * Who may pass: every way a token can be wrong is 401 on every route that
 * takes one, and so is a user who is gone or disabled.
 */
#include <time.h>

#include "harness.h"

#define HS256 "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

static const struct route {
	const char *method, *path, *body;
} routes[] = {
    {"POST", "/chat/",
	"{\"model\":\"gpt\",\"prompt\":\"" PRIVATE
	"\",\"conversation_number\":1}"},
    {"POST", "/chat/start_conversation", NULL},
    {"GET", "/chat/history", NULL},
    {"GET", "/chat/conversations", NULL},
    {"POST", "/auth/refresh", NULL},
    {"POST", "/auth/keys", "{\"name\":\"x\"}"},
    {"GET", "/auth/keys", NULL},
    {"GET", "/auth/me", NULL},
    {"GET", "/auth/sessions", NULL},
    {"GET", "/auth/export", NULL},
};

static struct user *user;

static int
start(void **state)
{
	struct server *s = server_start(NULL);

	*state = s;
	user = user_new(s, "ann");
	conversation_new(s, user->token);
	return (0);
}

/* As a header says it; NULL sends none. */
static struct reply *
call(struct server *s, size_t route, const char *authorization)
{
	struct request q = {.method = routes[route].method,
	    .path = routes[route].path,
	    .body = routes[route].body};

	if (authorization != NULL)
		q.headers[0] = scratch_printf(
		    "Authorization: %s", authorization);
	return (http_call(s, &q));
}

static bool
wants_refresh(size_t route)
{
	return (strcmp(routes[route].path, "/auth/refresh") == 0);
}

/* Refused everywhere; code NULL is any. */
static void
assert_nobody(struct server *s, const char *authorization, const char *code)
{
	struct reply *r;
	size_t        i;

	for (i = 0; i < COUNT(routes); i++) {
		r = call(s, i, authorization);
		assert_status(r, 401);
		assert_error(
		    r, 401, code != NULL ? code : reply_text(r, "code"));
	}
}

/* Claims of ann's session; seconds from now, type per route. */
static char *
claims(const char *type, long long uid, long age, long life)
{
	long long    now = time(NULL);
	const cJSON *own = token_claims(
	    strcmp(type, "refresh") == 0 ? user->refresh : user->token);

	return (scratch_printf("{\"sub\":\"ann\",\"uid\":%lld,\"type\":\"%s\","
			       "\"sid\":\"%s\","
			       "\"jti\":\"%s\",\"iat\":%lld,"
			       "\"nbf\":%lld,\"exp\":%lld}",
	    uid, type, cJSON_GetObjectItem(own, "sid")->valuestring,
	    cJSON_GetObjectItem(own, "jti")->valuestring, now - age, now - age,
	    now - age + life));
}

static char *
bearer(const char *token)
{
	return (scratch_printf("Bearer %s", token));
}

/* A forgery is refused on all routes, whichever type it claims to be. */
static void
assert_forgery(struct server *s, const char *secret, const char *header,
    const char *text, const char *code)
{
	assert_nobody(s, bearer(token_forge(secret, header, text)), code);
}

/* The others are refused for what is wrong with them, not for being forged:
 * one without fault passes. */
static void
token__forged_without_fault(void **state)
{
	struct server *s = *state;
	const char    *type;
	size_t         i;

	for (i = 0; i < COUNT(routes); i++) {
		type = wants_refresh(i) ? "refresh" : "access";
		assert_in_range(call(s, i,
				    bearer(token_forge(s->secret, HS256,
					claims(type, user->id, 5, 3600))))
				    ->status,
		    200, 201);
	}
}

static void
token__missing(void **state)
{
	struct reply *r;

	assert_nobody(*state, NULL, "token_missing");
	r = call(*state, 0, NULL);
	assert_error_says(
	    r, 401, "token_missing", "Missing Authorization Header");
	assert_header(r, "WWW-Authenticate", "Bearer");
}

static void
token__malformed(void **state)
{
	static const char *const values[] = {
	    "Bearer",
	    "Bearer x",
	    "Bearer a.b",
	    "Bearer a.b.c",
	    "Bearer .",
	    "Bearer ..",
	    "Bearer a.b.c.d",
	    "Basic YTpi",
	    "x",
	    "Bearerx",
	    "Bearer \"\"",
	    "Bearer %00",
	    "Token abc",
	    "Bearer eyJhbGciOiJIUzI1NiJ9..",
	    "Bearer bnVsbA.bnVsbA.bnVsbA",
	};
	char  *large = scratch_alloc(4001);
	size_t i;

	for (i = 0; i < COUNT(values); i++)
		assert_nobody(*state, values[i], NULL);
	assert_error(call(*state, 2, "Basic YTpi"), 401, "token_malformed");
	memset(large, 'a', 4000);
	assert_nobody(*state, bearer(large), "token_malformed");
}

static void
token__of_the_other_type(void **state)
{
	struct reply *r;
	size_t        i;

	for (i = 0; i < COUNT(routes); i++) {
		r = call(*state, i,
		    bearer(wants_refresh(i) ? user->token : user->refresh));
		assert_error_says(r, 401,
		    wants_refresh(i) ? "token_not_refresh" : "token_not_access",
		    wants_refresh(i) ? "Only refresh tokens are allowed"
				     : "Only access tokens are allowed");
	}
	assert_forgery(*state, ((struct server *)*state)->secret, HS256,
	    claims("admin", user->id, 5, 3600), NULL);
}

static void
token__expired(void **state)
{
	struct server *s = *state;
	const char    *type;
	size_t         i;

	for (i = 0; i < COUNT(routes); i++) {
		type = wants_refresh(i) ? "refresh" : "access";
		assert_error_says(call(s, i,
				      bearer(token_forge(s->secret, HS256,
					  claims(type, user->id, 3600, 3599)))),
		    401, "token_expired", "Token has expired");
	}
	assert_forgery(s, s->secret, HS256,
	    claims("access", user->id, -600, 3600), NULL); /* not yet valid */
}

/* Workers remember that it was good, and until when. */
static void
token__expires_in_use(void **state)
{
	struct server *s = *state;
	char          *token = token_forge(
		     s->secret, HS256, claims("access", user->id, 3597, 3600));
	long long deadline = now_ms() + 10000;
	int       n = 0;

	while (http_get(s, token, "/auth/me")->status == 200) {
		assert_true(now_ms() < deadline);
		sleep_ms(50);
		n++;
	}
	assert_true(n > 4);
	assert_error(http_get(s, token, "/auth/me"), 401, "token_expired");
}

static void
token__of_another_secret(void **state)
{
	struct server *s = *state;
	const char    *text = claims("access", user->id, 5, 3600);

	assert_forgery(s, "another secret of more than thirty-two bytes", HS256,
	    text, "token_invalid");
	assert_forgery(s, "", HS256, text, "token_invalid");
}

static void
token__of_another_algorithm(void **state)
{
	static const char *const headers[] = {
	    "{\"alg\":\"none\",\"typ\":\"JWT\"}",
	    "{\"alg\":\"HS384\"}",
	    "{\"alg\":\"None\"}",
	    "{\"alg\":\"HS512\"}",
	    "{\"alg\":\"RS256\"}",
	    "{}",
	    "{\"alg\":null}",
	    "[]",
	    "{\"alg\":\"HS256\",\"typ\":\"JWE\"}",
	};
	struct server *s = *state;
	const char    *text = claims("access", user->id, 5, 3600);
	char          *token;
	size_t         i;

	for (i = 0; i < COUNT(headers); i++) {
		token = token_forge(s->secret, headers[i], text);
		assert_nobody(s, bearer(token), NULL);
		/* And unsigned. */
		strrchr(token, '.')[1] = '\0';
		assert_nobody(s, bearer(token), NULL);
	}
	token = token_forge(s->secret, HS256, text);
	strrchr(token, '.')[1] = '\0';
	assert_nobody(s, bearer(token), NULL);
}

static void
token__of_odd_claims(void **state)
{
	struct server *s = *state;
	const char    *format[] = {
	       "{}",
	       "[]",
	       "null",
	       "1",
	       "",
	       "{\"uid\":%lld,\"type\":\"access\",\"iat\":1,\"nbf\":1}",
	       "{\"uid\":%lld,\"type\":\"access\",\"iat\":1,\"nbf\":1,"
		  "\"exp\":\"99999999999\"}",
	       "{\"sub\":\"ann\",\"uid\":\"%lld\",\"type\":\"access\","
		  "\"iat\":1,\"nbf\":1,\"exp\":99999999999}",
	       "{\"sub\":\"ann\",\"uid\":-%lld,\"type\":\"access\","
		  "\"iat\":1,\"nbf\":1,\"exp\":99999999999}",
	       "{\"sub\":\"ann\",\"uid\":%lld.5,\"type\":\"access\","
		  "\"iat\":1,\"nbf\":1,\"exp\":99999999999}",
	       "{\"sub\":\"ann\",\"uid\":%lld,\"type\":7,"
		  "\"iat\":1,\"nbf\":1,\"exp\":99999999999}",
	       "{\"sub\":\"ann\",\"uid\":%lld,"
		  "\"iat\":1,\"nbf\":1,\"exp\":99999999999}",
        };
	char  *text;
	size_t i;

	for (i = 0; i < COUNT(format); i++) {
		text = scratch_printf("%s", format[i]);
		if (strstr(text, "%lld") != NULL)
			text = scratch_printf("%.*s%lld%s",
			    (int)(strstr(text, "%lld") - text), text, user->id,
			    strstr(text, "%lld") + 4);
		assert_forgery(s, s->secret, HS256, text, NULL);
	}
}

static void
token__changed(void **state)
{
	struct server *s = *state;
	char          *token = scratch_printf("%s", user->token);
	char          *dot = strchr(token, '.');

	dot[10] = dot[10] == 'A' ? 'B' : 'A';
	assert_nobody(s, bearer(token), NULL);
	token = scratch_printf("%s", user->token);
	dot = strrchr(token, '.');
	dot[10] = dot[10] == 'A' ? 'B' : 'A';
	assert_nobody(s, bearer(token), "token_invalid");
}

static void
scheme__in_any_case(void **state)
{
	assert_status(
	    call(*state, 2, scratch_printf("bEARER  %s", user->token)), 200);
}

static void
assert_user_refused(struct server *s, const struct user *u)
{
	size_t i;

	for (i = 0; i < COUNT(routes); i++)
		assert_error_says(
		    call(
			s, i, bearer(wants_refresh(i) ? u->refresh : u->token)),
		    401, "token_revoked", "Token has been revoked");
	assert_error_says(user_log_in(s, u->name, u->password), 401,
	    "bad_credentials", "Bad credentials");
}

static void
user__disabled(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ben");

	conversation_new(s, u->token);
	sql_run(
	    s, "UPDATE users SET disabled_at = now() WHERE id = %lld", u->id);
	assert_user_refused(s, u);
	sql_run(
	    s, "UPDATE users SET disabled_at = NULL WHERE id = %lld", u->id);
	assert_status(call(s, 0, bearer(u->token)), 200);
}

static void
user__deleted(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "cid");

	conversation_new(s, u->token);
	sql_run(s, "DELETE FROM users WHERE id = %lld", u->id);
	assert_user_refused(s, u);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM turns"
			     " WHERE user_id = %lld",
			     u->id),
	    0);
	assert_forgery(
	    s, s->secret, HS256, claims("access", 987654321, 5, 3600), NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(token__forged_without_fault),
	    cmocka_unit_test(token__missing),
	    cmocka_unit_test(token__malformed),
	    cmocka_unit_test(token__of_the_other_type),
	    cmocka_unit_test(token__expired),
	    cmocka_unit_test(token__expires_in_use),
	    cmocka_unit_test(token__of_another_secret),
	    cmocka_unit_test(token__of_another_algorithm),
	    cmocka_unit_test(token__of_odd_claims),
	    cmocka_unit_test(token__changed),
	    cmocka_unit_test(scheme__in_any_case),
	    cmocka_unit_test(user__disabled),
	    cmocka_unit_test(user__deleted),
	};

	return (harness_run(tests, start));
}
