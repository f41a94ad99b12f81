/*
 * Requests on a connection (RFC 9112): cut to pieces, behind one another, in
 * the old version; how many answers there are, in which order, and what
 * becomes of the connection.
 */
#include "harness.h"

#define HOST   "Host: localhost\r\n"
#define HEALTH "GET /healthz HTTP/1.1\r\n" HOST
#define LOGIN \
	"POST /auth/login HTTP/1.1\r\n" HOST \
	"Content-Type: application/json\r\n"
#define WAIT_MS 5000

static int
start(void **state)
{
	*state = server_start(NULL);
	return (0);
}

static void
head__byte_by_byte(void **state)
{
	static const char text[] = LOGIN "Content-Length: 2\r\n\r\n{}";
	struct raw       *raw = raw_open(*state);
	size_t            i;

	for (i = 0; i < sizeof(text) - 1; i++)
		assert_true(raw_send(raw, text + i, 1));
	assert_error(raw_reply(raw, WAIT_MS), 400, "login_missing");
	raw_text(raw, HEALTH "\r\n");
	assert_status(raw_reply(raw, WAIT_MS), 200);
	raw_close(raw);
}

static void
pipeline__answers_in_order(void **state)
{
	struct raw *raw = raw_open(*state);
	char       *text = scratch_printf("%s", "");
	int         i;

	raw_text(raw,
	    HEALTH "\r\n" LOGIN "Content-Length: 2\r\n\r\n{}"
		   "GET /nope HTTP/1.1\r\n" HOST "\r\n"
		   "GET /chat/history HTTP/1.1"
		   "\r\n" HOST "\r\n" HEALTH "\r\n");
	assert_status(raw_reply(raw, WAIT_MS), 200);
	assert_error(raw_reply(raw, WAIT_MS), 400, "login_missing");
	assert_error(raw_reply(raw, WAIT_MS), 404, "not_found");
	assert_error(raw_reply(raw, WAIT_MS), 401, "token_missing");
	assert_status(raw_reply(raw, WAIT_MS), 200);

	for (i = 0; i < 50; i++)
		text = scratch_printf(
		    "%s" HEALTH "X-Request-Id: n%d\r\n\r\n", text, i);
	raw_text(raw, text);
	for (i = 0; i < 50; i++)
		assert_header(raw_reply(raw, WAIT_MS), "X-Request-Id",
		    scratch_printf("n%d", i));
	raw_close(raw);
}

/* The first is still being answered, by a hash and statements, when the
 * second has been there for long. */
/* More than there is room for before the first of them is read. */
static void
pipeline__of_three_hundred(void **state)
{
	struct request q = {.path = "/healthz"};
	struct raw    *raw = raw_open(*state);
	char          *one = raw_request(*state, &q), *all;
	size_t         size = strlen(one);
	int            i, n = 300;

	all = scratch_alloc(size * (size_t)n);
	for (i = 0; i < n; i++)
		memcpy(all + size * (size_t)i, one, size);
	assert_true(raw_send(raw, all, size * (size_t)n));
	for (i = 0; i < n; i++)
		assert_status(raw_reply(raw, WAIT_MS), 200);
	raw_close(raw);
}

static void
pipeline__behind_a_split_body(void **state)
{
	static const char body[] = "{\"username\":\"nobody\","
				   "\"password\":\"" PRIVATE "\"}";
	struct raw       *raw = raw_open(*state);
	char             *head = scratch_printf(
			LOGIN "Content-Length: %zu\r\n\r\n", sizeof(body) - 1);

	raw_text(raw, scratch_printf("%s%.10s", head, body));
	sleep_ms(50);
	raw_text(raw,
	    scratch_printf("%s" HEALTH "X-Request-Id: behind\r\n"
			   "\r\n%s%.10s",
		body + 10, head, body));
	sleep_ms(50);
	raw_text(raw, scratch_printf("%s" HEALTH "\r\n", body + 10));
	assert_error(raw_reply(raw, WAIT_MS), 401, "bad_credentials");
	assert_header(raw_reply(raw, WAIT_MS), "X-Request-Id", "behind");
	assert_error(raw_reply(raw, WAIT_MS), 401, "bad_credentials");
	assert_status(raw_reply(raw, WAIT_MS), 200);
	raw_close(raw);
}

/* What was accepted is answered before what is not ends the connection. */
static void
pipeline__before_a_refused_one(void **state)
{
	struct raw *raw = raw_open(*state);

	raw_text(raw, HEALTH "\r\nGET /healthz HTTP/1.1\r\n\r\n" HEALTH "\r\n");
	assert_status(raw_reply(raw, WAIT_MS), 200);
	assert_error(raw_reply(raw, WAIT_MS), 400, "malformed_request");
	assert_true(raw_closes(raw, WAIT_MS));
	raw_close(raw);
}

static void
expect__continue(void **state)
{
	struct raw *raw = raw_open(*state);

	raw_text(raw,
	    LOGIN "Content-Length: 2\r\nExpect: 100-continue\r\n"
		  "\r\n");
	assert_int_equal(raw_reply(raw, WAIT_MS)->status, 100);
	raw_text(raw, "{}");
	assert_error(raw_reply(raw, WAIT_MS), 400, "login_missing");
	/* Not asked for when the body is there already. */
	raw_text(raw,
	    LOGIN "Content-Length: 2\r\nExpect: 100-continue\r\n"
		  "\r\n{}");
	assert_error(raw_reply(raw, WAIT_MS), 400, "login_missing");
	raw_text(raw,
	    LOGIN "Content-Length: 9999999\r\n"
		  "Expect: 100-continue\r\n\r\n");
	assert_error(raw_reply(raw, WAIT_MS), 413, "body_too_large");
	raw_close(raw);
}

static void
post__without_a_length(void **state)
{
	struct raw *raw = raw_open(*state);

	raw_text(raw, LOGIN "\r\n" HEALTH "\r\n");
	assert_error(raw_reply(raw, WAIT_MS), 400, "invalid_json");
	assert_status(raw_reply(raw, WAIT_MS), 200);
	raw_close(raw);
}

static void
version__1_0(void **state)
{
	static const char *const heads[] = {
	    "GET /healthz HTTP/1.0\r\n\r\n",
	    "GET /healthz HTTP/1.0\r\n" HOST "\r\n",
	};
	struct raw *raw;
	size_t      i;

	for (i = 0; i < COUNT(heads); i++) {
		raw = raw_open(*state);
		raw_text(raw, heads[i]);
		assert_status(raw_reply(raw, WAIT_MS), 200);
		assert_true(raw_closes(raw, WAIT_MS));
		raw_close(raw);
	}
	raw = raw_open(*state);
	raw_text(raw,
	    "POST /auth/login HTTP/1.0\r\nContent-Type: application/"
	    "json\r\nContent-Length: 2\r\n\r\n{}");
	assert_error(raw_reply(raw, WAIT_MS), 400, "login_missing");
	raw_close(raw);
}

static void
connection__kept_and_closed(void **state)
{
	struct raw *raw = raw_open(*state);
	int         i;

	for (i = 0; i < 300; i++) {
		raw_text(raw, HEALTH "\r\n");
		assert_status(raw_reply(raw, WAIT_MS), 200);
	}
	raw_text(raw, HEALTH "Connection: close\r\n\r\n");
	assert_status(raw_reply(raw, WAIT_MS), 200);
	assert_true(raw_closes(raw, WAIT_MS));
	raw_close(raw);
}

static void
head_request__refused_without_a_body(void **state)
{
	struct raw *raw = raw_open(*state);

	raw_text(raw, "HEAD /healthz HTTP/1.1\r\n\r\n");
	assert_int_equal(raw_reply_head(raw, WAIT_MS)->status, 400);
	assert_true(raw_closes(raw, WAIT_MS));
	raw_close(raw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(head__byte_by_byte),
	    cmocka_unit_test(pipeline__answers_in_order),
	    cmocka_unit_test(pipeline__of_three_hundred),
	    cmocka_unit_test(pipeline__behind_a_split_body),
	    cmocka_unit_test(pipeline__before_a_refused_one),
	    cmocka_unit_test(expect__continue),
	    cmocka_unit_test(post__without_a_length),
	    cmocka_unit_test(version__1_0),
	    cmocka_unit_test(connection__kept_and_closed),
	    cmocka_unit_test(head_request__refused_without_a_body),
	};

	return (harness_run(tests, start));
}
