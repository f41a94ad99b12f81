/*
 * The OpenAPI document says what the server does: each of its paths is a
 * route of kore.conf and has that route's methods, and the other way round;
 * and answers are as its schemas say.
 */
#include <regex.h>

#include "harness.h"

#define ROUTES_MAX 100

struct route {
	char *path; /* or, beginning with ^, a regular expression */
	char *methods;
	bool  with_token;
	bool  documented;
};

static struct route routes[ROUTES_MAX];
static size_t       route_count;
static cJSON       *api;
static FILE        *samples;

static struct route *
route_of(const char *path)
{
	size_t i;

	for (i = 0; i < route_count; i++)
		if (strcmp(routes[i].path, path) == 0)
			return (&routes[i]);
	fail_msg("%s is restricted, and no route", path);
	return (NULL);
}

/* Those of the first domain. */
static void
read_routes(void)
{
	char *text = scratch_file(
	    scratch_printf("%s/kore.conf", setting("TEST_CHECKOUT")));
	char *line, *word, *path, *rest;

	text = strstr(text, "\ndomain ");
	assert_non_null(text);
	*strstr(text, "\n}") = '\0';
	while ((line = strsep(&text, "\n")) != NULL) {
		rest = line;
		word = strtok_r(rest, " \t", &rest);
		path = strtok_r(NULL, " \t", &rest);
		if (word == NULL || path == NULL || strcmp(path, "^.*$") == 0)
			continue;
		if (strcmp(word, "route") == 0) {
			assert_true(route_count < ROUTES_MAX);
			strtok_r(NULL, " \t", &rest);
			routes[route_count++] = (struct route){.path = path,
			    .methods = scratch_printf("%s", ""),
			    .with_token = strtok_r(NULL, " \t", &rest) != NULL};
		} else if (strcmp(word, "restrict") == 0)
			route_of(path)->methods = scratch_printf(
			    " %s ", rest + strspn(rest, " \t"));
	}
	assert_in_range(route_count, 20, ROUTES_MAX);
}

static bool
leads(const struct route *r, const char *path)
{
	regex_t regex;
	bool    match;

	if (r->path[0] != '^')
		return (strcmp(r->path, path) == 0);
	assert_int_equal(regcomp(&regex, r->path, REG_EXTENDED | REG_NOSUB), 0);
	match = regexec(&regex, path, 0, NULL, 0) == 0;
	regfree(&regex);
	return (match);
}

static const char *
text_of(const cJSON *object, const char *member)
{
	return (cJSON_GetStringValue(cJSON_GetObjectItem(object, member)));
}

/* The path with the operation's examples in place of its parameters. */
static char *
example_of(const char *path, const cJSON *operation)
{
	char        *example = scratch_printf("%s", path), *at;
	const cJSON *p;
	char        *name;

	cJSON_ArrayForEach(p, cJSON_GetObjectItem(operation, "parameters")) {
		if (strcmp(text_of(p, "in"), "path") != 0)
			continue;
		name = scratch_printf("{%s}", text_of(p, "name"));
		at = strstr(example, name);
		assert_non_null(at);
		*at = '\0';
		example = scratch_printf("%s%s%s", example,
		    text_of(p, "example"), at + strlen(name));
	}
	assert_null(strchr(example, '{'));
	return (example);
}

/* The route that Kore takes: the first that leads there. */
static struct route *
route_to(const char *path)
{
	size_t i;

	for (i = 0; i < route_count; i++)
		if (leads(&routes[i], path))
			return (&routes[i]);
	fail_msg("%s is documented, and no route", path);
	return (NULL);
}

static void
check_methods(const cJSON *path)
{
	const cJSON  *operation;
	struct route *r = route_to(example_of(path->string, path->child));
	char         *rest = scratch_printf("%s", r->methods), *method;

	r->documented = true;
	cJSON_ArrayForEach(operation, path) {
		if (strstr(r->methods,
			scratch_printf(" %s ", operation->string)) == NULL)
			fail_msg("%s of %s is documented, and refused",
			    operation->string, path->string);
		if (r->with_token &&
		    cJSON_GetObjectItem(operation, "security") != NULL)
			fail_msg("%s needs a token", path->string);
	}
	while ((method = strtok_r(rest, " ", &rest)) != NULL)
		if (cJSON_GetObjectItem(path, method) == NULL)
			fail_msg(
			    "%s of %s is not documented", method, path->string);
}

static void
document__has_every_route(void **state)
{
	const cJSON *path;
	size_t       i;

	(void)state;
	cJSON_ArrayForEach(path, cJSON_GetObjectItem(api, "paths"))
		check_methods(path);
	for (i = 0; i < route_count; i++)
		if (!routes[i].documented)
			fail_msg(
			    "%s is not in assets/openapi.json", routes[i].path);
}

static void
document__is_served(void **state)
{
	struct server *s = *state;
	struct request q = {.path = "/docs/docs.js"};
	struct reply  *r;

	r = http_get(s, NULL, "/docs");
	assert_int_equal(r->status, 200);
	assert_header(r, "Content-Type", "text/html; charset=utf-8");
	assert_non_null(strstr(
	    reply_header(r, "Content-Security-Policy"), "script-src 'self'"));
	assert_null(strstr(r->body, "http:"));
	assert_null(strstr(r->body, "https:"));
	r = http_call(s, &q);
	assert_int_equal(r->status, 200);
	q.headers[0] = scratch_printf(
	    "If-None-Match: %s", reply_header(r, "ETag"));
	assert_int_equal(http_call(s, &q)->status, 304);
	assert_int_equal(http_get(s, NULL, "/docs/docs.css")->status, 200);
	assert_error(http_get(s, NULL, "/docs/x"), 404, "not_found");
}

/* Ask, and keep the answer for the schemas. */
static struct reply *
sample(struct server *s, const char *token, const char *method,
    const char *documented, const char *path, const char *body)
{
	struct request q = {
	    .method = method, .path = path, .token = token, .body = body};
	struct reply *r = http_call(s, &q);
	char         *lower = scratch_printf("%s", method), *c;

	for (c = lower; *c != '\0'; c++)
		*c = (char)(*c | 0x20);
	assert_non_null(r->json);
	fprintf(samples,
	    "{\"path\":\"%s\",\"method\":\"%s\",\"status\":%d,"
	    "\"type\":\"application/json\",\"body\":%s}\n",
	    documented, lower, r->status, cJSON_PrintUnformatted(r->json));
	return (r);
}

#define ITEM \
	"{\"items\":[{\"role\":\"user\",\"content\":\"Hi there\"}," \
	"{\"role\":\"assistant\",\"content\":\"Ho\"}]}"
#define RESPONSE     "/v1/responses/{response_id}"
#define CONVERSATION "/v1/conversations/{conversation_id}"

static void
sample_accounts(struct server *s, const struct user *u)
{
	const char *t = u->token;

	sample(s, NULL, "POST", "/auth/signup", "/auth/signup",
	    "{\"email\":\"new@example.com\",\"username\":\"newcomer\","
	    "\"password\":\"correct horse battery\"}");
	sample(s, NULL, "POST", "/auth/signup", "/auth/signup", "{}");
	sample(s, NULL, "POST", "/auth/login", "/auth/login",
	    scratch_printf("{\"username\":\"%s\",\"password\":\"%s\"}", u->name,
		u->password));
	sample(s, NULL, "POST", "/auth/login", "/auth/login",
	    "{\"username\":\"nobody\",\"password\":\"wrong-password\"}");
	sample(s, u->refresh, "POST", "/auth/refresh", "/auth/refresh", NULL);
	sample(s, t, "GET", "/auth/me", "/auth/me", NULL);
	sample(s, t, "GET", "/auth/sessions", "/auth/sessions", NULL);
	sample(s, t, "POST", "/auth/keys", "/auth/keys",
	    "{\"name\":\"laptop\",\"daily_limit\":3}");
	sample(s, t, "GET", "/auth/keys", "/auth/keys", NULL);
	sample(s, t, "GET", "/auth/export", "/auth/export", NULL);
	sample(s, NULL, "GET", "/auth/me", "/auth/me", NULL);
}

static void
sample_chat(struct server *s, const char *t)
{
	const char   *path;
	struct reply *r;

	sample(s, t, "POST", "/chat/start_conversation",
	    "/chat/start_conversation", "{}");
	sample(s, t, "POST", "/chat/", "/chat/", chat_body(1, "gpt", "Hello"));
	sample(s, t, "POST", "/chat/", "/chat/", "{}");
	sample(s, t, "POST", "/chat/", "/chat/", chat_body(9, "gpt", "Hello"));
	sample(s, t, "GET", "/chat/history", "/chat/history", NULL);
	sample(s, t, "GET", "/chat/conversations", "/chat/conversations", NULL);
	sample(s, t, "GET", "/v1/models", "/v1/models", NULL);
	sample(s, t, "GET", "/v1/models/{model}", "/v1/models/gpt", NULL);
	sample(s, t, "GET", "/v1/models/{model}", "/v1/models/x", NULL);
	sample(s, t, "POST", "/v1/chat/completions", "/v1/chat/completions",
	    "{\"model\":\"gpt\",\"messages\":[{\"role\":\"user\","
	    "\"content\":\"Hello\"}]}");
	r = sample(s, t, "POST", "/v1/responses", "/v1/responses",
	    "{\"model\":\"gpt\",\"input\":\"Hello\"}");
	path = scratch_printf("/v1/responses/%s", reply_text(r, "id"));
	sample(s, t, "POST", "/v1/responses", "/v1/responses", "{}");
	sample(s, t, "GET", RESPONSE, path, NULL);
	sample(s, t, "POST", RESPONSE "/cancel",
	    scratch_printf("%s/cancel", path), NULL);
	sample(s, t, "GET", RESPONSE "/input_items",
	    scratch_printf("%s/input_items", path), NULL);
	sample(s, t, "DELETE", RESPONSE, path, NULL);
	sample(s, NULL, "GET", "/healthz", "/healthz", NULL);
	sample(s, NULL, "GET", "/readyz", "/readyz", NULL);
	sample(s, NULL, "GET", "/openapi.json", "/openapi.json", NULL);
}

static void
sample_conversations(struct server *s, const char *t)
{
	const char   *path, *item;
	struct reply *r;

	r = sample(
	    s, t, "POST", "/v1/conversations", "/v1/conversations", ITEM);
	path = scratch_printf("/v1/conversations/%s", reply_text(r, "id"));
	sample(s, t, "GET", CONVERSATION, path, NULL);
	sample(s, t, "POST", CONVERSATION, path,
	    "{\"metadata\":{\"pinned\":\"true\"}}");
	sample(s, t, "POST", CONVERSATION, path, "{}");
	sample(s, t, "GET", "/v1/conversations", "/v1/conversations", NULL);
	sample(s, t, "GET", "/v1/conversations", "/v1/conversations?q=there",
	    NULL);
	r = sample(s, t, "GET", CONVERSATION "/items",
	    scratch_printf("%s/items", path), NULL);
	item = text_of(
	    cJSON_GetArrayItem(cJSON_GetObjectItem(r->json, "data"), 0), "id");
	sample(s, t, "POST", CONVERSATION "/items",
	    scratch_printf("%s/items", path), ITEM);
	sample(s, t, "GET", CONVERSATION "/items/{item_id}",
	    scratch_printf("%s/items/%s", path, item), NULL);
	sample(s, t, "DELETE", CONVERSATION "/items/{item_id}",
	    scratch_printf("%s/items/%s", path, item), NULL);
	sample(s, t, "POST", CONVERSATION "/fork",
	    scratch_printf("%s/fork", path), "{}");
	r = sample(s, t, "GET", CONVERSATION "/export",
	    scratch_printf("%s/export", path), NULL);
	sample(s, t, "POST", "/v1/conversations/import",
	    "/v1/conversations/import", r->body);
	r = sample(s, t, "POST", CONVERSATION "/share",
	    scratch_printf("%s/share", path), NULL);
	sample(s, NULL, "GET", "/shared/{token}",
	    scratch_printf("/shared/%s", reply_text(r, "token")), NULL);
	sample(s, NULL, "GET", "/shared/{token}", "/shared/x", NULL);
	sample(s, t, "DELETE", CONVERSATION "/share",
	    scratch_printf("%s/share", path), NULL);
	sample(s, t, "GET", "/v1/usage", "/v1/usage", NULL);
	sample(s, t, "DELETE", CONVERSATION, path, NULL);
	sample(s, t, "DELETE", CONVERSATION, path, NULL);
	sample(s, NULL, "GET", CONVERSATION, path, NULL);
}

static void
answers__are_as_it_says(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	const char    *folder = setting("TEST_FOLDER");
	const char    *file = scratch_printf("%s/samples", folder);
	const char    *document = scratch_printf(
	       "%s/assets/openapi.json", setting("TEST_CHECKOUT"));
	const char *environment[] = {
	    scratch_printf("PATH=%s", setting("PATH")), NULL};
	const char *argv[] = {
	    "/usr/bin/env", "node", "validate.mjs", document, file, NULL};
	const char *output = scratch_printf("%s/validated", folder);
	pid_t       pid;

	samples = fopen(file, "w");
	sample_accounts(s, u);
	sample_chat(s, u->token);
	sample_conversations(s, u->token);
	fclose(samples);
	pid = process_start(
	    scratch_printf("%s/tests/upstream", setting("TEST_CHECKOUT")),
	    output, environment, argv);
	if (process_wait(pid, 20000) != 0)
		fail_msg("%s", scratch_file(output));
}

static int
start(void **state)
{
	struct server *s = server_start(NULL);

	*state = s;
	api = cJSON_Parse(http_get(s, NULL, "/openapi.json")->body);
	read_routes();
	return (api != NULL ? 0 : -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(document__has_every_route),
	    cmocka_unit_test(document__is_served),
	    cmocka_unit_test(answers__are_as_it_says),
	};

	return (harness_run(tests, start));
}
