/*
 * Links to conversations, import and export, and usage.
 */
#include "harness.h"

static int
start(void **state)
{
	*state = server_start(NULL);
	return (0);
}

static struct reply *
call(struct server *s, const char *token, const char *method, const char *path,
    const char *body)
{
	struct request q = {
	    .method = method, .path = path, .token = token, .body = body};

	return (http_call(s, &q));
}

static const char *
below(const char *id, const char *rest)
{
	return (scratch_printf("/v1/conversations/%s%s", id, rest));
}

static const cJSON *
data(const struct reply *r)
{
	return (cJSON_GetObjectItem(r->json, "data"));
}

static const char *
text(const cJSON *object, const char *member)
{
	return (cJSON_GetStringValue(cJSON_GetObjectItem(object, member)));
}

/* The id of a conversation in which so much was said. */
static const char *
talk(struct server *s, const struct user *u, int turns)
{
	struct reply *r = http_post(s, u->token, "/v1/conversations",
	    "{\"metadata\":{\"title\":\"Mine\",\"secret\":\"" PRIVATE "\"}}");
	int           i;

	assert_status(r, 200);
	for (i = 0; i < turns; i++)
		assert_status(chat_send(s, u->token,
				  (int)reply_int(r, "conversation_number"),
				  "gpt", scratch_printf("%d", i)),
		    200);
	return (reply_text(r, "id"));
}

static int
shown(const struct reply *r)
{
	return (cJSON_GetArraySize(cJSON_GetObjectItem(
	    cJSON_GetObjectItem(r->json, "items"), "data")));
}

static void
share__shows_what_was_said_until_then(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	const char    *id = talk(s, u, 2), *path;
	struct reply  *r;

	r = http_post(s, u->token, below(id, "/share"), "{}");
	assert_status(r, 200);
	assert_int_equal(strlen(reply_text(r, "token")), 54);
	assert_in_range(reply_int(r, "created_at"), 1700000000, 4000000000);
	path = scratch_printf("/shared/%s", reply_text(r, "token"));
	assert_string_equal(reply_text(r, "url"),
	    scratch_printf("https://127.0.0.1:%d%s", s->port, path));
	r = http_get(s, NULL, path);
	assert_status(r, 200);
	assert_string_equal(reply_text(r, "title"), "Mine");
	assert_int_equal(shown(r), 4);
	assert_null(strstr(r->body, PRIVATE));
	/* What is said later is not shown, what is deleted no longer. */
	assert_status(chat_send(s, u->token, 1, "gpt", PRIVATE), 200);
	r = http_get(s, NULL, path);
	assert_int_equal(shown(r), 4);
	assert_null(strstr(r->body, PRIVATE));
	r = http_get(s, NULL, scratch_printf("%s?limit=3", path));
	assert_int_equal(shown(r), 4);
	r = http_get(s, u->token, below(id, "/items?order=asc"));
	call(s, u->token, "DELETE",
	    below(id,
		scratch_printf(
		    "/items/%s", text(cJSON_GetArrayItem(data(r), 0), "id"))),
	    NULL);
	assert_int_equal(shown(http_get(s, NULL, path)), 3);
	r = http_get(s, u->token, below(id, ""));
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(r->json, "shared")));
}

static void
share__ends(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ben"), *other = user_new(s, "cem");
	const char    *id = talk(s, u, 1), *one, *two;
	struct reply  *r;

	assert_v1_invalid(http_post(s, other->token, below(id, "/share"), "{}"),
	    404, "conversation_not_found", NULL);
	r = http_post(s, u->token, below(id, "/share"), "{}");
	one = scratch_printf("/shared/%s", reply_text(r, "token"));
	r = http_post(s, u->token, below(id, "/share"), "{}");
	two = scratch_printf("/shared/%s", reply_text(r, "token"));
	assert_string_not_equal(one, two);
	assert_status(http_get(s, NULL, one), 200);
	assert_status(http_get(s, NULL, two), 200);
	assert_v1_invalid(
	    call(s, other->token, "DELETE", below(id, "/share"), NULL), 404,
	    "conversation_not_found", NULL);
	assert_status(http_get(s, NULL, one), 200);
	assert_status(
	    call(s, u->token, "DELETE", below(id, "/share"), NULL), 200);
	assert_error(http_get(s, NULL, one), 404, "share_not_found");
	assert_error(http_get(s, NULL, two), 404, "share_not_found");
	/* And with the conversation, and while its owner is disabled. */
	r = http_post(s, u->token, below(id, "/share"), "{}");
	one = scratch_printf("/shared/%s", reply_text(r, "token"));
	sql_run(
	    s, "UPDATE users SET disabled_at = now() WHERE id = %lld", u->id);
	assert_error(http_get(s, NULL, one), 404, "share_not_found");
	sql_run(
	    s, "UPDATE users SET disabled_at = NULL WHERE id = %lld", u->id);
	assert_status(http_get(s, NULL, one), 200);
	assert_status(call(s, u->token, "DELETE", below(id, ""), NULL), 200);
	assert_error(http_get(s, NULL, one), 404, "share_not_found");
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM shares"
			     " WHERE user_id = %lld",
			     u->id),
	    0);
}

static void
share__is_not_guessed(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "dan");
	const char    *id = talk(s, u, 1), *path;
	char          *token;
	struct reply  *r;
	int            i;

	r = http_post(s, u->token, below(id, "/share"), "{}");
	token = scratch_printf("%s", reply_text(r, "token"));
	path = scratch_printf("/shared/%s", token);
	for (i = 0; i < 54; i += 5) {
		char *wrong = scratch_printf("%s", path);

		wrong[8 + i] = wrong[8 + i] == 'A' ? 'B' : 'A';
		assert_error(http_get(s, NULL, wrong), 404, "share_not_found");
	}
	assert_error(http_get(s, NULL, "/shared/x"), 404, "share_not_found");
	assert_error(http_get(s, NULL, "/shared/"), 404, "not_found");
	assert_error(http_post(s, NULL, path, "{}"), 405, "method_not_allowed");
	/* The database does not have it. */
	assert_int_equal(
	    sql_int(s,
		"SELECT count(*) FROM shares s WHERE s::text LIKE '%%%s%%'",
		token),
	    0);
}

static void
share__links_are_bounded(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "eva");
	const char    *id = talk(s, u, 0), *first = NULL, *last = NULL;
	struct reply  *r;
	int            i;

	for (i = 0; i < 40; i++) {
		r = http_post(s, u->token, below(id, "/share"), "{}");
		assert_status(r, 200);
		last = scratch_printf("/shared/%s", reply_text(r, "token"));
		first = first == NULL ? last : first;
	}
	assert_error(http_get(s, NULL, first), 404, "share_not_found");
	assert_status(http_get(s, NULL, last), 200);
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM shares"
			     " WHERE user_id = %lld",
			     u->id),
	    32);
}

static void
import__comes_back_by_export(void **state)
{
	static const char given[] =
	    "{\"conversations\":[{\"title\":\"Old\",\"created_at\":1500000000,"
	    "\"metadata\":{\"from\":\"elsewhere\"},\"messages\":["
	    "{\"role\":\"system\",\"content\":\"Be kind.\","
	    "\"created_at\":1500000000},"
	    "{\"role\":\"user\",\"content\":\"Hi\",\"created_at\":1500000001},"
	    "{\"role\":\"assistant\",\"content\":\"Ho\","
	    "\"created_at\":1500000001,\"model\":\"gpt-4\"},"
	    "{\"role\":\"user\",\"content\":\"And?\","
	    "\"created_at\":1500000001}]},"
	    "{\"messages\":[{\"role\":\"user\",\"content\":\"No title\"}]}]}";
	struct server *s = *state;
	struct user   *u = user_new(s, "fay");
	struct request q = {.path = "/v1/conversations/import",
	    .token = u->token,
	    .body = given};
	const cJSON   *one;
	struct reply  *r, *again;

	q.headers[0] = "Idempotency-Key: import";
	r = http_call(s, &q);
	assert_status(r, 200);
	assert_int_equal(cJSON_GetArraySize(data(r)), 2);
	one = cJSON_GetArrayItem(data(r), 0);
	assert_string_equal(text(one, "title"), "Old");
	assert_int_equal(
	    cJSON_GetObjectItem(one, "created_at")->valueint, 1500000000);
	assert_int_equal(
	    cJSON_GetObjectItem(one, "updated_at")->valueint, 1500000001);
	assert_string_equal(
	    text(cJSON_GetArrayItem(data(r), 1), "title"), "No title");
	again = http_call(s, &q);
	assert_string_equal(again->body, r->body);
	assert_int_equal(
	    sql_int(s,
		"SELECT count(*) FROM conversations WHERE user_id = %lld",
		u->id),
	    2);
	r = http_get(s, u->token, below(text(one, "id"), "/export"));
	assert_status(r, 200);
	assert_string_equal(r->body,
	    "{\"conversations\":[{\"title\":\"Old\",\"created_at\":1500000000,"
	    "\"metadata\":{\"from\":\"elsewhere\"},\"messages\":["
	    "{\"role\":\"system\",\"content\":\"Be kind.\","
	    "\"created_at\":1500000000},"
	    "{\"role\":\"user\",\"content\":\"Hi\",\"created_at\":1500000001},"
	    "{\"role\":\"assistant\",\"content\":\"Ho\","
	    "\"created_at\":1500000001,\"model\":\"gpt-4\"},"
	    "{\"role\":\"user\",\"content\":\"And?\","
	    "\"created_at\":1500000001}]}]}");
	/* It costs no message. */
	assert_int_equal(sql_int(s,
			     "SELECT count(*) FROM daily_usage"
			     " WHERE user_id = %lld",
			     u->id),
	    0);
}

static void
import__is_refused_whole(void **state)
{
	static const char *const wrong[][2] = {{"{}", "conversations"},
	    {"{\"conversations\":[]}", "conversations"},
	    {"{\"conversations\":[1]}", "conversations[0]"},
	    {"{\"conversations\":[{\"title\":1}]}", "conversations[0].title"},
	    {"{\"conversations\":[{\"metadata\":1}]}",
		"conversations[0].metadata"},
	    {"{\"conversations\":[{\"created_at\":-1}]}",
		"conversations[0].created_at"},
	    {"{\"conversations\":[{\"messages\":{}}]}",
		"conversations[0].messages"},
	    {"{\"conversations\":[{},{\"messages\":[{\"role\":\"user\"}]}]}",
		"conversations[1].messages[0].content"},
	    {"{\"conversations\":[{},{\"messages\":[{\"role\":\"user\","
	     "\"content\":\"x\",\"created_at\":\"now\"}]}]}",
		"conversations[1].messages[0].created_at"}};
	struct server           *s = *state;
	struct user             *u = user_new(s, "gus");
	size_t                   i;

	for (i = 0; i < COUNT(wrong); i++)
		assert_v1_invalid(http_post(s, u->token,
				      "/v1/conversations/import", wrong[i][0]),
		    400, "invalid_value", wrong[i][1]);
	assert_int_equal(
	    sql_int(s,
		"SELECT count(*) FROM conversations WHERE user_id = %lld",
		u->id),
	    0);
}

/* More than a page, and more than one reply holds. */
static void
export__long(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "hal");
	const char    *id = talk(s, u, 0);
	const cJSON   *message;
	struct reply  *r;
	int            n = 0;

	sql_run(s,
	    "INSERT INTO turns (user_id, conversation, id, status, model,"
	    " prompt, response) SELECT %lld, 1, (lpad(to_hex(n), 24, '0')"
	    " || '00000001')::uuid, 'completed', 'gpt', (2 * n)::text,"
	    " rpad((2 * n + 1)::text || ' ', 2000, 'x')"
	    " FROM generate_series(0, 700) n",
	    u->id);
	r = http_get(s, u->token, below(id, "/export"));
	assert_status(r, 200);
	cJSON_ArrayForEach(message,
	    cJSON_GetObjectItem(
		cJSON_GetArrayItem(
		    cJSON_GetObjectItem(r->json, "conversations"), 0),
		"messages"))
		assert_int_equal(atoi(text(message, "content")), n++);
	assert_int_equal(n, 1402);
}

static void
usage__by_day_and_model(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ida");
	const cJSON   *one;
	struct reply  *r;

	talk(s, u, 2);
	assert_status(chat_send(s, u->token, 1, "Claude", "Hello"), 200);
	sql_run(s,
	    "INSERT INTO daily_usage (user_id, day, used, models) VALUES"
	    " (%lld, (now() AT TIME ZONE 'UTC')::date - 40, 1,"
	    " '{\"gpt\": [1, 2, 3]}')",
	    u->id);
	r = http_get(s, u->token, "/v1/usage?days=7");
	assert_status(r, 200);
	assert_int_equal(cJSON_GetArraySize(data(r)), 2);
	one = cJSON_GetArrayItem(data(r), 1);
	assert_string_equal(text(one, "model"), "gpt");
	assert_int_equal(cJSON_GetObjectItem(one, "messages")->valueint, 2);
	assert_int_equal(
	    cJSON_GetObjectItem(one, "prompt_tokens")->valueint, 2);
	assert_int_equal(strlen(text(one, "date")), 10);
	r = http_get(s, u->token, "/v1/usage?days=100");
	assert_int_equal(cJSON_GetArraySize(data(r)), 3);
	assert_int_equal(
	    cJSON_GetArraySize(data(http_get(s, u->token, "/v1/usage"))), 2);
	assert_v1_invalid(http_get(s, u->token, "/v1/usage?days=1000"), 400,
	    "invalid_value", "days");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(share__shows_what_was_said_until_then),
	    cmocka_unit_test(share__ends),
	    cmocka_unit_test(share__is_not_guessed),
	    cmocka_unit_test(share__links_are_bounded),
	    cmocka_unit_test(import__comes_back_by_export),
	    cmocka_unit_test(import__is_refused_whole),
	    cmocka_unit_test(export__long),
	    cmocka_unit_test(usage__by_day_and_model),
	};

	return (harness_run(tests, start));
}
