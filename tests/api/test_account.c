/*
 * A user's own account: what is known of it, where it is logged in, a new
 * password, everything of it as a file, and its end. Whatever ends, ends at
 * once at another server on the same database.
 */
#include "harness_sse.h"

static struct server *beside;

static int
start(void **state)
{
	static const char *const options[] = {
	    "MOCK_STREAM_DELAY_MS=100", "LOGIN_FAILURES_PER_ACCOUNT=4", NULL};
	struct server *s = server_start(options);

	beside = server_start_beside(s, options);
	*state = s;
	return (0);
}

static struct reply *delete (const struct server *s, const char *token,
    const char *path, const char *body)
{
	struct request q = {
	    .method = "DELETE", .path = path, .token = token, .body = body};

	return (http_call(s, &q));
}

static void
assert_revoked(struct reply *r)
{
	assert_error_says(r, 401, "token_revoked", "Token has been revoked");
}

/* Neither of its tokens is good anywhere. */
static void
assert_ended(struct server *s, const char *access, const char *refresh)
{
	assert_revoked(http_get(s, access, "/chat/history"));
	assert_revoked(http_get(beside, access, "/auth/me"));
	assert_revoked(http_post(beside, refresh, "/auth/refresh", NULL));
	assert_revoked(http_post(s, refresh, "/auth/refresh", NULL));
}

static const char *
session_of(const char *token)
{
	return (cJSON_GetObjectItem(token_claims(token), "sid")->valuestring);
}

static void
me__shows_the_account(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "Ann");
	struct reply  *r;

	conversation_new(s, u->token);
	assert_status(chat_send(s, u->token, 1, "gpt", PRIVATE), 200);
	r = http_get(beside, u->token, "/auth/me");
	assert_status(r, 200);
	assert_int_equal(reply_int(r, "id"), u->id);
	assert_string_equal(reply_text(r, "username"), "Ann");
	assert_string_equal(reply_text(r, "email"), "Ann@example.com");
	assert_int_equal(strlen(reply_text(r, "created_at")),
	    strlen("2026-01-02T03:04:05.678901Z"));
	assert_int_equal(reply_int(r, "daily_limit"), 20);
	assert_int_equal(reply_int(r, "used_today"), 1);
	assert_int_equal(reply_int(r, "remaining"), 19);
	assert_in_range(reply_int(r, "reset_seconds"), 1, 86400);
	assert_true(
	    cJSON_IsFalse(cJSON_GetObjectItem(r->json, "totp_enabled")));
	assert_header(r, "RateLimit-Remaining", "19");
}

static void
logout__ends_this_session(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ben");
	struct reply  *other = user_log_in(s, "ben", u->password);
	struct reply  *r = http_post(s, u->token, "/auth/logout", NULL);

	assert_status(r, 200);
	assert_string_equal(reply_text(r, "msg"), "Logged out");
	assert_ended(s, u->token, u->refresh);
	assert_status(http_get(beside, reply_text(other, "access_token"),
			  "/chat/history"),
	    200);
	/* A session that is over ends no other. */
	sql_run(
	    s, "UPDATE sessions SET ended_at = ended_at - interval '1 minute'");
	assert_revoked(
	    http_post(s, u->token, "/auth/logout", "{\"all\":true}"));
	assert_status(http_post(s, reply_text(other, "refresh_token"),
			  "/auth/refresh", NULL),
	    200);
}

static void
logout__ends_all(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "cid"), *bystander = user_new(s, "dan");
	struct reply  *other = user_log_in(beside, "cid", u->password);

	assert_error(http_post(s, u->token, "/auth/logout", "{\"all\":1}"), 400,
	    "invalid_field");
	assert_status(
	    http_post(s, u->token, "/auth/logout", "{\"all\":true}"), 200);
	assert_ended(s, u->token, u->refresh);
	assert_ended(s, reply_text(other, "access_token"),
	    reply_text(other, "refresh_token"));
	assert_status(http_get(s, bystander->token, "/chat/history"), 200);
	assert_status(user_log_in(s, "cid", u->password), 200);
}

static void
sessions__are_listed_and_ended(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "eva"), *other = user_new(s, "fay");
	struct request q = {.path = "/auth/login",
	    .body = scratch_printf(
		"{\"username\":\"eva\",\"password\":\"%s\"}", u->password),
	    .headers = {
		scratch_printf("User-Agent: My\xc3\xa9 browser %0200d", 1)}};
	struct reply  *r = http_call(beside, &q);
	const char    *access = reply_text(r, "access_token");
	const char    *refresh = reply_text(r, "refresh_token"), *path;
	const cJSON   *data, *item;

	r = http_get(s, u->token, "/auth/sessions");
	assert_status(r, 200);
	data = cJSON_GetObjectItem(r->json, "data");
	assert_int_equal(cJSON_GetArraySize(data), 2);
	item = cJSON_GetArrayItem(data, 0);
	assert_string_equal(
	    cJSON_GetObjectItem(item, "id")->valuestring, session_of(access));
	assert_int_equal(
	    strncmp(cJSON_GetObjectItem(item, "device")->valuestring,
		"My?? browser 00", 15),
	    0);
	assert_int_equal(
	    strlen(cJSON_GetObjectItem(item, "device")->valuestring), 120);
	assert_string_equal(
	    cJSON_GetObjectItem(item, "address")->valuestring, "127.0.0.1");
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(item, "current")));
	item = cJSON_GetArrayItem(data, 1);
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(item, "current")));

	path = scratch_printf("/auth/sessions/%s", session_of(access));
	assert_error(
	    delete (s, other->token, path, NULL), 404, "session_not_found");
	assert_error(
	    delete (s, u->token,
		"/auth/sessions/00000000-0000-4000-8000-000000000000", NULL),
	    404, "session_not_found");
	assert_status(http_get(beside, access, "/chat/history"), 200);
	assert_status(delete (s, u->token, path, NULL), 200);
	assert_ended(s, access, refresh);
	assert_status(delete (beside, u->token, path, NULL), 200);
	assert_int_equal(
	    cJSON_GetArraySize(cJSON_GetObjectItem(
		http_get(s, u->token, "/auth/sessions")->json, "data")),
	    1);
}

static struct reply *
change(const struct server *s, const char *token, const char *old,
    const char *fresh)
{
	return (http_post(s, token, "/auth/password",
	    scratch_printf(
		"{\"password\":\"%s\",\"new_password\":\"%s\"}", old, fresh)));
}

static void
password__is_changed(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "gus");
	struct reply  *other = user_log_in(s, "gus", u->password);
	const char    *fresh = PRIVATE " fresh", *key;

	key = reply_text(
	    http_post(s, u->token, "/auth/keys", "{\"name\":\"x\"}"), "key");
	assert_status(change(s, u->token, u->password, fresh), 200);
	/* This session goes on, the other is over. */
	assert_status(http_get(beside, u->token, "/auth/me"), 200);
	assert_status(
	    http_post(beside, u->refresh, "/auth/refresh", NULL), 200);
	assert_ended(s, reply_text(other, "access_token"),
	    reply_text(other, "refresh_token"));
	assert_error(
	    user_log_in(beside, "gus", u->password), 401, "bad_credentials");
	assert_status(user_log_in(beside, "gus", fresh), 200);
	/* Keys have a life of their own. */
	assert_status(http_get(s, key, "/auth/me"), 200);
	assert_error(change(s, key, fresh, PRIVATE), 403, "key_not_allowed");
}

static void
password__refused(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "hal");
	int            i;

	assert_error_says(http_post(s, u->token, "/auth/password", "{}"), 400,
	    "new_password_missing", "Missing password or new_password");
	assert_error(
	    change(s, u->token, u->password, "short"), 400, "invalid_field");
	assert_error(change(s, u->token, u->password, "hal@example.com"), 400,
	    "invalid_field");
	for (i = 0; i < 4; i++)
		assert_error(
		    change(i % 2 ? s : beside, u->token, "wrong", PRIVATE), 401,
		    "bad_credentials");
	/* Guessing is throttled as at the login, with the same count. */
	assert_error(change(s, u->token, u->password, PRIVATE), 429,
	    "too_many_attempts");
	assert_error(delete (s, u->token, "/auth/me",
			 scratch_printf("{\"password\":\"%s\"}", u->password)),
	    429, "too_many_attempts");
	assert_status(http_get(s, u->token, "/auth/me"), 200);
}

/* Logins that were being checked while the password was changed. */
static void
password__against_logins(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ida");
	struct request q[12];
	struct reply **r;
	size_t         i;

	for (i = 0; i < COUNT(q); i++)
		q[i] = (struct request){.path = "/auth/login",
		    .body = scratch_printf(
			"{\"username\":\"ida\",\"password\":\"%s\"}",
			u->password)};
	q[5] = (struct request){.path = "/auth/password",
	    .token = u->token,
	    .body = scratch_printf(
		"{\"password\":\"%s\",\"new_password\":\"" PRIVATE " new\"}",
		u->password)};
	r = http_many(s, q, COUNT(q));
	assert_status(r[5], 200);
	for (i = 0; i < COUNT(q); i++) {
		if (i == 5)
			continue;
		if (r[i]->status == 200)
			assert_ended(s, reply_text(r[i], "access_token"),
			    reply_text(r[i], "refresh_token"));
		else
			assert_error(r[i], 401, "bad_credentials");
	}
	assert_status(http_get(s, u->token, "/auth/me"), 200);
}

/* Rows in all tables with this user's number, those that stay apart: what was
 * done (audit), and whom an adoption run again must not bring back. */
static long long
rows_of(struct server *s, long long id)
{
	return (sql_int(s,
	    "SELECT coalesce(sum((xpath('/row/n/text()', query_to_xml("
	    " format('SELECT count(*) AS n FROM %%I WHERE %%I = %lld',"
	    " table_name, column_name), false, true, '')))[1]::text::bigint),"
	    " 0)::bigint FROM information_schema.columns"
	    " WHERE table_schema = 'public' AND (column_name = 'user_id'"
	    " OR (table_name = 'users' AND column_name = 'id'))"
	    " AND table_name NOT IN ('audit', 'adopted_users')",
	    id));
}

static void
delete__leaves_nothing(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "jo"), *other = user_new(s, "kim");
	const char    *key, *body;
	struct request q = {.path = "/chat/", .token = u->token};
	long long      before, deadline;

	key = reply_text(
	    http_post(s, u->token, "/auth/keys", "{\"name\":\"x\"}"), "key");
	conversation_new(s, u->token);
	conversation_new(s, other->token);
	q.body = chat_body(1, "gpt", PRIVATE);
	q.headers[0] = "Idempotency-Key: k1";
	assert_status(http_call(s, &q), 200);
	assert_status(chat_send(s, other->token, 1, "gpt", PRIVATE), 200);
	before = rows_of(s, other->id);
	assert_true(rows_of(s, u->id) >= 7);

	body = scratch_printf("{\"password\":\"%s\"}", u->password);
	assert_error(
	    delete (s, u->token, "/auth/me", "{}"), 400, "password_missing");
	assert_error(delete (s, u->token, "/auth/me", "{\"password\":\"x\"}"),
	    401, "bad_credentials");
	assert_error(delete (s, key, "/auth/me", body), 403, "key_not_allowed");
	assert_status(delete (s, u->token, "/auth/me", body), 200);
	assert_int_equal(rows_of(s, u->id), 0);
	assert_int_equal(rows_of(s, other->id), before);
	assert_ended(s, u->token, u->refresh);
	assert_revoked(http_get(beside, key, "/chat/history"));
	assert_error(user_log_in(s, "jo", u->password), 401, "bad_credentials");
	/* What was under way a moment ago goes, too. */
	sql_run(s,
	    "INSERT INTO conversations (user_id, number, id)"
	    " VALUES (%lld, 7, gen_random_uuid())",
	    u->id);
	deadline = now_ms() + 12000;
	while (rows_of(s, u->id) != 0) {
		assert_true(now_ms() < deadline);
		sleep_ms(200);
	}
	/* The name is free. */
	assert_status(user_sign_up(s, "jo@example.com", "jo", PRIVATE), 201);
}

/* An answer being written ends with its account. */
static void
delete__stops_what_runs(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "leo");
	struct sse    *e;

	conversation_new(s, u->token);
	e = sse_chat(s, u->token, 1, "gpt",
	    "one two three four five six seven eight nine ten one two three"
	    " four five six seven eight nine ten one two three four five six"
	    " one two three four five six seven eight nine ten one two three");
	assert_true(sse_wait(e, 3, 5000));
	assert_status(delete (beside, u->token, "/auth/me",
			  scratch_printf("{\"password\":\"%s\"}", u->password)),
	    200);
	assert_true(sse_wait_end(e, 3000));
	assert_string_equal(sse_last(e)->name, "error");
	sse_close(e);
	assert_int_equal(rows_of(s, u->id), 0);
}

static void
export__is_everything(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "mia");
	struct reply  *r;
	const cJSON   *item;

	http_post(s, u->token, "/auth/keys", "{\"name\":\"laptop\"}");
	conversation_new(s, u->token);
	assert_status(http_post(s, u->token, "/chat/start_conversation",
			  "{\"instructions\":\"be brief\"}"),
	    201);
	assert_status(chat_send(s, u->token, 1, "gpt", PRIVATE " one"), 200);
	assert_status(chat_send(s, u->token, 2, "gpt", PRIVATE " two"), 200);
	r = http_get(beside, u->token, "/auth/export");
	assert_status(r, 200);
	assert_non_null(r->json);
	assert_non_null(strstr(
	    reply_header(r, "Content-Disposition"), "aichat-export.json"));
	item = cJSON_GetObjectItem(r->json, "profile");
	assert_string_equal(
	    cJSON_GetObjectItem(item, "username")->valuestring, "mia");
	assert_int_equal(
	    cJSON_GetArraySize(cJSON_GetObjectItem(r->json, "sessions")), 1);
	assert_int_equal(
	    cJSON_GetArraySize(cJSON_GetObjectItem(r->json, "keys")), 1);
	item = cJSON_GetArrayItem(cJSON_GetObjectItem(r->json, "usage"), 0);
	assert_int_equal(cJSON_GetObjectItem(item, "messages")->valuedouble, 2);
	item = cJSON_GetObjectItem(r->json, "conversations");
	assert_int_equal(cJSON_GetArraySize(item), 2);
	assert_string_equal(
	    cJSON_GetObjectItem(cJSON_GetArrayItem(item, 1), "instructions")
		->valuestring,
	    "be brief");
	item = cJSON_GetObjectItem(r->json, "messages");
	assert_int_equal(cJSON_GetArraySize(item), 2);
	assert_string_equal(
	    cJSON_GetObjectItem(cJSON_GetArrayItem(item, 1), "prompt")
		->valuestring,
	    PRIVATE " two");
	assert_null(strstr(r->body, "argon2"));
}

/* Kilobytes the process takes. */
static long
memory_of(pid_t pid)
{
	const char *line = strstr(
	    scratch_file(scratch_printf("/proc/%d/status", (int)pid)),
	    "VmRSS:");

	assert_non_null(line);
	return (strtol(line + 6, NULL, 10));
}

/* All there is to read, until the server closes. */
static size_t
read_all(struct raw *raw, char tail[8])
{
	static char bytes[65536];
	size_t      total = 0;
	int         n;

	while ((n = SSL_read(raw->ssl, bytes, sizeof(bytes))) > 0) {
		total += (size_t)n;
		if (n >= 7)
			memcpy(tail, bytes + n - 7, 7);
	}
	return (total);
}

/* 16 MB of messages and 1,000 conversations, over a wire that is not read. */
static void
export__of_a_large_account(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ned");
	struct request q = {.path = "/auth/export", .token = u->token};
	struct raw    *raw;
	struct reply  *r;
	long           before, peak;
	const cJSON   *list;
	char           tail[8] = "";

	sql_run(s,
	    "INSERT INTO conversations (user_id, number, id, metadata)"
	    " SELECT %lld, n, gen_random_uuid(), '{\"a\":1}'"
	    " FROM generate_series(1, 1000) n;"
	    "INSERT INTO turns (user_id, conversation, id, status, model,"
	    " prompt, response) SELECT %lld, 1 + n %% 1000,"
	    " ('0190a5a0-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,"
	    " 'completed', 'gpt', 'p' || n, repeat('x', 1500)"
	    " FROM generate_series(1, 10000) n",
	    u->id, u->id);
	before = memory_of(server_worker(s, 1)) +
	    memory_of(server_worker(s, 2));
	raw = raw_open(s);
	raw_text(raw, raw_request(s, &q));
	sleep_ms(1500);
	peak = memory_of(server_worker(s, 1)) + memory_of(server_worker(s, 2));
	assert_in_range(peak - before, 0, 8 * 1024);
	raw_close(raw);
	r = http_call(s, &q);
	assert_status(r, 200);
	assert_non_null(r->json);
	list = cJSON_GetObjectItem(r->json, "messages");
	assert_int_equal(cJSON_GetArraySize(list), 10000);
	/* One conversation behind another. */
	assert_string_equal(
	    cJSON_GetObjectItem(cJSON_GetArrayItem(list, 10), "prompt")
		->valuestring,
	    "p1");
	assert_string_equal(
	    cJSON_GetObjectItem(cJSON_GetArrayItem(list, 9999), "prompt")
		->valuestring,
	    "p9999");
	assert_int_equal(
	    cJSON_GetArraySize(cJSON_GetObjectItem(r->json, "conversations")),
	    1000);
	peak = memory_of(server_worker(s, 1)) + memory_of(server_worker(s, 2));
	assert_in_range(peak - before, 0, 16 * 1024);
	/* Rights that end half-way cut it off, for the client to notice. */
	raw = raw_open(s);
	raw_text(raw, raw_request(s, &q));
	sleep_ms(300);
	assert_status(http_post(s, u->token, "/auth/logout", NULL), 200);
	assert_in_range(read_all(raw, tail), 1000, r->size - 1);
	assert_null(strstr(tail, "0\r\n\r\n"));
	raw_close(raw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(me__shows_the_account),
	    cmocka_unit_test(logout__ends_this_session),
	    cmocka_unit_test(logout__ends_all),
	    cmocka_unit_test(sessions__are_listed_and_ended),
	    cmocka_unit_test(password__is_changed),
	    cmocka_unit_test(password__refused),
	    cmocka_unit_test(password__against_logins),
	    cmocka_unit_test(delete__leaves_nothing),
	    cmocka_unit_test(delete__stops_what_runs),
	    cmocka_unit_test(export__is_everything),
	    cmocka_unit_test(export__of_a_large_account),
	};

	return (harness_run(tests, start));
}
