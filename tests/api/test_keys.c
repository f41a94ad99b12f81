/*
 * API keys: shown once, stored hashed, void at once everywhere, with a daily
 * limit of their own that is exact; and what they may not do. At two servers
 * on one database.
 */
#include "harness.h"

#define AT_ONCE 100 /* at each of two servers */

static struct server *beside;

static int
start(void **state)
{
	static const char *const options[] = {"DAILY_MESSAGE_LIMIT=60", NULL};
	struct server           *s = server_start(options);

	beside = server_start_beside(s, options);
	*state = s;
	return (0);
}

static struct reply *
make(const struct server *s, const struct user *u, const char *body)
{
	return (http_post(s, u->token, "/auth/keys", body));
}

static const struct reply *
made(const struct server *s, const struct user *u, const char *more)
{
	struct reply *r = make(
	    s, u, scratch_printf("{\"name\":\" laptop \"%s}", more));

	assert_status(r, 201);
	return (r);
}

static struct reply *
revoke_key(const struct server *s, const char *token, const char *id)
{
	struct request q = {.method = "DELETE",
	    .path = scratch_printf("/auth/keys/%s", id),
	    .token = token};

	return (http_call(s, &q));
}

static void
assert_void(const char *key, struct server *s)
{
	assert_error(http_get(s, key, "/chat/history"), 401, "token_revoked");
	assert_error(http_post(beside, key, "/chat/start_conversation", NULL),
	    401, "token_revoked");
}

static void
key__is_made_and_acts(void **state)
{
	struct server      *s = *state;
	struct user        *u = user_new(s, "ann");
	const struct reply *r = made(s, u, "");
	const char         *key = reply_text(r, "key");
	cJSON              *json = (cJSON *)(uintptr_t)r->json;

	assert_int_equal(strncmp(key, "sk-aichat-", 10), 0);
	assert_int_equal(strlen(key), 85);
	assert_string_equal(reply_text(r, "name"), "laptop");
	assert_int_equal(
	    strncmp(key, reply_text(r, "prefix"), strlen("sk-aichat-12345678")),
	    0);
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "expires_at")));
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "daily_limit")));
	/* As the user, at any server. */
	assert_int_equal(conversation_new(s, key), 1);
	assert_status(chat_send(beside, key, 1, "gpt", PRIVATE), 200);
	assert_status(http_get(s, u->token, "/chat/history"), 200);
	assert_int_equal(
	    cJSON_GetArraySize(http_get(s, key, "/chat/history")->json), 1);
	/* Nothing of it is stored, or logged. */
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM api_keys WHERE"
			     " api_keys::text LIKE '%%%s%%'",
			     key + 40),
	    0);
	assert_null(strstr(scratch_file(s->log), key + 20));
}

static void
list__shows_no_key(void **state)
{
	struct server      *s = *state;
	struct user        *u = user_new(s, "ben");
	const struct reply *one = made(s, u, "");
	const struct reply *two = made(
	    s, u, ",\"expires_in_days\":2,\"daily_limit\":7");
	struct reply *r = http_get(beside, u->token, "/auth/keys");
	const cJSON  *data, *item;

	assert_status(r, 200);
	data = cJSON_GetObjectItem(r->json, "data");
	assert_int_equal(cJSON_GetArraySize(data), 2);
	item = cJSON_GetArrayItem(data, 0);
	assert_string_equal(cJSON_GetObjectItem(item, "id")->valuestring,
	    reply_text(two, "id"));
	assert_int_equal(
	    cJSON_GetObjectItem(item, "daily_limit")->valuedouble, 7);
	assert_true(cJSON_IsString(cJSON_GetObjectItem(item, "expires_at")));
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(item, "used_at")));
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(item, "revoked")));
	assert_null(strstr(r->body, reply_text(one, "key") + 30));
	assert_null(cJSON_GetObjectItem(item, "key"));
	assert_int_equal(
	    sql_int(s,
		"SELECT round(extract(epoch FROM expires_at - created_at))"
		"::bigint FROM api_keys WHERE id = '%s'",
		reply_text(two, "id")),
	    2 * 86400);
}

static void
use__is_noted_now_and_then(void **state)
{
	struct server      *s = *state;
	struct user        *u = user_new(s, "cid");
	const struct reply *k = made(s, u, "");
	const char         *key = reply_text(k, "key");
	const char         *id = reply_text(k, "id");
	int                 i;

	for (i = 0; i < 4; i++) {
		assert_status(http_get(s, key, "/chat/history"), 200);
		assert_status(http_get(beside, key, "/chat/history"), 200);
	}
	sql_await(s, 1,
	    "SELECT count(*) FROM api_keys WHERE id = '%s'"
	    " AND used_at > now() - interval '1 minute'",
	    id);
	sql_await(s, 1,
	    "SELECT count(*) FROM audit WHERE event = 'key_used'"
	    " AND detail = '%s' AND address = '127.0.0.1'",
	    id);
}

static void
revoke__is_at_once(void **state)
{
	struct server      *s = *state;
	struct user        *u = user_new(s, "dan"), *other = user_new(s, "eva");
	const struct reply *k = made(s, u, "");
	const char         *key = reply_text(k, "key");
	const char         *id = reply_text(k, "id");

	assert_error(revoke_key(s, other->token, id), 404, "key_not_found");
	assert_error(
	    revoke_key(s, u->token, "00000000-0000-4000-8000-000000000000"),
	    404, "key_not_found");
	assert_error(
	    revoke_key(s, u->token, "0000000000000000-0000-0000-000000000"),
	    404, "key_not_found");
	assert_status(http_get(beside, key, "/chat/history"), 200);
	assert_status(revoke_key(s, u->token, id), 200);
	assert_void(key, s);
	/* Once more does no harm. */
	assert_status(revoke_key(beside, u->token, id), 200);
	sql_await(s, 1,
	    "SELECT count(*) FROM audit a JOIN api_keys k USING (user_id)"
	    " WHERE event = 'key_revoked' AND k.id = '%s'",
	    id);
	assert_status(http_get(s, u->token, "/chat/history"), 200);
}

static void
key__expires(void **state)
{
	struct server      *s = *state;
	struct user        *u = user_new(s, "fay");
	const struct reply *k = made(s, u, ",\"expires_in_days\":1");
	const char         *key = reply_text(k, "key");

	assert_status(http_get(s, key, "/chat/history"), 200);
	sql_run(s, "UPDATE api_keys SET expires_at = now() WHERE id = '%s'",
	    reply_text(k, "id"));
	assert_void(key, s);
}

static void
key__of_a_disabled_user(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "gus");
	const char    *key = reply_text(made(s, u, ""), "key");

	sql_run(
	    s, "UPDATE users SET disabled_at = now() WHERE id = %lld", u->id);
	assert_void(key, s);
}

/* A key that is changed anywhere is nobody's. */
static void
key__forged(void **state)
{
	static const int places[] = {12, 30, 40, 41, 60, 82};
	struct server   *s = *state;
	struct user     *u = user_new(s, "hal");
	const char      *key = reply_text(made(s, u, ""), "key");
	char            *forged;
	size_t           i;

	for (i = 0; i < COUNT(places); i++) {
		forged = scratch_printf("%s", key);
		forged[places[i]] = forged[places[i]] == 'B' ? 'C' : 'B';
		assert_int_equal(
		    http_get(s, forged, "/chat/history")->status, 401);
	}
	assert_error(http_get(s, scratch_printf("%.80s", key), "/chat/history"),
	    401, "token_malformed");
	assert_error(
	    http_get(s, "sk-aichat-", "/chat/history"), 401, "token_malformed");
	/* A user's day that is used up is nothing a forger hears of. */
	conversation_new(s, u->token);
	sql_run(s, "UPDATE users SET daily_limit = 0 WHERE id = %lld", u->id);
	forged[82] = key[82] == 'B' ? 'C' : 'B';
	for (i = 0; i < 6; i++) {
		assert_error(chat_send(s, u->token, 1, "gpt", PRIVATE), 429,
		    "rate_limit_reached");
		assert_error(chat_send(s, forged, 1, "gpt", PRIVATE), 401,
		    "token_revoked");
		assert_error(chat_send(s, key, 1, "gpt", PRIVATE), 429,
		    "rate_limit_reached");
	}
}

static void
limit__is_exact(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ida");
	const char *key = reply_text(made(s, u, ",\"daily_limit\":7"), "key");
	const char *other = reply_text(
	    made(s, u, ",\"daily_limit\":50"), "key");
	struct request q[AT_ONCE];
	struct reply **one, **two;
	size_t         i;

	conversation_new(s, u->token);
	for (i = 0; i < AT_ONCE; i++)
		q[i] = (struct request){.path = "/chat/",
		    .token = key,
		    .body = chat_body(1, "gpt", PRIVATE)};
	one = http_many(s, q, AT_ONCE);
	two = http_many(beside, q, AT_ONCE);
	assert_int_equal(
	    http_count(one, AT_ONCE, 200) + http_count(two, AT_ONCE, 200), 7);
	assert_int_equal(
	    http_count(one, AT_ONCE, 429) + http_count(two, AT_ONCE, 429),
	    2 * AT_ONCE - 7);
	assert_error_says(chat_send(s, key, 1, "gpt", PRIVATE), 429,
	    "key_limit_reached", "The API key's own daily limit is reached");
	/* The user's own is not used up, nor another key's. */
	assert_status(chat_send(s, u->token, 1, "gpt", PRIVATE), 200);
	assert_status(chat_send(beside, u->token, 1, "gpt", PRIVATE), 200);
	assert_status(chat_send(s, other, 1, "gpt", PRIVATE), 200);
	assert_int_equal(sql_int(s,
			     "SELECT used FROM daily_usage"
			     " WHERE user_id = %lld",
			     u->id),
	    10);
}

static void
key__may_not_manage(void **state)
{
	static const struct {
		const char *method, *path;
	} routes[] = {
	    {"POST", "/auth/keys"},
	    {"GET", "/auth/keys"},
	    {"DELETE", "/auth/keys/00000000-0000-4000-8000-000000000000"},
	    {"POST", "/auth/logout"},
	    {"GET", "/auth/sessions"},
	    {"DELETE", "/auth/sessions/00000000-0000-4000-8000-000000000000"},
	    {"POST", "/auth/password"},
	    {"GET", "/auth/export"},
	    {"POST", "/auth/totp"},
	    {"DELETE", "/auth/totp"},
	    {"POST", "/auth/totp/confirm"},
	    {"DELETE", "/auth/me"},
	};
	struct server *s = *state;
	struct user   *u = user_new(s, "jo");
	struct request q = {.token = reply_text(made(s, u, ""), "key")};
	size_t         i;

	for (i = 0; i < COUNT(routes); i++) {
		q.method = routes[i].method;
		q.path = routes[i].path;
		assert_error(http_call(s, &q), 403, "key_not_allowed");
	}
	/* It is no refresh token. */
	q.method = "POST";
	q.path = "/auth/refresh";
	assert_int_equal(http_call(s, &q)->status, 401);
}

static void
make__again(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "kim"), *other = user_new(s, "leo");
	struct request q[16];
	struct reply **r;
	const char    *key;
	size_t         i;

	for (i = 0; i < COUNT(q); i++)
		q[i] = (struct request){.path = "/auth/keys",
		    .token = u->token,
		    .body = "{\"name\":\"one\",\"expires_in_days\":3}",
		    .headers = {"Idempotency-Key: k1"}};
	r = http_many(s, q, COUNT(q));
	assert_int_equal(http_count(r, COUNT(q), 201), COUNT(q));
	key = reply_text(r[0], "key");
	for (i = 1; i < COUNT(q); i++)
		assert_string_equal(reply_text(r[i], "key"), key);
	assert_string_equal(reply_text(http_call(beside, &q[0]), "key"), key);
	assert_status(http_get(beside, key, "/chat/history"), 200);
	q[0].body = "{\"name\":\"two\",\"expires_in_days\":3}";
	assert_error(http_call(beside, &q[0]), 422, "idempotency_key_reused");
	q[1].token = other->token;
	assert_string_not_equal(reply_text(http_call(s, &q[1]), "key"), key);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM api_keys"
			     " WHERE user_id IN (%lld, %lld)",
			     u->id, other->id),
	    2);
}

static void
make__refuses(void **state)
{
	static const char *const bodies[] = {
	    "{}",
	    "{\"name\":null}",
	    "{\"name\":\"\"}",
	    "{\"name\":\"  \"}",
	    "{\"name\":1}",
	    "{\"name\":[]}",
	    "{\"name\":\"x\",\"expires_in_days\":0}",
	    "{\"name\":\"x\",\"expires_in_days\":-1}",
	    "{\"name\":\"x\",\"expires_in_days\":3651}",
	    "{\"name\":\"x\",\"expires_in_days\":1.5}",
	    "{\"name\":\"x\",\"expires_in_days\":\"1\"}",
	    "{\"name\":\"x\",\"daily_limit\":0}",
	    "{\"name\":\"x\",\"daily_limit\":-1}",
	    "{\"name\":\"x\",\"daily_limit\":true}",
	    "{\"name\":\"x\",\"daily_limit\":1000001}",
	};
	struct server *s = *state;
	struct user   *u = user_new(s, "mia");
	char          *name = scratch_alloc(102);
	size_t         i;

	for (i = 0; i < COUNT(bodies); i++)
		assert_error(make(s, u, bodies[i]), 400, "invalid_field");
	memset(name, 'x', 101);
	assert_error(make(s, u, scratch_printf("{\"name\":\"%s\"}", name)), 400,
	    "invalid_field");
	name[100] = '\0';
	assert_status(
	    make(s, u, scratch_printf("{\"name\":\"%s\"}", name)), 201);
	assert_error(make(s, u, "["), 400, "invalid_json");
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM api_keys"
			     " WHERE user_id = %lld",
			     u->id),
	    1);
}

/* At once, over both workers: so many as there may be, and not one more. */
static void
make__too_many_at_once(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "nell");
	struct request q[80];
	struct reply **r;
	size_t         i;

	for (i = 0; i < COUNT(q); i++)
		q[i] = (struct request){.path = "/auth/keys",
		    .token = u->token,
		    .body = "{\"name\":\"one of many\"}"};
	r = http_many(s, q, COUNT(q));
	assert_int_equal(http_count(r, COUNT(q), 201), 50);
	assert_int_equal(http_count(r, COUNT(q), 409), 30);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM api_keys"
			     " WHERE user_id = %lld",
			     u->id),
	    50);
}

static void
make__too_many(void **state)
{
	struct server      *s = *state;
	struct user        *u = user_new(s, "ned");
	const struct reply *k = NULL;
	int                 i;

	for (i = 0; i < 50; i++)
		k = made(s, u, "");
	assert_error(make(s, u, "{\"name\":\"x\"}"), 409, "too_many_keys");
	assert_status(revoke_key(s, u->token, reply_text(k, "id")), 200);
	made(s, u, "");
	/* Those void for a month go with the next one. */
	sql_run(s,
	    "UPDATE api_keys SET revoked_at = now() - interval '31 days'"
	    " WHERE user_id = %lld",
	    u->id);
	made(s, u, "");
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM api_keys"
			     " WHERE user_id = %lld",
			     u->id),
	    1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(key__is_made_and_acts),
	    cmocka_unit_test(list__shows_no_key),
	    cmocka_unit_test(use__is_noted_now_and_then),
	    cmocka_unit_test(revoke__is_at_once),
	    cmocka_unit_test(key__expires),
	    cmocka_unit_test(key__of_a_disabled_user),
	    cmocka_unit_test(key__forged),
	    cmocka_unit_test(limit__is_exact),
	    cmocka_unit_test(key__may_not_manage),
	    cmocka_unit_test(make__again),
	    cmocka_unit_test(make__refuses),
	    cmocka_unit_test(make__too_many),
	    cmocka_unit_test(make__too_many_at_once),
	};

	return (harness_run(tests, start));
}
