/*
 * One-time passwords: asked for once they were confirmed, each good once
 * whoever uses it where, with recovery codes, and guessing is throttled. At
 * two servers on one database.
 */
#include <endian.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <time.h>

#include "harness.h"

#define FAILURES 12 /* of an account */

static struct server *beside;

static int
start(void **state)
{
	static const char *const options[] = {
	    "LOGIN_FAILURES_PER_ACCOUNT=12", NULL};
	struct server *s = server_start(options);

	beside = server_start_beside(s, options);
	*state = s;
	return (0);
}

/* RFC 4226 by hand, of a base32 secret; off is in steps from now. */
static const char *
code_of(const char *secret, int off)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned char     key[20], mac[EVP_MAX_MD_SIZE], *p;
	unsigned int      len;
	uint64_t          bits = 0, step;
	size_t            i, n = 0;

	for (i = 0; secret[i] != '\0' && n < sizeof(key); i++) {
		bits = bits << 5 |
		    (uint64_t)(strchr(digits, secret[i]) - digits);
		if (i % 8 == 7)
			for (int k = 4; k >= 0; k--)
				key[n++] = (unsigned char)(bits >> (8 * k));
	}
	step = htobe64((uint64_t)(time(NULL) / 30 + off));
	HMAC(EVP_sha1(), key, sizeof(key), (unsigned char *)&step, sizeof(step),
	    mac, &len);
	p = mac + (mac[19] & 15);
	return (scratch_printf("%06u",
	    ((p[0] & 127u) << 24 | (unsigned)p[1] << 16 | (unsigned)p[2] << 8 |
		p[3]) %
		1000000u));
}

static struct request
login(const struct user *u, const char *otp)
{
	return ((struct request){.path = "/auth/login",
	    .body = otp == NULL
		? scratch_printf("{\"username\":\"%s\",\"password\":\"%s\"}",
		      u->name, u->password)
		: scratch_printf("{\"username\":\"%s\",\"password\":\"%s\","
				 "\"otp\":\"%s\"}",
		      u->name, u->password, otp)});
}

static struct reply *
log_in(const struct server *s, const struct user *u, const char *otp)
{
	struct request q = login(u, otp);

	return (http_call(s, &q));
}

static struct reply *
confirm(const struct server *s, const struct user *u, const char *otp)
{
	return (http_post(s, u->token, "/auth/totp/confirm",
	    scratch_printf("{\"otp\":\"%s\"}", otp)));
}

/* All steps are as if never used. */
static void
forget_steps(struct server *s)
{
	sql_run(s, "UPDATE totp SET last_step = 0");
}

static struct reply *
begin(const struct server *s, const struct user *u)
{
	return (http_post(s, u->token, "/auth/totp",
	    scratch_printf("{\"password\":\"%s\"}", u->password)));
}

/* The secret; codes are the recovery codes. */
static const char *
enable(struct server *s, const struct user *u, const cJSON **codes)
{
	struct reply *r = begin(s, u);
	const char   *secret;

	assert_status(r, 200);
	secret = reply_text(r, "secret");
	r = confirm(beside, u, code_of(secret, 0));
	assert_status(r, 200);
	*codes = cJSON_GetObjectItem(r->json, "recovery_codes");
	forget_steps(s);
	return (secret);
}

static void
enable__asks_from_then_on(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	struct reply  *r = begin(s, u);
	const char    *secret, *code;

	assert_status(r, 200);
	assert_int_equal(strlen(reply_text(r, "secret")), 32);
	assert_non_null(
	    strstr(reply_text(r, "uri"), "otpauth://totp/aichat:ann?secret="));
	/* Until one was given back nothing is asked. */
	assert_status(log_in(s, u, NULL), 200);
	secret = reply_text(begin(beside, u), "secret");
	assert_error(
	    confirm(s, u, code_of(reply_text(r, "secret"), 0)), 401, "bad_otp");
	assert_error(confirm(s, u, ""), 400, "invalid_field");
	assert_error(confirm(s, u, code_of(secret, 5)), 401, "bad_otp");
	code = code_of(secret, 0);
	r = confirm(s, u, code);
	assert_status(r, 200);
	assert_int_equal(
	    cJSON_GetArraySize(cJSON_GetObjectItem(r->json, "recovery_codes")),
	    10);
	assert_error(confirm(s, u, code_of(secret, 1)), 409, "totp_enabled");
	assert_error(begin(s, u), 409, "totp_enabled");
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(
	    http_get(s, u->token, "/auth/me")->json, "totp_enabled")));

	assert_error_says(log_in(s, u, NULL), 401, "otp_required",
	    "A one-time password is needed");
	assert_error_says(log_in(beside, u, "000000x"), 401, "bad_otp",
	    "The one-time password is wrong");
	/* The one that confirmed is used up. */
	assert_error(log_in(beside, u, code), 401, "bad_otp");
	code = code_of(secret, 1);
	assert_status(log_in(beside, u, code), 200);
	assert_error(log_in(s, u, code), 401, "bad_otp");
	/* With a wrong password it is not even looked at. */
	u->password = PRIVATE " wrong";
	forget_steps(s);
	assert_error(log_in(s, u, code_of(secret, 0)), 401, "bad_credentials");
	assert_error(log_in(s, u, NULL), 401, "bad_credentials");
	/* What is stored is of no use without the server's secret. */
	assert_int_equal(sql_int(s,
			     "SELECT length(secret) FROM totp"
			     " WHERE user_id = %lld",
			     u->id),
	    60);
}

static void
code__is_used_once_by_any(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ben");
	const cJSON   *codes;
	const char    *secret = enable(s, u, &codes);
	struct request q[5];
	struct reply **one, **two;
	size_t         i;

	for (i = 0; i < COUNT(q); i++)
		q[i] = login(u, code_of(secret, 0));
	one = http_many(s, q, COUNT(q));
	two = http_many(beside, q, COUNT(q));
	assert_int_equal(
	    http_count(one, COUNT(q), 200) + http_count(two, COUNT(q), 200), 1);
	assert_int_equal(
	    http_count(one, COUNT(q), 401) + http_count(two, COUNT(q), 401),
	    2 * COUNT(q) - 1);
}

static void
recovery__once_each(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "cid");
	const cJSON   *codes;
	const char    *one, *two;
	char          *typed, *c;

	enable(s, u, &codes);
	one = cJSON_GetArrayItem(codes, 0)->valuestring;
	two = cJSON_GetArrayItem(codes, 9)->valuestring;
	assert_status(log_in(s, u, one), 200);
	assert_error(log_in(beside, u, one), 401, "bad_otp");
	typed = scratch_printf(" %s", two);
	for (c = typed; *c != '\0'; c++)
		*c = *c == '-' ? ' ' : *c | 0x20;
	assert_status(log_in(beside, u, typed), 200);
	assert_error(log_in(s, u, two), 401, "bad_otp");
	assert_int_equal(sql_int(s,
			     "SELECT cardinality(recovery) FROM totp"
			     " WHERE user_id = %lld",
			     u->id),
	    8);
}

static void
guessing__is_throttled(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "dan");
	const cJSON   *codes;
	const char    *secret = enable(s, u, &codes);
	int            i;

	for (i = 0; i < 12; i++)
		assert_error(
		    log_in(i % 2 ? s : beside, u, "000000x"), 401, "bad_otp");
	assert_error(
	    log_in(s, u, code_of(secret, 0)), 429, "too_many_attempts");
	assert_error(log_in(beside, u, NULL), 429, "too_many_attempts");
}

static struct reply *
disable(const struct server *s, const struct user *u, const char *otp)
{
	struct request q = {
	    .method = "DELETE", .path = "/auth/totp", .token = u->token};

	q.body = otp == NULL
	    ? scratch_printf("{\"password\":\"%s\"}", u->password)
	    : scratch_printf(
		  "{\"password\":\"%s\",\"otp\":\"%s\"}", u->password, otp);
	return (http_call(s, &q));
}

/* A session alone, which somebody may have found open, is not enough; and it
 * is no way to try passwords. */
static void
enable__needs_the_password(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "gil");
	const char    *wrong = "{\"password\":\"not this one\"}";
	int            i;

	assert_error(http_post(s, u->token, "/auth/totp", "{}"), 400,
	    "password_missing");
	for (i = 0; i < FAILURES; i++)
		assert_error(http_post(s, u->token, "/auth/totp", wrong), 401,
		    "bad_credentials");
	assert_error(http_post(s, u->token, "/auth/totp", wrong), 429,
	    "too_many_attempts");
	assert_error(begin(s, u), 429, "too_many_attempts");
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM totp WHERE user_id = %lld", u->id),
	    0);
}

static void
disable__needs_both(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "eva");
	struct request q = {
	    .method = "DELETE", .path = "/auth/totp", .body = "{}"};
	const cJSON *codes;
	const char  *secret;

	assert_error(disable(s, u, NULL), 409, "totp_not_enabled");
	assert_error(confirm(s, u, "123456"), 409, "totp_not_enabled");
	secret = enable(s, u, &codes);
	q.token = u->token;
	assert_error(http_call(s, &q), 400, "password_missing");
	assert_error(disable(s, u, NULL), 401, "otp_required");
	assert_error(disable(s, u, code_of(secret, 7)), 401, "bad_otp");
	assert_status(disable(beside, u, code_of(secret, 0)), 200);
	assert_status(log_in(s, u, NULL), 200);
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM totp WHERE user_id = %lld", u->id),
	    0);
}

/* The operator lets one in who has lost everything; and nobody is let in by
 * what another server secret has sealed. */
static void
disable__by_the_operator(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "fay");
	const cJSON   *codes;
	const char    *secret = enable(s, u, &codes), *output;

	sql_run(s,
	    "UPDATE totp SET secret = set_byte(secret, 30,"
	    " get_byte(secret, 30) # 1) WHERE user_id = %lld",
	    u->id);
	assert_error(log_in(s, u, code_of(secret, 0)), 401, "bad_otp");
	assert_int_equal(
	    server_cli(s, NULL, &output, "user", "totp-off", "fay", NULL), 0);
	assert_status(log_in(s, u, NULL), 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(enable__asks_from_then_on),
	    cmocka_unit_test(code__is_used_once_by_any),
	    cmocka_unit_test(recovery__once_each),
	    cmocka_unit_test(guessing__is_throttled),
	    cmocka_unit_test(enable__needs_the_password),
	    cmocka_unit_test(disable__needs_both),
	    cmocka_unit_test(disable__by_the_operator),
	};

	return (harness_run(tests, start));
}
