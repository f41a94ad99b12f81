/*
 * How often something may be tried: counted over all workers and servers, for
 * an account and for an address, and before a password is hashed.
 */
#include "harness.h"

#define GUESSES 24 /* at once; the limit is 5 */

static struct server *beside;

static int
start(void **state)
{
	static const char *const options[] = {"LOGIN_FAILURES_PER_ACCOUNT=5",
	    "LOGIN_FAILURES_PER_ADDRESS=12", "SIGNUPS_PER_ADDRESS=3",
	    "REFRESHES_PER_ACCOUNT=4", "REFRESHES_PER_ADDRESS=6",
	    "TRUSTED_PROXIES=127.0.0.0/8, 10.0.0.0/8", NULL};
	struct server           *s = server_start(options);

	beside = server_start_beside(s, options);
	*state = s;
	return (0);
}

/* From an address, as a trusted proxy tells it. */
static struct request
request_from(const char *address, const char *path, const char *body)
{
	struct request q = {.path = path, .body = body};

	q.headers[0] = scratch_printf("X-Forwarded-For: %s", address);
	return (q);
}

static struct request
login_from(const char *address, const char *name, const char *password)
{
	return (request_from(address, "/auth/login",
	    scratch_printf(
		"{\"username\":\"%s\",\"password\":\"%s\"}", name, password)));
}

static struct reply *
log_in_from(struct server *s, const char *address, const char *name,
    const char *password)
{
	struct request q = login_from(address, name, password);

	return (http_call(s, &q));
}

/* A user without a sign-up, which is counted. The hash is of PRIVATE. */
static void
add_user(struct server *s, const char *name)
{
	sql_run(s,
	    "INSERT INTO users (email, username, password_hash)"
	    " SELECT '%s@example.com', '%s',"
	    " coalesce((SELECT password_hash FROM users LIMIT 1), 'none')",
	    name, name);
}

static void
assert_throttled(struct reply *r, long long seconds)
{
	long long wait;

	assert_error_says(
	    r, 429, "too_many_attempts", "Too many attempts, try again later");
	assert_non_null(reply_header(r, "Retry-After"));
	wait = atoll(reply_header(r, "Retry-After"));
	assert_true(wait > seconds - 60 && wait <= seconds);
}

/* Everybody has the password of the first user there is. */
static void
first_user(struct server *s)
{
	struct request q = request_from("192.0.2.200", "/auth/signup",
	    "{\"email\":\"first@example.com\",\"username\":\"first\","
	    "\"password\":\"" PRIVATE "\"}");

	assert_status(http_call(s, &q), 201);
}

static void
login__of_an_account(void **state)
{
	struct server *s = *state;
	int            i;

	add_user(s, "ann");
	/* From five addresses, with the name in other cases, at two servers. */
	for (i = 0; i < 5; i++)
		assert_error(log_in_from(i % 2 ? s : beside,
				 scratch_printf("198.51.100.%d", i),
				 i % 2 ? "ANN" : "ann", PRIVATE " wrong"),
		    401, "bad_credentials");
	assert_throttled(
	    log_in_from(s, "198.51.100.9", "ann", PRIVATE " wrong"), 900);
	/* Right or wrong, nobody learns. */
	assert_throttled(
	    log_in_from(beside, "198.51.100.9", "Ann", PRIVATE), 900);
	sql_await(s, 1,
	    "SELECT count(*) FROM audit WHERE event ="
	    " 'throttled' AND detail = 'login' AND user_id ="
	    " (SELECT id FROM users WHERE username = 'ann')");
	/* The window ends. */
	sql_run(s, "UPDATE throttle SET expires_at = now()");
	assert_status(log_in_from(s, "198.51.100.9", "ann", PRIVATE), 200);
}

static void
login__of_an_unknown_name(void **state)
{
	struct server *s = *state;
	int            i;

	for (i = 0; i < 5; i++)
		assert_error(log_in_from(i % 2 ? s : beside,
				 scratch_printf("198.51.101.%d", i), "nobody",
				 PRIVATE " wrong"),
		    401, "bad_credentials");
	assert_throttled(
	    log_in_from(s, "198.51.101.9", "nobody", PRIVATE " wrong"), 900);
}

static void
login__success_forgets_the_account(void **state)
{
	struct server *s = *state;
	int            i, round;

	add_user(s, "ben");
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 4; i++)
			assert_error(
			    log_in_from(s, scratch_printf("198.51.102.%d", i),
				"ben", PRIVATE " wrong"),
			    401, "bad_credentials");
		assert_status(
		    log_in_from(beside, "198.51.102.9", "ben", PRIVATE), 200);
	}
}

/* However many guess at once, at both servers: five learn something. */
static void
login__guesses_at_once(void **state)
{
	struct server *s = *state;
	struct request q[GUESSES];
	struct reply **here, **there;
	const char    *address;
	size_t         i, wrong, refused;

	add_user(s, "cat");
	for (i = 0; i < GUESSES; i++) {
		address = scratch_printf("198.51.103.%zu", i / 4);
		q[i] = login_from(address, "cat", PRIVATE " wrong");
	}
	here = http_many(s, q, GUESSES / 2);
	there = http_many(beside, q + GUESSES / 2, GUESSES / 2);
	wrong = http_count(here, GUESSES / 2, 401) +
	    http_count(there, GUESSES / 2, 401);
	refused = http_count(here, GUESSES / 2, 429) +
	    http_count(there, GUESSES / 2, 429);
	assert_int_equal(wrong, 5);
	assert_int_equal(refused, GUESSES - 5);
}

/* Right passwords at once are not guesses. */
static void
login__many_at_once_succeed(void **state)
{
	struct request q[GUESSES];
	struct reply **replies;
	size_t         i;

	add_user(*state, "dan");
	for (i = 0; i < GUESSES; i++)
		q[i] = login_from("198.51.104.1", "dan", PRIVATE);
	replies = http_many(*state, q, GUESSES);
	assert_int_equal(http_count(replies, GUESSES, 200), GUESSES);
}

static void
login__of_an_address(void **state)
{
	struct server *s = *state;
	int            i;

	add_user(s, "eve");
	/* Of an IPv6 client, its /64 is the address. */
	for (i = 0; i < 12; i++)
		assert_error(log_in_from(i % 2 ? s : beside,
				 scratch_printf("2001:db8:1:2::%d", i + 1),
				 scratch_printf("name%d", i), PRIVATE " wrong"),
		    401, "bad_credentials");
	assert_throttled(
	    log_in_from(s, "2001:db8:1:2:ffff::1", "eve", PRIVATE), 900);
	assert_status(log_in_from(s, "2001:db8:1:3::1", "eve", PRIVATE), 200);
	/* The one right of what the client made up. */
	assert_throttled(
	    log_in_from(
		s, "203.0.113.1, 2001:db8:1:2::1, 10.0.0.1", "eve", PRIVATE),
	    900);
}

/* Refused at once: a hash takes more than 5 ms. */
static void
login__throttled_before_hashing(void **state)
{
	struct server *s = *state;
	long long      least = 1000, ms;
	int            i;

	for (i = 0; i < 5; i++)
		log_in_from(s, scratch_printf("198.51.105.%d", i), "fay",
		    PRIVATE " wrong");
	for (i = 0; i < 5; i++) {
		ms = log_in_from(s, "198.51.105.9", "fay", PRIVATE)->ms;
		if (ms < least)
			least = ms;
	}
	assert_true(least <= 5);
}

static struct reply *
sign_up_from(struct server *s, const char *address, const char *name)
{
	struct request q = request_from(address, "/auth/signup",
	    scratch_printf("{\"email\":\"%s@example.com\","
			   "\"username\":\"%s\",\"password\":\"" PRIVATE "\"}",
		name, name));

	return (http_call(s, &q));
}

static void
signup__of_an_address(void **state)
{
	struct server *s = *state;

	assert_status(sign_up_from(s, "198.51.106.1", "gus"), 201);
	/* One that fails is one, what is missing is none. */
	assert_error(
	    sign_up_from(beside, "198.51.106.1", "gus"), 409, "email_taken");
	assert_error(
	    sign_up_from(beside, "198.51.106.1", ""), 400, "signup_missing");
	assert_status(sign_up_from(beside, "198.51.106.1", "hal"), 201);
	assert_throttled(sign_up_from(s, "198.51.106.1", "ian"), 3600);
	assert_status(sign_up_from(s, "198.51.106.2", "ian"), 201);
	sql_await(s, 3,
	    "SELECT count(*) FROM audit"
	    " WHERE event = 'signup'"
	    " AND address LIKE '198.51.106.%%'");
}

static void
refresh__of_account_and_address(void **state)
{
	struct server *s = *state;
	struct request q;
	struct reply  *r;
	const char    *token;
	int            i;

	add_user(s, "jon");
	r = log_in_from(s, "198.51.107.1", "jon", PRIVATE);
	assert_status(r, 200);
	token = reply_text(r, "refresh_token");
	for (i = 0; i < 5; i++) {
		q = request_from("198.51.107.1", "/auth/refresh", NULL);
		q.method = "POST";
		q.token = token;
		r = http_call(i % 2 ? s : beside, &q);
		if (i == 4)
			break;
		assert_status(r, 200);
		token = reply_text(r, "refresh_token");
	}
	assert_throttled(r, 900);
}

/* Rows that count nothing any more go away by themselves. */
static void
table__cleans_itself(void **state)
{
	struct server *s = *state;
	int            i;

	sql_run(s, "UPDATE throttle SET expires_at = now()");
	for (i = 0; i < 12; i++)
		sign_up_from(s, scratch_printf("198.51.108.%d", i), "first");
	assert_int_equal(
	    sql_int(
		s, "SELECT count(*) FROM throttle WHERE expires_at <= now()"),
	    0);
	assert_int_equal(sql_int(s, "SELECT count(*) FROM throttle"), 12);
}

/* A peer that is no proxy of ours speaks for itself only. */
static void
forwarded__untrusted(void **state)
{
	static const char *const options[] = {
	    "LOGIN_FAILURES_PER_ADDRESS=2", NULL};
	struct server *s = server_start(options);
	int            i;

	(void)state;
	for (i = 0; i < 2; i++)
		assert_error(log_in_from(s, scratch_printf("198.51.109.%d", i),
				 scratch_printf("name%d", i), PRIVATE " wrong"),
		    401, "bad_credentials");
	assert_throttled(
	    log_in_from(s, "198.51.109.7", "name7", PRIVATE " wrong"), 900);
	sql_await(
	    s, 3, "SELECT count(*) FROM audit WHERE address = '127.0.0.1'");
	server_stop(s);
}

static void
limits__of_zero_are_none(void **state)
{
	static const char *const options[] = {"LOGIN_FAILURES_PER_ACCOUNT=0",
	    "LOGIN_FAILURES_PER_ADDRESS=0", "SIGNUPS_PER_ADDRESS=0", NULL};
	struct server           *s = server_start(options);
	int                      i;

	(void)state;
	for (i = 0; i < 15; i++)
		assert_error(
		    user_log_in(s, "nobody", PRIVATE), 401, "bad_credentials");
	user_new(s, "kim");
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM throttle WHERE count >= 10"), 0);
	server_stop(s);
}

static int
prepare(void **state)
{
	start(state);
	first_user(*state);
	return (0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(login__of_an_account),
	    cmocka_unit_test(login__of_an_unknown_name),
	    cmocka_unit_test(login__success_forgets_the_account),
	    cmocka_unit_test(login__guesses_at_once),
	    cmocka_unit_test(login__many_at_once_succeed),
	    cmocka_unit_test(login__of_an_address),
	    cmocka_unit_test(login__throttled_before_hashing),
	    cmocka_unit_test(signup__of_an_address),
	    cmocka_unit_test(refresh__of_account_and_address),
	    cmocka_unit_test(table__cleans_itself),
	    cmocka_unit_test(forwarded__untrusted),
	    cmocka_unit_test(limits__of_zero_are_none),
	};

	return (harness_run(tests, prepare));
}
