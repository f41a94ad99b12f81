/*
 * Requests that do not fit a route: every refusal is an answer of ours, with
 * CORS, a request id and a body that says what is wrong.
 */
#include "harness.h"

#define BODY_MAX   (256 * 1024)
#define PROMPT_MAX (64 * 1024)

static const struct route {
	const char *path;
	const char *allow;
} routes[] = {
    {"/auth/signup", "POST, OPTIONS"},
    {"/auth/login", "POST, OPTIONS"},
    {"/auth/refresh", "POST, OPTIONS"},
    {"/auth/logout", "POST, OPTIONS"},
    {"/auth/me", "GET, HEAD, DELETE, OPTIONS"},
    {"/auth/password", "POST, OPTIONS"},
    {"/auth/totp", "POST, DELETE, OPTIONS"},
    {"/auth/totp/confirm", "POST, OPTIONS"},
    {"/auth/export", "GET, HEAD, OPTIONS"},
    {"/auth/sessions", "GET, HEAD, OPTIONS"},
    {"/auth/sessions/00000000-0000-4000-8000-000000000000", "DELETE, OPTIONS"},
    {"/auth/keys", "GET, HEAD, POST, OPTIONS"},
    {"/auth/keys/00000000-0000-4000-8000-000000000000", "DELETE, OPTIONS"},
    {"/auth/reset", "POST, OPTIONS"},
    {"/chat/", "POST, OPTIONS"},
    {"/chat/start_conversation", "POST, OPTIONS"},
    {"/chat/history", "GET, HEAD, OPTIONS"},
    {"/chat/conversations", "GET, HEAD, OPTIONS"},
    {"/healthz", "GET, HEAD, OPTIONS"},
    {"/readyz", "GET, HEAD, OPTIONS"},
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

static struct reply *
call(struct server *s, const char *method, const char *path)
{
	struct request q = {.method = method, .path = path};

	return (http_call(s, &q));
}

static void
path__unknown(void **state)
{
	static const char *const paths[] = {"/nope", "/chat", "/chat/history/",
	    "/CHAT/", "/chat/x", "/auth", "/auth/", "/auth/signup/",
	    "/auth/signup/x", "/xchat/", "/healthzz", "/chat//", "//chat/",
	    "/chat/%2e", "/%00", "/%zz", "/;", "/a?b?c", "/chat/history%3fx=1"};
	static const char *const methods[] = {
	    "GET", "POST", "PUT", "PATCH", "DELETE"};
	size_t i, j;

	for (i = 0; i < COUNT(paths); i++)
		for (j = 0; j < COUNT(methods); j++)
			assert_error_says(call(*state, methods[j], paths[i]),
			    404, "not_found", "No such resource");
}

/* Whoever asks, and before it is asked who it is. */
static void
method__not_of_the_route(void **state)
{
	static const char *const methods[] = {
	    "GET", "POST", "PUT", "PATCH", "DELETE"};
	struct reply *r;
	size_t        i, j;

	for (i = 0; i < COUNT(routes); i++) {
		for (j = 0; j < COUNT(methods); j++) {
			if (strstr(routes[i].allow, methods[j]) != NULL)
				continue;
			r = call(*state, methods[j], routes[i].path);
			assert_error(r, 405, "method_not_allowed");
			assert_header(r, "Allow", routes[i].allow);
		}
	}
}

static void
method__unknown(void **state)
{
	static const char *const methods[] = {
	    "TRACE", "CONNECT", "PROPFIND", "FOO", "get"};
	struct raw *raw;
	size_t      i;

	for (i = 0; i < COUNT(methods); i++) {
		raw = raw_open(*state);
		raw_text(raw,
		    scratch_printf("%s /healthz HTTP/1.1\r\n"
				   "Host: localhost\r\n\r\n",
			methods[i]));
		assert_in_range(raw_reply(raw, 3000)->status, 400, 501);
		raw_close(raw);
	}
	assert_error(
	    call(*state, "FOO", "/healthz"), 501, "method_not_implemented");
}

static void
options__preflight(void **state)
{
	struct request q = {.method = "OPTIONS"};
	struct reply  *r;
	const char    *allowed;
	size_t         i;

	q.headers[0] = "Origin: https://chat.example.com";
	q.headers[1] = "Access-Control-Request-Method: POST";
	q.headers[2] = "Access-Control-Request-Headers: authorization";
	for (i = 0; i < COUNT(routes); i++) {
		q.path = routes[i].path;
		r = http_call(*state, &q);
		assert_status(r, 204);
		assert_header(
		    r, "Access-Control-Allow-Methods", routes[i].allow);
		allowed = reply_header(r, "Access-Control-Allow-Headers");
		assert_non_null(strstr(allowed, "Authorization"));
		assert_non_null(strstr(allowed, "Content-Type"));
		assert_non_null(strstr(allowed, "Idempotency-Key"));
		assert_header(r, "Access-Control-Max-Age", NULL);
	}
	q.path = "/nope";
	assert_status(http_call(*state, &q), 204);
}

static void
head__as_get_without_a_body(void **state)
{
	struct request q = {.method = "HEAD", .token = user->token};
	struct reply  *r;
	size_t         i;

	for (i = 0; i < COUNT(routes); i++) {
		q.path = routes[i].path;
		r = http_call(*state, &q);
		assert_status(
		    r, strstr(routes[i].allow, "HEAD") != NULL ? 200 : 405);
		assert_int_equal(r->size, 0);
	}
	q.path = "/nope";
	assert_status(http_call(*state, &q), 404);
	q.path = "/chat/history";
	q.token = NULL;
	assert_status(http_call(*state, &q), 401);
}

static void
content_type__must_be_json(void **state)
{
	static const char *const paths[] = {"/auth/signup", "/auth/login",
	    "/auth/reset", "/auth/keys", "/auth/password", "/chat/"};
	static const char *const wrong[] = {"text/plain", "text/json",
	    "application/jsonx", "application/jso",
	    "application/x-www-form-urlencoded",
	    "multipart/form-data; boundary=x", "x/application/json"};
	static const char *const right[] = {"application/json",
	    "Application/JSON", "application/json; charset=utf-8",
	    "application/json;charset=UTF-8"};
	struct request           q = {.body = "{}"};
	size_t                   i, j;

	for (i = 0; i < COUNT(paths); i++) {
		q.path = paths[i];
		q.token = user->token;
		for (j = 0; j < COUNT(wrong); j++) {
			q.headers[0] = scratch_printf(
			    "Content-Type: %s", wrong[j]);
			assert_error(http_call(*state, &q), 415,
			    "unsupported_media_type");
		}
		for (j = 0; j < COUNT(right); j++) {
			q.headers[0] = scratch_printf(
			    "Content-Type: %s", right[j]);
			assert_status(http_call(*state, &q), 400);
		}
		q.headers[0] = "Content-Type:"; /* libcurl sends none */
		assert_error(
		    http_call(*state, &q), 415, "unsupported_media_type");
	}
}

/* A valid body of exactly this size. */
static char *
body_of(size_t size)
{
	char *body = scratch_alloc(size + 1);

	memset(body, ' ', size);
	body[0] = '{';
	body[size - 1] = '}';
	return (body);
}

static void
body__too_large(void **state)
{
	static const char *const paths[] = {
	    "/auth/signup", "/auth/login", "/chat/"};
	struct server *s = *state;
	size_t         i;

	for (i = 0; i < COUNT(paths); i++) {
		assert_status(
		    http_post(s, user->token, paths[i], body_of(BODY_MAX)),
		    400);
		assert_error(
		    http_post(s, user->token, paths[i], body_of(BODY_MAX + 1)),
		    413, "body_too_large");
		assert_error(
		    http_post(s, user->token, paths[i], body_of(1024 * 1024)),
		    413, "body_too_large");
		assert_error(http_post(s, user->token, paths[i],
				 body_of(1024 * 1024 + 1)),
		    413, "body_too_large");
		assert_error(http_post(s, user->token, paths[i],
				 body_of(8 * 1024 * 1024)),
		    413, "body_too_large");
	}
}

static void
prompt__too_long(void **state)
{
	struct server *s = *state;
	char          *prompt = scratch_alloc(PROMPT_MAX + 2);
	struct reply  *r;

	memset(prompt, 'p', PROMPT_MAX + 1);
	memcpy(prompt, PRIVATE, strlen(PRIVATE));
	assert_error(
	    chat_send(s, user->token, 1, "gpt", prompt), 400, "invalid_field");
	prompt[PROMPT_MAX] = '\0';
	r = chat_send(s, user->token, 1, "gpt", prompt);
	assert_status(r, 200);
	assert_string_equal(reply_text(r, "prompt"), prompt);
}

static void
query__conversation_number(void **state)
{
	static const char *const wrong[] = {"", "=", "=0", "=-1", "=+1", "=1.5",
	    "=1e3", "=abc", "=2147483648", "=99999999999999999999", "=1x",
	    "=%31%00", "=0x1", "=1%20", "=01", "=%", "=%zz"};
	static const char *const right[] = {"?", "?a=b", "?&&", "?=", "?x=%zz",
	    "?conversation_numbers=abc", "?a=b&conversation_number=1"};
	struct server           *s = *state;
	struct reply            *r;
	size_t                   i;

	for (i = 0; i < COUNT(wrong); i++) {
		r = http_get(s, user->token,
		    scratch_printf(
			"/chat/history?conversation_number%s", wrong[i]));
		assert_error(r, 400, "invalid_field");
		assert_non_null(
		    strstr(reply_text(r, "msg"), "conversation_number"));
	}
	for (i = 0; i < COUNT(right); i++)
		assert_status(http_get(s, user->token,
				  scratch_printf("/chat/history%s", right[i])),
		    200);
}

static void
target__too_long(void **state)
{
	char *path = scratch_alloc(9000);

	memset(path, 'a', 8000);
	path[0] = '/';
	assert_error(call(*state, "GET", path), 414, "uri_too_long");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(path__unknown),
	    cmocka_unit_test(method__not_of_the_route),
	    cmocka_unit_test(method__unknown),
	    cmocka_unit_test(options__preflight),
	    cmocka_unit_test(head__as_get_without_a_body),
	    cmocka_unit_test(content_type__must_be_json),
	    cmocka_unit_test(body__too_large),
	    cmocka_unit_test(prompt__too_long),
	    cmocka_unit_test(query__conversation_number),
	    cmocka_unit_test(target__too_long),
	};

	return (harness_run(tests, start));
}
