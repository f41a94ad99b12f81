/*
 * Every operation of the OpenAPI document, against what a hostile client does
 * with it: each member of its body missing, null and of every wrong type; ids
 * of somebody else in its path, its query and its body, which are answered as
 * those of nobody are; and, for HOSTILE_SECONDS, requests made at random by its
 * grammar. Nothing is answered 500, and no worker is harmed.
 */
#include <time.h>

#include "harness.h"

#define OPERATIONS_MAX 100
#define IDS_MAX        16
#define PART_MAX       8192 /* bytes of a mutated request */

struct operation {
	const char  *method;
	const char  *path;       /* with {id} in it */
	const cJSON *schema;     /* of its body, or NULL */
	const cJSON *parameters; /* of its path and query, or NULL */
};

static struct operation operations[OPERATIONS_MAX];
static size_t           operation_count;
static cJSON           *api;

/* What another user has, as its ids stand in paths. */
static const char *ids[IDS_MAX];
static size_t      id_count;

static const cJSON *
resolve(const cJSON *schema)
{
	const cJSON *ref = cJSON_GetObjectItem(schema, "$ref");
	const cJSON *list;

	if (ref == NULL)
		return (schema);
	list = cJSON_GetObjectItem(
	    cJSON_GetObjectItem(api, "components"), "schemas");
	return (cJSON_GetObjectItem(list, strrchr(ref->valuestring, '/') + 1));
}

static const cJSON *
body_schema(const cJSON *operation)
{
	const cJSON *content = cJSON_GetObjectItem(
	    cJSON_GetObjectItem(operation, "requestBody"), "content");

	content = cJSON_GetObjectItem(content, "application/json");
	return (content == NULL
		? NULL
		: resolve(cJSON_GetObjectItem(content, "schema")));
}

static void
read_operations(void)
{
	const cJSON *path, *operation;
	char        *method, *c;

	api = cJSON_Parse(scratch_file(scratch_printf(
	    "%s/assets/openapi.json", setting("TEST_CHECKOUT"))));
	assert_non_null(api);
	cJSON_ArrayForEach(path, cJSON_GetObjectItem(api, "paths")) {
		cJSON_ArrayForEach(operation, path) {
			if (!cJSON_HasObjectItem(operation, "responses"))
				continue;
			method = scratch_printf("%s", operation->string);
			for (c = method; *c != '\0'; c++)
				*c -= 'a' - 'A';
			assert_true(operation_count < OPERATIONS_MAX);
			operations[operation_count++] = (struct operation){
			    method, path->string, body_schema(operation),
			    cJSON_GetObjectItem(operation, "parameters")};
		}
	}
	assert_true(operation_count > 40);
}

static int
start(void **state)
{
	static const char *const options[] = {"DAILY_MESSAGE_LIMIT=1000000",
	    "MOCK_STREAM_DELAY_MS=0", "LOGIN_FAILURES_PER_ACCOUNT=0",
	    "LOGIN_FAILURES_PER_ADDRESS=0", "SIGNUPS_PER_ADDRESS=0",
	    "REFRESHES_PER_ACCOUNT=0", "REFRESHES_PER_ADDRESS=0", NULL};

	*state = server_start(options);
	read_operations();
	return (0);
}

/* The path with this in the place of every {id}. */
static char *
fill(const char *path, const char *id)
{
	char       *out = scratch_printf("%s", "");
	const char *open;

	while ((open = strchr(path, '{')) != NULL) {
		out = scratch_printf(
		    "%s%.*s%s", out, (int)(open - path), path, id);
		path = strchr(open, '}') + 1;
	}
	return (scratch_printf("%s%s", out, path));
}

static bool
is_public(const char *path)
{
	static const char *const list[] = {"/", "/assets/{name}", "/healthz",
	    "/readyz", "/openapi.json", "/docs", "/docs/{file}",
	    "/v1/models/{model}"};
	size_t                   i;

	for (i = 0; i < COUNT(list); i++)
		if (strcmp(path, list[i]) == 0)
			return (true);
	return (false);
}

static void
assert_answered(
    const struct operation *o, const char *body, const struct reply *r)
{
	if (r->status >= 200 && r->status < 500)
		return;
	fail_msg("%s %s with %s: %d %s", o->method, o->path,
	    body != NULL ? body : "no body", r->status, r->body);
}

static const char *const values[] = {"null", "true", "false", "0", "-1", "1.5",
    "1e400", "99999999999999999999", "\"\"", "\"x\"", "\"\\u0000\"",
    "\"\\ud800\"", "[]", "[null]", "[[]]", "[{}]", "{}", "{\"x\":{}}",
    "[{\"type\":\"message\",\"role\":7,\"content\":{}}]",
    "{\"type\":[],\"id\":3,\"role\":null,\"content\":[null]}"};

/* A value that may pass for one of the member's type. */
static const char *
plausible(const cJSON *member)
{
	const cJSON *type = cJSON_GetObjectItem(resolve(member), "type");
	const char  *name = cJSON_IsString(type) ? type->valuestring : "";

	if (strcmp(member->string, "model") == 0)
		return ("\"gpt\"");
	if (strcmp(name, "integer") == 0)
		return ("1");
	if (strcmp(name, "boolean") == 0)
		return ("true");
	if (strcmp(name, "array") == 0)
		return ("[{\"role\":\"user\",\"content\":\"Hi\"}]");
	if (strcmp(name, "object") == 0)
		return ("{}");
	return ("\"plausible words\"");
}

/* An object with this value for one member; NULL: without it. */
static char *
body_with(const cJSON *members, const cJSON *changed, const char *value)
{
	const cJSON *m;
	const char  *v;
	char        *body = scratch_printf("{");

	cJSON_ArrayForEach(m, members) {
		v = m == changed ? value : plausible(m);
		if (v != NULL)
			body = scratch_printf("%s%s\"%s\":%s", body,
			    body[1] == '\0' ? "" : ",", m->string, v);
	}
	return (scratch_printf("%s}", body));
}

static void
send_body(struct server *s, const struct operation *o, const char *token,
    const char *path, const char *body)
{
	struct request q = {
	    .method = o->method, .path = path, .token = token, .body = body};

	assert_answered(o, body, http_call(s, &q));
}

/* A user each, as some operations end a session or an account. */
static void
operation__members_of_every_wrong_kind(void **state)
{
	struct server *s = *state;
	const cJSON   *members, *m;
	struct user   *u;
	const char    *path;
	size_t         i, v;

	for (i = 0; i < operation_count; i++) {
		members = cJSON_GetObjectItem(
		    operations[i].schema, "properties");
		if (members == NULL)
			continue;
		u = user_new(s, scratch_printf("kind%zu", i));
		conversation_new(s, u->token);
		path = fill(operations[i].path,
		    sql_text(s,
			"SELECT 'conv_' || replace(id::text, '-', '')"
			" FROM conversations WHERE user_id = %lld",
			u->id));
		for (v = 0; v < COUNT(values); v++)
			send_body(s, &operations[i], u->token, path, values[v]);
		cJSON_ArrayForEach(m, members) {
			send_body(s, &operations[i], u->token, path,
			    body_with(members, m, NULL));
			for (v = 0; v < COUNT(values); v++)
				send_body(s, &operations[i], u->token, path,
				    body_with(members, m, values[v]));
		}
	}
	server_assert_unharmed(s);
}

static void
note_id(const char *id)
{
	assert_true(id_count < IDS_MAX);
	ids[id_count++] = id;
}

/* In every form an API has for them. */
static void
note_ids(struct server *s, const struct user *owner)
{
	static const char *const columns[] = {"SELECT id FROM turns",
	    "SELECT 'resp_' || replace(id::text, '-', '') FROM turns",
	    "SELECT 'msg_' || replace(id::text, '-', '') FROM turns",
	    "SELECT 'msg_' || replace(id::text, '-', '') || '_in' FROM turns",
	    "SELECT id FROM conversations",
	    "SELECT 'conv_' || replace(id::text, '-', '') FROM conversations",
	    "SELECT id FROM sessions", "SELECT id FROM api_keys"};
	size_t                   i;

	for (i = 0; i < COUNT(columns); i++)
		note_id(sql_text(s, "%s WHERE user_id = %lld LIMIT 1",
		    columns[i], owner->id));
	note_id("00000000-0000-7000-8000-000000000001");
	note_id("1");
}

/* All there is of a user but what is noted of its use. */
static const char *
everything_of(struct server *s, const struct user *u)
{
	return (sql_text(s,
	    "SELECT md5(concat((SELECT string_agg(t::text, '' ORDER BY id)"
	    " FROM turns t WHERE user_id = %lld),"
	    " (SELECT string_agg(c::text, '' ORDER BY number)"
	    " FROM conversations c WHERE user_id = %lld),"
	    " (SELECT string_agg(concat(id, ended_at, expires_at), '' ORDER BY"
	    " id) FROM sessions WHERE user_id = %lld),"
	    " (SELECT string_agg(concat(id, revoked_at), '' ORDER BY id)"
	    " FROM api_keys WHERE user_id = %lld),"
	    " (SELECT count(*) FROM shares WHERE user_id = %lld)))",
	    u->id, u->id, u->id, u->id, u->id));
}

/* An id of the same form that is nobody's: other digits, of the same version
 * and in the same conversation. */
static const char *
nobodys(const char *id)
{
	char  *other = scratch_printf("%s", id), *c;
	size_t n = 0;

	for (c = other + (strchr(id, '_') != NULL ? strcspn(id, "_") : 0);
	     *c != '\0' && n < 10; c++)
		if (strchr("0123456789abcdef", *c) != NULL && ++n > 8)
			*c = *c == '7' ? '3' : '7';
	return (other);
}

struct other {
	struct server *server;
	struct user   *owner;
	struct user   *other;
	const char    *before; /* everything_of(owner) */
};

static const char *
said(const struct reply *r)
{
	const cJSON *error = cJSON_GetObjectItem(r->json, "error");
	const char  *code = cJSON_GetStringValue(cJSON_GetObjectItem(
	     cJSON_IsObject(error) ? error : r->json, "code"));

	return (scratch_printf("%d %s", r->status, code != NULL ? code : ""));
}

static struct reply *
ask(const struct other *o, const char *method, const char *path,
    const char *body)
{
	struct request q = {.method = method,
	    .path = path,
	    .token = o->other->token,
	    .body = body};
	struct reply  *r = http_call(o->server, &q);

	assert_in_range(r->status, 200, 499);
	if (strstr(r->body, PRIVATE) != NULL)
		fail_msg("%s %s %s: %s", method, path, body, r->body);
	return (r);
}

/* The same answer as if there were none. */
static void
assert_as_nobodys(const struct other *o, const char *method, const char *path,
    const char *body, const char *path_of_none, const char *body_of_none)
{
	const char *theirs = said(ask(o, method, path, body));
	const char *none = said(ask(o, method, path_of_none, body_of_none));

	if (strcmp(theirs, none) != 0)
		fail_msg("%s %s %s: %s, but if it is nobody's %s", method, path,
		    body != NULL ? body : "", theirs, none);
}

static void
in_path(const struct other *o, const struct operation *op)
{
	const cJSON  *members = cJSON_GetObjectItem(op->schema, "properties");
	const char   *body = NULL, *path;
	struct reply *r;
	size_t        n;

	if (strchr(op->path, '{') == NULL || is_public(op->path))
		return;
	if (strcmp(op->method, "POST") == 0)
		body = body_with(members, NULL, NULL);
	for (n = 0; n < id_count; n++) {
		path = fill(op->path, ids[n]);
		r = ask(o, op->method, path, body);
		if (r->status != 404 && r->status != 400)
			fail_msg("%s %s: %d %s", op->method, path, r->status,
			    r->body);
		assert_as_nobodys(o, op->method, path, body,
		    fill(op->path, nobodys(ids[n])), body);
	}
}

/* What is one's own, in whose place another's id is put. */
static const char *
own_path(const struct other *o, const struct operation *op)
{
	return (fill(op->path,
	    sql_text(o->server,
		"SELECT 'conv_' || replace(id::text, '-', '')"
		" FROM conversations WHERE user_id = %lld LIMIT 1",
		o->other->id)));
}

static char *
put_id(const char *form, const char *id)
{
	size_t n = (size_t)(strchr(form, '%') - form);

	return (scratch_printf("%.*s%s%s", (int)n, form, id, form + n + 2));
}

static void
in_body(const struct other *o, const struct operation *op)
{
	static const char *const forms[] = {"\"%s\"", "{\"id\":\"%s\"}",
	    "[{\"type\":\"item_reference\",\"id\":\"%s\"}]"};
	const cJSON *members = cJSON_GetObjectItem(op->schema, "properties");
	const cJSON *m;
	size_t       n, i;

	/* All that follows would be refused for that. */
	if (strcmp(op->path, "/auth/logout") == 0)
		return;
	cJSON_ArrayForEach(m, members)
		for (n = 0; n < id_count * COUNT(forms); n++) {
			i = n / COUNT(forms);
			assert_as_nobodys(o, op->method, own_path(o, op),
			    body_with(members, m,
				put_id(forms[n % COUNT(forms)], ids[i])),
			    own_path(o, op),
			    body_with(members, m,
				put_id(
				    forms[n % COUNT(forms)], nobodys(ids[i]))));
		}
}

static void
in_query(const struct other *o, const struct operation *op)
{
	const cJSON *p;
	const char  *name, *path = own_path(o, op);
	size_t       n;

	cJSON_ArrayForEach(p, op->parameters) {
		name = cJSON_GetStringValue(cJSON_GetObjectItem(p, "in"));
		if (name == NULL || strcmp(name, "query") != 0)
			continue;
		name = cJSON_GetStringValue(cJSON_GetObjectItem(p, "name"));
		for (n = 0; n < id_count; n++)
			assert_as_nobodys(o, op->method,
			    scratch_printf("%s?%s=%s", path, name, ids[n]),
			    NULL,
			    scratch_printf(
				"%s?%s=%s", path, name, nobodys(ids[n])),
			    NULL);
	}
}

static void
prepare_other(struct other *o, struct server *s)
{
	o->server = s;
	o->owner = user_new(s, "owner");
	conversation_new(s, o->owner->token);
	conversation_new(s, o->owner->token);
	chat_send(s, o->owner->token, 2, "gpt", PRIVATE);
	assert_status(
	    http_post(s, o->owner->token, "/auth/keys", "{\"name\":\"mine\"}"),
	    201);
	note_ids(s, o->owner);
	o->other = user_new(s, "other");
	conversation_new(s, o->other->token);
	o->before = everything_of(s, o->owner);
}

static void
operation__of_somebody_elses(void **state)
{
	struct other o;
	size_t       i;

	prepare_other(&o, *state);
	for (i = 0; i < operation_count; i++)
		in_path(&o, &operations[i]);
	for (i = 0; i < operation_count; i++) {
		in_body(&o, &operations[i]);
		in_query(&o, &operations[i]);
	}
	assert_string_equal(everything_of(o.server, o.owner), o.before);
	assert_status(http_get(o.server, o.other->token, "/auth/me"), 200);
}

static unsigned int seed;

static size_t
pick(size_t n)
{
	return (n > 0 ? (size_t)rand_r(&seed) % n : 0);
}

static const char *
random_path(void)
{
	static const char *const tails[] = {"", "?", "?after=-1", "?limit=1",
	    "?limit=999999999999", "?conversation_number=%00", "?q=%ff%fe",
	    "?q=a%20b&q=c", "?after=resp_", "/", "%2f..", "?starting_after=x"};

	return (scratch_printf("%s%s",
	    fill(operations[pick(operation_count)].path, ids[pick(id_count)]),
	    tails[pick(COUNT(tails))]));
}

static const char *
random_body(void)
{
	const struct operation *o = &operations[pick(operation_count)];
	const cJSON            *members, *m;
	int                     n;

	members = cJSON_GetObjectItem(o->schema, "properties");
	if (pick(4) == 0 || (n = cJSON_GetArraySize(members)) == 0)
		return (values[pick(COUNT(values))]);
	m = cJSON_GetArrayItem(members, (int)pick((size_t)n));
	return (body_with(members, m, values[pick(COUNT(values))]));
}

/* One request by the grammar, and perhaps a few bytes of it otherwise. */
static size_t
random_request(struct server *s, const char *token, char out[PART_MAX])
{
	static const char *const methods[] = {
	    "GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH", "BREW"};
	static const char *const fields[] = {"Accept: text/event-stream",
	    "Last-Event-ID: 99", "Idempotency-Key: k", "Expect: 100-continue",
	    "Connection: close", "Accept-Encoding: br", "Transfer-Encoding: x",
	    "Content-Type: text/plain", "X-Request-Id: \xff", "Range: bytes=0-",
	    "If-None-Match: *"};
	struct request           q = {0};
	size_t                   n, i, changes;

	q.method = methods[pick(COUNT(methods))];
	q.path = random_path();
	q.token = pick(4) == 0 ? "x.y.z" : token;
	q.body = pick(2) == 0 ? random_body() : NULL;
	for (i = 0; i < 3 && pick(2) == 0; i++)
		q.headers[i] = fields[pick(COUNT(fields))];
	n = (size_t)snprintf(out, PART_MAX, "%s", raw_request(s, &q));
	n = n < PART_MAX ? n : PART_MAX - 1;
	changes = pick(2) == 0 ? 0 : pick(4);
	for (i = 0; i < changes; i++)
		out[pick(n)] = (char)pick(256);
	return (pick(16) == 0 ? pick(n) : n);
}

static void
requests__at_random(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "random");
	const char    *seconds = getenv("HOSTILE_SECONDS");
	long long      end = now_ms() +
	    1000 * (seconds != NULL ? atoll(seconds) : 4);
	static char   bytes[PART_MAX];
	struct raw   *raw;
	struct reply *r;
	unsigned int  first;
	size_t        sent = 0, parts;

	conversation_new(s, u->token);
	seed = (unsigned int)time(NULL);
	while (now_ms() < end) {
		first = seed;
		raw = raw_open(s);
		for (parts = pick(4) + 1; parts > 0; parts--, sent++)
			raw_send(
			    raw, bytes, random_request(s, u->token, bytes));
		/* The head alone: some answers are longer than a raw holds. */
		r = raw_reply_head(raw, 60);
		if (r->status == 500)
			fail_msg("seed %u: %s%s\nto: %s", first, r->headers,
			    raw->data, bytes);
		raw_close(raw);
		if (sent % 64 == 0)
			server_assert_unharmed(s);
	}
	server_assert_unharmed(s);
	/* Those behind the first of a connection, too. */
	assert_null(strstr(scratch_file(s->log), "\"status\":500"));
	print_message("%zu requests\n", sent);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(operation__of_somebody_elses),
	    cmocka_unit_test(operation__members_of_every_wrong_kind),
	    cmocka_unit_test(requests__at_random),
	};

	return (harness_run(tests, start));
}
