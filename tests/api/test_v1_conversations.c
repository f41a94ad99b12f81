/*
 * /v1/conversations and their items: what OpenAI's clients do with them, and
 * the lists.
 */
#include "harness.h"

#define NOBODYS "conv_0123456789abcdef0123456789abcdef"

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
make(struct server *s, const struct user *u, const char *body)
{
	struct reply *r = http_post(s, u->token, "/v1/conversations", body);

	assert_status(r, 200);
	return (reply_text(r, "id"));
}

static char *
below(const char *id, const char *rest)
{
	return (scratch_printf("/v1/conversations/%s%s", id, rest));
}

static const cJSON *
entry(const struct reply *r, int i)
{
	return (cJSON_GetArrayItem(cJSON_GetObjectItem(r->json, "data"), i));
}

static int
entries(const struct reply *r)
{
	return (cJSON_GetArraySize(cJSON_GetObjectItem(r->json, "data")));
}

static const char *
text(const cJSON *object, const char *member)
{
	return (cJSON_GetStringValue(cJSON_GetObjectItem(object, member)));
}

static const char *
metadata(const struct reply *r, const char *name)
{
	return (text(cJSON_GetObjectItem(r->json, "metadata"), name));
}

/* The words of an item's only part. */
static const char *
said(const cJSON *item)
{
	return (
	    text(cJSON_GetArrayItem(cJSON_GetObjectItem(item, "content"), 0),
		"text"));
}

static void
conversation__is_made_read_changed_and_deleted(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	const char    *id, *path;
	struct reply  *r;

	id = make(
	    s, u, "{\"metadata\":{\"topic\":\"demo\",\"title\":\"One\"}}");
	path = below(id, "");
	r = http_get(s, u->token, path);
	assert_status(r, 200);
	assert_string_equal(reply_text(r, "object"), "conversation");
	assert_string_equal(reply_text(r, "title"), "One");
	assert_string_equal(metadata(r, "topic"), "demo");
	assert_string_equal(metadata(r, "title"), "One");
	assert_in_range(reply_int(r, "created_at"), 1700000000, 4000000000);
	r = http_post(s, u->token, path,
	    "{\"metadata\":{\"title\":\"Two\",\"pinned\":\"true\"}}");
	assert_status(r, 200);
	assert_string_equal(reply_text(r, "title"), "Two");
	assert_string_equal(metadata(r, "topic"), "demo");
	r = http_post(s, u->token, path, "{\"metadata\":{\"topic\":null}}");
	assert_null(metadata(r, "topic"));
	assert_string_equal(metadata(r, "pinned"), "true");
	r = http_post(s, u->token, path, "{\"metadata\":null}");
	assert_null(metadata(r, "pinned"));
	assert_string_equal(reply_text(r, "title"), "");
	r = call(s, u->token, "DELETE", path, NULL);
	assert_status(r, 200);
	assert_string_equal(reply_text(r, "object"), "conversation.deleted");
	assert_string_equal(reply_text(r, "id"), id);
	assert_v1_invalid(
	    http_get(s, u->token, path), 404, "conversation_not_found", NULL);
	assert_v1_invalid(call(s, u->token, "DELETE", path, NULL), 404,
	    "conversation_not_found", NULL);
}

static void
metadata__has_openais_limits(void **state)
{
	static const char *const wrong[] = {"[]", "\"x\"", "1", "{\"a\":1}",
	    "{\"a\":{}}", "{\"a\":[]}", "{\"a\":true}"};
	struct server           *s = *state;
	struct user             *u = user_new(s, "ben");
	const char              *path = below(make(s, u, "{}"), "");
	char  *pairs = scratch_printf("\"title\":\"x\""), *many;
	char  *name = scratch_alloc(66), *value = scratch_alloc(514);
	size_t i;

	for (i = 0; i < COUNT(wrong); i++)
		assert_v1_invalid(
		    http_post(s, u->token, "/v1/conversations",
			scratch_printf("{\"metadata\":%s}", wrong[i])),
		    400, "invalid_value", "metadata");
	for (i = 0; i < 16; i++)
		pairs = scratch_printf("%s,\"n%zu\":\"v\"", pairs, i);
	many = scratch_printf("{\"metadata\":{%s,\"more\":\"v\"}}", pairs);
	assert_v1_invalid(http_post(s, u->token, path, many), 400,
	    "invalid_value", "metadata");
	assert_status(http_post(s, u->token, path,
			  scratch_printf("{\"metadata\":{%s}}", pairs)),
	    200);
	/* Merged there would be too many, and then nothing is changed. */
	assert_v1_invalid(
	    http_post(s, u->token, path, "{\"metadata\":{\"x\":\"\"}}"), 400,
	    "invalid_value", "metadata");
	assert_null(metadata(http_get(s, u->token, path), "x"));
	memset(name, 'n', 65);
	memset(value, 'v', 513);
	assert_v1_invalid(
	    http_post(s, u->token, path,
		scratch_printf("{\"metadata\":{\"%s\":\"\"}}", name)),
	    400, "invalid_value", "metadata");
	assert_v1_invalid(
	    http_post(s, u->token, path,
		scratch_printf("{\"metadata\":{\"n1\":\"%s\"}}", value)),
	    400, "invalid_value", "metadata");
	assert_v1_invalid(http_post(s, u->token, path, "{}"), 400,
	    "invalid_value", "metadata");
}

static void
others__find_nothing(void **state)
{
	struct server *s = *state;
	struct user   *one = user_new(s, "cem"), *two = user_new(s, "dan");
	const char    *id = make(s, one,
	       "{\"items\":[{\"role\":\"user\",\"content\":\"" PRIVATE "\"}]}");
	const char    *item, *paths[4];
	const char    *codes[] = {"conversation_not_found",
	       "conversation_not_found", "conversation_not_found"};
	struct reply  *r;
	size_t         i;

	r = http_get(s, one->token, below(id, "/items"));
	item = scratch_printf("/items/%s", text(entry(r, 0), "id"));
	paths[0] = below(id, "");
	paths[1] = below(id, "/items");
	paths[2] = below(id, item);
	for (i = 0; i < 3; i++) {
		assert_status(http_get(s, one->token, paths[i]), 200);
		assert_v1_invalid(
		    http_get(s, two->token, paths[i]), 404, codes[i], NULL);
	}
	assert_v1_invalid(
	    call(s, two->token, "DELETE", paths[0], NULL), 404, codes[0], NULL);
	assert_v1_invalid(
	    call(s, two->token, "DELETE", paths[2], NULL), 404, codes[0], NULL);
	assert_v1_invalid(
	    http_post(s, two->token, paths[0], "{\"metadata\":{}}"), 404,
	    codes[0], NULL);
	assert_v1_invalid(http_post(s, two->token, paths[1],
			      "{\"items\":[{\"role\":\"user\",\"content\":"
			      "\"x\"}]}"),
	    404, codes[0], NULL);
	assert_v1_invalid(http_post(s, two->token, below(id, "/fork"), "{}"),
	    404, codes[0], NULL);
	assert_int_equal(
	    entries(http_get(s, two->token, "/v1/conversations")), 0);
	assert_int_equal(entries(http_get(s, one->token, paths[1])), 1);
	assert_v1_invalid(
	    http_get(s, one->token, below(NOBODYS, "")), 404, codes[0], NULL);
	assert_v1_invalid(
	    http_get(s, one->token, below("x", "")), 404, codes[0], NULL);
	assert_v1_invalid(http_get(s, NULL, "/v1/conversations"), 401,
	    "invalid_api_key", NULL);
}

/* The titles of a page, one behind another. */
static char *
titles(const struct reply *r)
{
	char *all = scratch_printf("%s", "");
	int   i;

	assert_status(r, 200);
	for (i = 0; i < entries(r); i++)
		all = scratch_printf("%s%s", all, text(entry(r, i), "title"));
	return (all);
}

static void
list__is_by_latest_activity(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "eva");
	const char    *ids[5];
	struct reply  *r;
	int            i;

	for (i = 0; i < 5; i++)
		ids[i] = make(s, u,
		    scratch_printf(
			"{\"metadata\":{\"title\":\"%c\"}}", 'A' + i));
	assert_string_equal(
	    titles(http_get(s, u->token, "/v1/conversations")), "EDCBA");
	/* Talking brings to the front, from either API. */
	assert_status(chat_send(s, u->token, 2, "gpt", PRIVATE), 200);
	assert_status(chat_send(s, u->token, 2, "gpt", PRIVATE), 200);
	assert_status(http_post(s, u->token, below(ids[3], "/items"),
			  "{\"items\":[{\"role\":\"user\",\"content\":"
			  "\"x\"}]}"),
	    200);
	assert_string_equal(
	    titles(http_get(s, u->token, "/v1/conversations")), "DBECA");
	/* Renaming does not; what is pinned comes first. */
	http_post(
	    s, u->token, below(ids[0], ""), "{\"metadata\":{\"title\":\"a\"}}");
	http_post(s, u->token, below(ids[2], ""),
	    "{\"metadata\":{\"pinned\":\"true\"}}");
	assert_string_equal(
	    titles(http_get(s, u->token, "/v1/conversations")), "CDBEa");
	http_post(s, u->token, below(ids[1], ""),
	    "{\"metadata\":{\"archived\":\"true\"}}");
	assert_string_equal(
	    titles(http_get(s, u->token, "/v1/conversations?archived=false")),
	    "CDEa");
	assert_string_equal(
	    titles(http_get(s, u->token, "/v1/conversations?archived=true")),
	    "B");
	r = http_get(s, u->token, "/v1/conversations?limit=2");
	assert_string_equal(titles(r), "CD");
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(r->json, "has_more")));
	assert_string_equal(reply_text(r, "first_id"), ids[2]);
	assert_string_equal(reply_text(r, "last_id"), ids[3]);
	r = http_get(s, u->token,
	    scratch_printf("/v1/conversations?limit=3&after=%s",
		reply_text(r, "last_id")));
	assert_string_equal(titles(r), "BEa");
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(r->json, "has_more")));
}

static void
list__refuses_what_it_does_not_know(void **state)
{
	static const char *const wrong[][2] = {{"limit=0", "limit"},
	    {"limit=101", "limit"}, {"limit=x", "limit"},
	    {"archived=maybe", "archived"}, {"order=up", "order"}};
	struct server           *s = *state;
	struct user             *u = user_new(s, "fay");
	struct reply            *r;
	size_t                   i;

	for (i = 0; i < COUNT(wrong); i++)
		assert_v1_invalid(
		    http_get(s, u->token,
			scratch_printf("/v1/conversations?%s", wrong[i][0])),
		    400, "invalid_value", wrong[i][1]);
	assert_v1_invalid(
	    http_get(s, u->token, "/v1/conversations?after=" NOBODYS), 404,
	    "conversation_not_found", "after");
	assert_v1_invalid(
	    http_get(s, u->token, "/v1/conversations?after=msg_1"), 404,
	    "conversation_not_found", "after");
	r = http_get(s, u->token, "/v1/conversations");
	assert_int_equal(entries(r), 0);
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(r->json, "last_id")));
}

static void
items__are_made_read_and_deleted(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "gus");
	const char    *id, *items, *path;
	struct reply  *r;

	id = make(s, u,
	    "{\"items\":[{\"type\":\"message\",\"role\":\"developer\","
	    "\"content\":\"Be brief.\"},{\"role\":\"user\",\"content\":[{"
	    "\"type\":\"input_text\",\"text\":\"  Hello\\n there\"}]},"
	    "{\"role\":\"assistant\",\"content\":\"Hi.\"}]}");
	assert_string_equal(
	    reply_text(http_get(s, u->token, below(id, "")), "title"),
	    "Hello there");
	items = below(id, "/items");
	r = http_get(s, u->token, below(id, "/items?order=asc"));
	assert_int_equal(entries(r), 3);
	assert_string_equal(text(entry(r, 0), "role"), "system");
	assert_string_equal(said(entry(r, 0)), "Be brief.");
	assert_string_equal(text(entry(r, 1), "role"), "user");
	assert_string_equal(said(entry(r, 1)), "  Hello\n there");
	assert_string_equal(text(entry(r, 2), "role"), "assistant");
	assert_string_equal(said(entry(r, 2)), "Hi.");
	assert_string_equal(text(entry(r, 2), "status"), "completed");
	assert_string_equal(
	    text(entry(r, 1), "response_id"), text(entry(r, 2), "response_id"));
	assert_string_equal(text(entry(r, 1), "previous_response_id"),
	    text(entry(r, 0), "response_id"));
	r = http_post(s, u->token, items,
	    "{\"items\":[{\"role\":\"assistant\",\"content\":\"More.\"},"
	    "{\"role\":\"user\",\"content\":\"Yes?\"}]}");
	assert_status(r, 200);
	assert_int_equal(entries(r), 2);
	assert_string_equal(said(entry(r, 0)), "More.");
	assert_string_equal(said(entry(r, 1)), "Yes?");
	path = below(id, scratch_printf("/items/%s", text(entry(r, 1), "id")));
	r = http_get(s, u->token, path);
	assert_status(r, 200);
	assert_string_equal(said(r->json), "Yes?");
	r = call(s, u->token, "DELETE", path, NULL);
	assert_status(r, 200);
	assert_string_equal(reply_text(r, "id"), id);
	assert_v1_invalid(
	    http_get(s, u->token, path), 404, "message_not_found", NULL);
	assert_v1_invalid(call(s, u->token, "DELETE", path, NULL), 404,
	    "message_not_found", NULL);
	r = http_get(s, u->token, items);
	assert_int_equal(entries(r), 4);
	assert_string_equal(said(entry(r, 0)), "More.");
}

static void
items__are_refused_by_name(void **state)
{
	static const char *const wrong[][2] = {{"{}", "items"},
	    {"{\"items\":[]}", "items"}, {"{\"items\":1}", "items"},
	    {"{\"items\":[1]}", "items[0].type"},
	    {"{\"items\":[{\"type\":\"reasoning\"}]}", "items[0].type"},
	    {"{\"items\":[{\"role\":\"boss\",\"content\":\"x\"}]}",
		"items[0].role"},
	    {"{\"items\":[{\"role\":\"user\",\"content\":\"x\"},"
	     "{\"role\":\"user\",\"content\":7}]}",
		"items[1].content"},
	    {"{\"items\":[{\"role\":\"user\",\"content\":\"\"}]}",
		"items[0].content"},
	    {"{\"items\":[{\"role\":\"user\",\"content\":[{\"type\":"
	     "\"input_image\"}]}]}",
		"items[0].content"}};
	struct server           *s = *state;
	struct user             *u = user_new(s, "hal");
	const char              *items = below(make(s, u, "{}"), "/items");
	char                    *many = scratch_printf("%s", "");
	size_t                   i;

	for (i = 0; i < COUNT(wrong); i++)
		assert_v1_invalid(http_post(s, u->token, items, wrong[i][0]),
		    400, "invalid_value", wrong[i][1]);
	for (i = 0; i < 21; i++)
		many = scratch_printf(
		    "%s%s{\"role\":\"user\",\"content\":\"x\"}", many,
		    i > 0 ? "," : "");
	assert_v1_invalid(http_post(s, u->token, items,
			      scratch_printf("{\"items\":[%s]}", many)),
	    400, "invalid_value", "items");
	assert_int_equal(entries(http_get(s, u->token, items)), 0);
}

/* Both ways: every item once, at most so many on a page. Each says its place,
 * from 1. */
static void
assert_pages(struct server *s, const struct user *u, const char *items,
    int limit, int most, int total)
{
	const char   *after;
	struct reply *r;
	int           i, n, ascending;

	for (ascending = 0; ascending < 2; ascending++) {
		after = "";
		n = 0;
		do {
			r = http_get(s, u->token,
			    scratch_printf("%s?limit=%d&order=%s%s", items,
				limit, ascending ? "asc" : "desc", after));
			assert_status(r, 200);
			assert_in_range(entries(r), 1, most);
			for (i = 0; i < entries(r); i++, n++)
				assert_int_equal(atoi(said(entry(r, i))),
				    ascending ? n + 1 : total - n);
			after = scratch_printf(
			    "&after=%s", reply_text(r, "last_id"));
		} while (
		    cJSON_IsTrue(cJSON_GetObjectItem(r->json, "has_more")));
		assert_int_equal(n, total);
	}
}

static void
items__are_paged(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ida");
	const char    *id;
	int            limit;

	id = make(s, u,
	    "{\"items\":[{\"role\":\"assistant\",\"content\":\"1\"},"
	    "{\"role\":\"user\",\"content\":\"2\"},"
	    "{\"role\":\"user\",\"content\":\"3\"},"
	    "{\"role\":\"assistant\",\"content\":\"4\"},"
	    "{\"role\":\"user\",\"content\":\"5\"},"
	    "{\"role\":\"assistant\",\"content\":\"6\"},"
	    "{\"role\":\"user\",\"content\":\"7\"},"
	    "{\"role\":\"user\",\"content\":\"8\"},"
	    "{\"role\":\"user\",\"content\":\"9\"}]}");
	for (limit = 1; limit <= 10; limit++)
		assert_pages(s, u, below(id, "/items"), limit, limit, 9);
}

/* Fewer than asked for when they are large. */
static void
items__are_paged_by_size(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "olga");
	const char    *items = below(make(s, u, "{}"), "/items");

	sql_run(s,
	    "INSERT INTO turns (user_id, conversation, id, status, model,"
	    " prompt, response) SELECT user_id, number, lpad(to_hex(n), 32,"
	    " '0')::uuid, 'completed', 'gpt', 2 * n - 1, 2 * n || repeat(' ',"
	    " 100000) FROM conversations, generate_series(1, 10) n"
	    " WHERE user_id = %lld",
	    u->id);
	assert_pages(s, u, items, 100, 8, 20);
}

/* What went on from a deleted turn goes on from the one before it. */
static void
items__deleted_leave_the_branch_whole(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "jan");
	const char    *id, *first, *second;
	struct reply  *r;
	int            i;

	id = make(s, u, "{}");
	for (i = 0; i < 3; i++)
		assert_status(chat_send(s, u->token, 1, "gpt", PRIVATE), 200);
	r = http_get(s, u->token, below(id, "/items?order=asc"));
	assert_int_equal(entries(r), 6);
	first = text(entry(r, 0), "response_id");
	second = text(entry(r, 2), "response_id");
	assert_string_equal(text(entry(r, 4), "previous_response_id"), second);
	for (i = 2; i < 4; i++)
		assert_status(call(s, u->token, "DELETE",
				  below(id,
				      scratch_printf("/items/%s",
					  text(entry(r, i), "id"))),
				  NULL),
		    200);
	r = http_get(s, u->token, below(id, "/items?order=asc"));
	assert_int_equal(entries(r), 4);
	assert_string_equal(text(entry(r, 2), "previous_response_id"), first);
	assert_int_equal(
	    sql_int(
		s, "SELECT count(*) FROM turns WHERE user_id = %lld", u->id),
	    2);
}

static void
delete__takes_everything(void **state)
{
	static const char *const tables[] = {
	    "turns", "turn_events", "conversations", "idempotency_keys"};
	struct server *s = *state;
	struct user   *u = user_new(s, "kim");
	struct request q = {.path = "/chat/", .token = u->token};
	const char    *id = make(s, u, "{}");
	size_t         i;

	q.headers[0] = "Idempotency-Key: one";
	q.body = "{\"model\":\"gpt\",\"prompt\":\"" PRIVATE
		 " a b c\",\"conversation_number\":1,\"stream\":true}";
	assert_int_equal(http_call(s, &q)->status, 200);
	for (i = 0; i < COUNT(tables); i++)
		assert_int_not_equal(
		    sql_int(s, "SELECT count(*) FROM %s WHERE user_id = %lld",
			tables[i], u->id),
		    0);
	assert_status(call(s, u->token, "DELETE", below(id, ""), NULL), 200);
	for (i = 0; i < COUNT(tables); i++)
		assert_int_equal(
		    sql_int(s, "SELECT count(*) FROM %s WHERE user_id = %lld",
			tables[i], u->id),
		    0);
	assert_int_equal(
	    sql_int(s, "SELECT running FROM daily_usage WHERE user_id = %lld",
		u->id),
	    0);
}

static void
fork__copies_a_branch(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "leo");
	struct request q = {.token = u->token};
	const char    *id, *made, *leaf;
	struct reply  *r;
	int            i;

	id = make(s, u, "{\"metadata\":{\"topic\":\"x\",\"pinned\":\"true\"}}");
	for (i = 0; i < 3; i++)
		assert_status(
		    chat_send(s, u->token, 1, "gpt", scratch_printf("%d", i)),
		    200);
	/* The third goes on from the first, beside the second. */
	sql_run(s,
	    "UPDATE turns SET parent = (SELECT id FROM turns WHERE"
	    " user_id = %lld AND prompt = '0') WHERE user_id = %lld"
	    " AND prompt = '2'",
	    u->id, u->id);
	r = http_get(s, u->token, below(id, "/items?order=asc"));
	leaf = text(entry(r, 2), "response_id");
	q.path = below(id, "/fork");
	q.body = "{}";
	q.headers[0] = "Idempotency-Key: fork";
	r = http_call(s, &q);
	assert_status(r, 200);
	made = reply_text(r, "id");
	assert_string_not_equal(made, id);
	assert_string_equal(metadata(r, "topic"), "x");
	assert_null(metadata(r, "pinned"));
	r = http_get(s, u->token, below(made, "/items?order=asc"));
	assert_int_equal(entries(r), 4);
	assert_string_equal(said(entry(r, 0)), "0");
	assert_string_equal(said(entry(r, 2)), "2");
	assert_string_equal(said(entry(r, 3)), "[GPT] Echo: 2");
	/* The same key makes no second one, and another request is refused. */
	assert_string_equal(reply_text(http_call(s, &q), "id"), made);
	q.body = scratch_printf("{\"response_id\":\"%s\"}", leaf);
	assert_v1_invalid(
	    http_call(s, &q), 422, "idempotency_key_reused", NULL);
	q.headers[0] = NULL;
	r = http_call(s, &q);
	r = http_get(
	    s, u->token, below(reply_text(r, "id"), "/items?order=asc"));
	assert_int_equal(entries(r), 4);
	assert_string_equal(said(entry(r, 2)), "1");
	q.body = "{\"response_id\":\"resp_0123456789abcdef0123456789abcdef\"}";
	assert_v1_invalid(
	    http_call(s, &q), 404, "message_not_found", "response_id");
	/* It goes on by itself. */
	assert_status(chat_send(s, u->token, 2, "gpt", PRIVATE), 200);
	assert_int_equal(
	    sql_int(s,
		"SELECT count(*) FROM conversations WHERE user_id = %lld",
		u->id),
	    3);
}

static void
create__with_a_key_happens_once(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "mia");
	struct request q = {.path = "/v1/conversations",
	    .token = u->token,
	    .body = "{\"metadata\":{\"a\":\"b\"}}"};
	struct request many[8];
	struct reply **replies;
	size_t         i;

	q.headers[0] = "Idempotency-Key: key";
	for (i = 0; i < COUNT(many); i++)
		many[i] = q;
	replies = http_many(s, many, COUNT(many));
	assert_int_equal(http_count(replies, COUNT(many), 200), COUNT(many));
	for (i = 1; i < COUNT(many); i++)
		assert_string_equal(
		    reply_text(replies[i], "id"), reply_text(replies[0], "id"));
	assert_int_equal(
	    entries(http_get(s, u->token, "/v1/conversations")), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(conversation__is_made_read_changed_and_deleted),
	    cmocka_unit_test(metadata__has_openais_limits),
	    cmocka_unit_test(others__find_nothing),
	    cmocka_unit_test(list__is_by_latest_activity),
	    cmocka_unit_test(list__refuses_what_it_does_not_know),
	    cmocka_unit_test(items__are_made_read_and_deleted),
	    cmocka_unit_test(items__are_refused_by_name),
	    cmocka_unit_test(items__are_paged),
	    cmocka_unit_test(items__are_paged_by_size),
	    cmocka_unit_test(items__deleted_leave_the_branch_whole),
	    cmocka_unit_test(delete__takes_everything),
	    cmocka_unit_test(fork__copies_a_branch),
	    cmocka_unit_test(create__with_a_key_happens_once),
	};

	return (harness_run(tests, start));
}
