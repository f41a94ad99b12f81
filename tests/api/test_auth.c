/*
 * Signing up, logging in, refreshing: statuses, bodies and messages as the
 * Flask service's clients know them.
 */
#include <time.h>

#include "harness.h"

static int
start(void **state)
{
	*state = server_start(NULL);
	return (0);
}

static void
assert_token(
    const char *token, const char *type, const char *name, double seconds)
{
	const cJSON *claims = token_claims(token), *iat, *nbf, *exp;

	iat = cJSON_GetObjectItem(claims, "iat");
	nbf = cJSON_GetObjectItem(claims, "nbf");
	exp = cJSON_GetObjectItem(claims, "exp");
	assert_string_equal(
	    cJSON_GetObjectItem(claims, "type")->valuestring, type);
	assert_string_equal(
	    cJSON_GetObjectItem(claims, "sub")->valuestring, name);
	assert_true(cJSON_IsNumber(cJSON_GetObjectItem(claims, "uid")));
	assert_int_equal(
	    strlen(cJSON_GetObjectItem(claims, "jti")->valuestring), 36);
	assert_true(llabs((long long)iat->valuedouble - time(NULL)) < 10);
	assert_true(nbf->valuedouble <= iat->valuedouble);
	assert_true(exp->valuedouble - iat->valuedouble == seconds);
}

static void
signup__issues_two_tokens(void **state)
{
	struct server *s = *state;
	struct reply  *r = user_sign_up(
	     s, "ada@example.com", "Ada", PRIVATE " ada");

	assert_status(r, 201);
	assert_int_equal(cJSON_GetArraySize(r->json), 2);
	assert_token(reply_text(r, "access_token"), "access", "Ada", 43200);
	assert_token(reply_text(r, "refresh_token"), "refresh", "Ada", 2592000);
	assert_status(
	    http_get(s, reply_text(r, "access_token"), "/chat/history"), 200);
}

static void
signup__needs_all_three(void **state)
{
	static const char *const bodies[] = {
	    "{}",
	    "{\"username\":\"x\",\"password\":\"" PRIVATE "\"}",
	    "{\"email\":\"x@example.com\",\"password\":\"" PRIVATE "\"}",
	    "{\"email\":\"x@example.com\",\"username\":\"x\"}",
	    "{\"email\":\"\",\"username\":\"x\",\"password\":\"" PRIVATE "\"}",
	    "{\"email\":\"x@b.de\",\"username\":\"x\",\"password\":null}",
	};
	size_t i;

	for (i = 0; i < COUNT(bodies); i++)
		assert_error_says(
		    http_post(*state, NULL, "/auth/signup", bodies[i]), 400,
		    "signup_missing", "Missing email, username, or password");
}

static void
signup__names_the_taken_one(void **state)
{
	struct server *s = *state;

	user_new(s, "bob");
	assert_error_says(user_sign_up(s, "bob@example.com", "bob", PRIVATE),
	    409, "email_taken", "Email already exists");
	assert_error_says(user_sign_up(s, "bob@example.com", "bo", PRIVATE),
	    409, "email_taken", "Email already exists");
	assert_error_says(user_sign_up(s, "bo@example.com", "bob", PRIVATE),
	    409, "username_taken", "Username already exists");
	/* Case makes no other name. */
	assert_error(user_sign_up(s, "BOB@example.com", "bo", PRIVATE), 409,
	    "email_taken");
	assert_error(user_sign_up(s, "bo@example.com", "BOB", PRIVATE), 409,
	    "username_taken");
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM users"
			     " WHERE lower(username) LIKE 'bo%%'"),
	    1);
}

static void
signup__refuses_bad_values(void **state)
{
	struct server *s = *state;
	char          *long_password = scratch_alloc(1026);
	char          *long_name = scratch_alloc(152);

	memset(long_password, 'x', 1025);
	memset(long_name, 'x', 151);
	assert_error(user_sign_up(s, "c@example.com", "c", "1234567"), 400,
	    "invalid_field");
	/* Seven characters in fourteen bytes. */
	assert_error(
	    user_sign_up(s, "c@example.com", "c",
		"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"),
	    400, "invalid_field");
	assert_error(user_sign_up(s, "c@example.com", "c", long_password), 400,
	    "invalid_field");
	assert_error(user_sign_up(s, "c@example.com", long_name, PRIVATE), 400,
	    "invalid_field");
	assert_error(user_sign_up(s, "c@example.com", "  ", PRIVATE), 400,
	    "invalid_field");
	assert_error(user_sign_up(s, "c@b.example", "a\\u0007b", PRIVATE), 400,
	    "invalid_field");
	assert_error(
	    user_sign_up(s, "nobody", "c", PRIVATE), 400, "invalid_field");
	assert_error(user_sign_up(s, "a b@example.com", "c", PRIVATE), 400,
	    "invalid_field");
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM users"
			     " WHERE email LIKE 'c@%%'"),
	    0);
}

static void
signup__refuses_weak_passwords(void **state)
{
	struct server *s = *state;

	assert_error_says(user_sign_up(s, "w@example.com", "w", "Password123"),
	    400, "invalid_field", "password is one of the most common ones");
	assert_error_says(
	    user_sign_up(s, "w@example.com", "wilhelmina", "WILHELMINA"), 400,
	    "invalid_field", "password must not be the username");
	assert_error_says(
	    user_sign_up(s, "wilhelmina@example.com", "w", "wilhelmina"), 400,
	    "invalid_field", "password must not be the email");
	/* In any script: this is in the worker's sandbox. */
	assert_error_says(
	    user_sign_up(s, "w@example.com", "\xc3\xa4\xc3\xb6 elisabeth",
		"\xc3\x84\xc3\x96 ELISABETH"),
	    400, "invalid_field", "password must not be the username");
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM users WHERE email LIKE 'w%%'"), 0);
}

/* The white space that keyboards add is no part of a name. */
static void
names__are_trimmed(void **state)
{
	struct server *s = *state;
	struct reply  *r;

	r = user_sign_up(s, " yan@example.com ", " yan\xc2\xa0", PRIVATE);
	assert_status(r, 201);
	assert_token(reply_text(r, "access_token"), "access", "yan", 43200);
	assert_status(user_log_in(s, "yan  ", PRIVATE), 200);
	assert_error(user_sign_up(s, "yan@example.com", "other", PRIVATE), 409,
	    "email_taken");
	assert_error(user_sign_up(s, "other@example.com", "Yan ", PRIVATE), 409,
	    "username_taken");
	assert_error(
	    user_sign_up(s, "other@example.com", "ya\xe2\x80\x8bn", PRIVATE),
	    400, "invalid_field");
}

static void
login__issues_tokens(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "carla");
	struct reply  *r = user_log_in(s, "carla", u->password);

	assert_status(r, 200);
	assert_int_equal(cJSON_GetArraySize(r->json), 2);
	assert_token(reply_text(r, "access_token"), "access", "carla", 43200);
	assert_token(
	    reply_text(r, "refresh_token"), "refresh", "carla", 2592000);
	assert_status(
	    http_get(s, reply_text(r, "access_token"), "/chat/conversations"),
	    200);
}

static void
login__refuses(void **state)
{
	struct server *s = *state;

	user_new(s, "dora");
	assert_error_says(http_post(s, NULL, "/auth/login", "{}"), 400,
	    "login_missing", "Missing username or password");
	assert_error_says(
	    http_post(s, NULL, "/auth/login", "{\"username\":\"dora\"}"), 400,
	    "login_missing", "Missing username or password");
	assert_error_says(
	    http_post(s, NULL, "/auth/login", "{\"password\":\"" PRIVATE "\"}"),
	    400, "login_missing", "Missing username or password");
	assert_error_says(user_log_in(s, "dora", PRIVATE " dorA"), 401,
	    "bad_credentials", "Bad credentials");
	assert_error_says(user_log_in(s, "nobody", PRIVATE " dora"), 401,
	    "bad_credentials", "Bad credentials");
}

static void
refresh__issues_tokens(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "emil");
	struct reply  *r = http_post(s, u->refresh, "/auth/refresh", NULL);

	assert_status(r, 200);
	assert_token(reply_text(r, "access_token"), "access", "emil", 43200);
	assert_token(
	    reply_text(r, "refresh_token"), "refresh", "emil", 2592000);
	assert_status(
	    http_get(s, reply_text(r, "access_token"), "/chat/history"), 200);
	assert_status(
	    http_post(s, reply_text(r, "refresh_token"), "/auth/refresh", "{}"),
	    200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(signup__issues_two_tokens),
	    cmocka_unit_test(signup__needs_all_three),
	    cmocka_unit_test(signup__names_the_taken_one),
	    cmocka_unit_test(signup__refuses_bad_values),
	    cmocka_unit_test(signup__refuses_weak_passwords),
	    cmocka_unit_test(names__are_trimmed),
	    cmocka_unit_test(login__issues_tokens),
	    cmocka_unit_test(login__refuses),
	    cmocka_unit_test(refresh__issues_tokens),
	};

	return (harness_run(tests, start));
}
