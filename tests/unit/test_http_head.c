/* What is accepted, what is refused and how, and what Kore gets to see. */
/* links: kore/http_head.c kore/http_head_scan.c kore/http_head_rewrite.c core/errors.c | */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "kore/http_head.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define GET      "GET / HTTP/1.1\r\n"
#define POST     "POST /chat/ HTTP/1.1\r\n"
#define HOST     "Host: a.example\r\n"

struct refusal {
	const char *head;
	enum error  error;
};

/* In memory of exactly its size, so that reading past it is seen. */
static enum error
read_exactly(const char *text, size_t len, struct http_head *head)
{
	char      *copy = malloc(len + 1);
	enum error e;

	assert_non_null(copy);
	memcpy(copy + 1, text, len);
	e = http_head_read(copy + 1, len, head);
	head->host = head->method = NULL;
	free(copy);
	return (e);
}

/*
 * The verdict on the whole, having seen that a reader fed byte by byte comes
 * to the same one, and does not come back from it.
 */
static enum error
verdict(const char *text, size_t len, struct http_head *head)
{
	struct http_head part;
	enum error       e = read_exactly(text, len, head);
	enum error       early;
	bool             settled = false;
	size_t           n;

	for (n = 0; n <= len; n++) {
		early = read_exactly(text, n, &part);
		if (early == ERR_NONE && part.size == 0) {
			assert_false(settled);
			continue;
		}
		settled = true;
		assert_int_equal(early, e);
		assert_int_equal(part.size, head->size);
	}
	assert_int_equal(settled, e != ERR_NONE || head->size > 0);
	return (e);
}

static void
assert_refused(const struct refusal *r, size_t n)
{
	struct http_head head;
	size_t           i;
	enum error       e;

	for (i = 0; i < n; i++) {
		e = verdict(r[i].head, strlen(r[i].head), &head);
		if (e != r[i].error)
			fail_msg("%s\nis %s, not %s", r[i].head,
			    e == ERR_NONE ? "accepted" : error_info(e)->code,
			    error_info(r[i].error)->code);
		assert_int_equal(head.size, 0);
	}
}

static struct http_head
accept_text(const char *text)
{
	struct http_head head;
	enum error       e;

	verdict(text, strlen(text), &head);
	e = http_head_read(text, strlen(text), &head);
	if (e != ERR_NONE)
		fail_msg("%s\nis %s", text, error_info(e)->code);
	if (head.size == 0)
		fail_msg("%s\nis not complete", text);
	return (head);
}

/* Rewriting text gives expected, in just the room it needs and in no less. */
static void
assert_rewritten(const char *text, const char *expected)
{
	struct http_head head = accept_text(text), again;
	size_t           len = strlen(expected);
	char            *out = malloc(len + 1);

	assert_non_null(out);
	out[len] = '\0';
	if (http_head_rewrite(text, &head, out, len) != len ||
	    strcmp(out, expected) != 0)
		fail_msg("%s\nis not rewritten to\n%s", text, expected);
	assert_int_equal(http_head_rewrite(text, &head, out, len - 1), 0);
	assert_int_equal(http_head_rewrite(text, &head, out, 0), 0);
	assert_true(len <= head.size + HTTP_HEAD_GROWTH);
	free(out);

	again = accept_text(expected);
	assert_int_equal(again.size, len);
	assert_int_equal(again.body_size, head.body_size);
	assert_int_equal(again.version_1_0, head.version_1_0);
}

static void
reads_head__simple_get(void **state)
{
	const char *text = GET HOST "\r\n";
	struct http_head       head = accept_text(text);

	(void)state;
	assert_int_equal(head.size, strlen(text));
	assert_int_equal(head.body_size, 0);
	assert_false(head.has_body_size);
	assert_false(head.expects_continue);
	assert_false(head.version_1_0);
	assert_int_equal(head.method_len, 3);
	assert_memory_equal(head.method, "GET", 3);
	assert_int_equal(head.host_len, strlen("a.example"));
	assert_memory_equal(head.host, "a.example", head.host_len);
}

static void
reads_head__body_and_next_request_behind_it(void **state)
{
	const char *head_text = POST HOST "Content-Length: 7\r\n"
					  "Expect: 100-CONTINUE\r\n\r\n";
	char                         text[256];
	struct http_head             head;

	(void)state;
	snprintf(text, sizeof(text), "%s{\"a\":1}GET \1\2\3", head_text);
	head = accept_text(text);
	assert_int_equal(head.size, strlen(head_text));
	assert_int_equal(head.body_size, 7);
	assert_true(head.has_body_size);
	assert_true(head.expects_continue);
}

static void
reads_head__one_empty_line_before_it(void **state)
{
	const char *text = "\r\n" GET HOST "\r\n";
	struct http_head              head = accept_text(text);
	static const struct refusal   two[] = {
	      {"\r\n\r\n" GET HOST "\r\n", ERR_MALFORMED_REQUEST},
	      {"\n" GET HOST "\r\n", ERR_MALFORMED_REQUEST},
	      {"\r" GET HOST "\r\n", ERR_MALFORMED_REQUEST},
        };

	(void)state;
	assert_int_equal(head.size, strlen(text));
	assert_memory_equal(head.method, "GET", 3);
	assert_rewritten(text, GET "host:a.example\r\n\r\n");
	assert_refused(two, COUNT(two));
}

static void
reads_head__every_method(void **state)
{
	static const char *const names[] = {
	    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
	char             text[64];
	struct http_head head;
	size_t           i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		snprintf(text, sizeof(text), "%s / HTTP/1.1\r\n" HOST "\r\n",
		    names[i]);
		head = accept_text(text);
		assert_int_equal(head.method_len, strlen(names[i]));
	}
	accept_text("OPTIONS * HTTP/1.1\r\n" HOST "\r\n");
}

static void
reads_head__incomplete_asks_for_more(void **state)
{
	static const char *const parts[] = {"", "\r", "\r\n", "G", "OPTIONS",
	    "GET ", "GET /", "GET / HTTP/1.1", GET, GET "\r", GET HOST,
	    GET "Host", GET "Host:", GET "Host: a\r", GET HOST "\r",
	    GET "Transfer-Encoding: chunked\r\n"};
	struct http_head         head;
	size_t                   i;

	(void)state;
	for (i = 0; i < COUNT(parts); i++) {
		assert_int_equal(
		    verdict(parts[i], strlen(parts[i]), &head), ERR_NONE);
		assert_int_equal(head.size, 0);
	}
}

static void
refuses_garbage__with_its_first_bytes(void **state)
{
	static const struct refusal r[] = {
	    {"\x16\x03\x01", ERR_MALFORMED_REQUEST},
	    {"get / ", ERR_MALFORMED_REQUEST},
	    {"\x80", ERR_MALFORMED_REQUEST},
	    {" GET", ERR_MALFORMED_REQUEST},
	    {"{", ERR_MALFORMED_REQUEST},
	    {"SSH-2.0-OpenSSH_9", ERR_METHOD_NOT_IMPLEMENTED},
	    {"EHLO\r", ERR_MALFORMED_REQUEST},
	    {"GET\t", ERR_MALFORMED_REQUEST},
	    {"GET  ", ERR_MALFORMED_REQUEST},
	    {"GET /\r", ERR_MALFORMED_REQUEST},
	    {"GET / HTP", ERR_MALFORMED_REQUEST},
	};
	struct http_head head;

	(void)state;
	assert_refused(r, COUNT(r));
	assert_int_equal(read_exactly("\0", 1, &head), ERR_MALFORMED_REQUEST);
}

static void
refuses_request_line(void **state)
{
	static const struct refusal r[] = {
	    {"FOO / HTTP/1.1\r\n", ERR_METHOD_NOT_IMPLEMENTED},
	    {"Get / HTTP/1.1\r\n", ERR_METHOD_NOT_IMPLEMENTED},
	    {"GE / HTTP/1.1\r\n", ERR_METHOD_NOT_IMPLEMENTED},
	    {"GETS / HTTP/1.1\r\n", ERR_METHOD_NOT_IMPLEMENTED},
	    {"CONNECT a:1 HTTP/1.1\r\n", ERR_METHOD_NOT_IMPLEMENTED},
	    {"TRACE / HTTP/1.1\r\n", ERR_METHOD_NOT_IMPLEMENTED},
	    {"PRI * HTTP/2.0\r\n", ERR_METHOD_NOT_IMPLEMENTED},
	    {"PROPFIND / HTTP/1.1\r\n", ERR_METHOD_NOT_IMPLEMENTED},
	    {"G(T / HTTP/1.1\r\n", ERR_MALFORMED_REQUEST},
	    {"GET a HTTP/1.1\r\n", ERR_MALFORMED_REQUEST},
	    {"GET * HTTP/1.1\r\n", ERR_MALFORMED_REQUEST},
	    {"OPTIONS *x HTTP/1.1\r\n", ERR_MALFORMED_REQUEST},
	    {"GET http://a/ HTTP/1.1\r\n", ERR_MALFORMED_REQUEST},
	    {"GET /a b HTTP/1.1\r\n", ERR_MALFORMED_REQUEST},
	    {"GET /\x7f HTTP/1.1\r\n", ERR_MALFORMED_REQUEST},
	    {"GET /\xc3\xa9 HTTP/1.1\r\n", ERR_MALFORMED_REQUEST},
	    {"GET /\x01 HTTP/1.1\r\n", ERR_MALFORMED_REQUEST},
	    {"GET / HTTP/1.1 \r\n", ERR_MALFORMED_REQUEST},
	    {"GET / HTTP/1.1\n", ERR_MALFORMED_REQUEST},
	    {"GET / HTTP/1.1\rX", ERR_MALFORMED_REQUEST},
	    {"GET /  HTTP/1.1\r\n", ERR_MALFORMED_REQUEST},
	    {"GET / http/1.1\r\n", ERR_MALFORMED_REQUEST},
	    {"GET / HTTP/11\r\n", ERR_MALFORMED_REQUEST},
	    {"GET / HTTP/1.10\r\n", ERR_MALFORMED_REQUEST},
	    {"GET / HTTP/1.2\r\n", ERR_HTTP_VERSION},
	    {"GET / HTTP/2.0\r\n", ERR_HTTP_VERSION},
	    {"GET / HTTP/0.9\r\n", ERR_HTTP_VERSION},
	    {"PUT / HTTP/1.0\r\n", ERR_METHOD_NOT_ALLOWED},
	    {"DELETE / HTTP/1.0\r\n", ERR_METHOD_NOT_ALLOWED},
	    {"OPTIONS / HTTP/1.0\r\n", ERR_METHOD_NOT_ALLOWED},
	};

	(void)state;
	assert_refused(r, COUNT(r));
}

static void
refuses_target__too_long(void **state)
{
	char             text[4096];
	struct http_head head;
	int              n;

	(void)state;
	n = snprintf(
	    text, sizeof(text), "GET /%01996d HTTP/1.1\r\n" HOST "\r\n", 0);
	assert_int_equal(verdict(text, (size_t)n, &head), ERR_NONE);
	assert_int_equal(head.size, n);
	n = snprintf(text, sizeof(text), "GET /%01997d", 0);
	assert_int_equal(verdict(text, (size_t)n, &head), ERR_URI_TOO_LONG);
	assert_int_equal(verdict(text, (size_t)n - 1, &head), ERR_NONE);
	assert_int_equal(head.size, 0);
}

static void
refuses_field__syntax(void **state)
{
	static const struct refusal r[] = {
	    {GET "Host : a\r\n", ERR_MALFORMED_REQUEST},
	    {GET " Host: a\r\n", ERR_MALFORMED_REQUEST},
	    {GET HOST " folded\r\n", ERR_MALFORMED_REQUEST},
	    {GET HOST "\tfolded\r\n", ERR_MALFORMED_REQUEST},
	    {GET ": a\r\n", ERR_MALFORMED_REQUEST},
	    {GET "Host\r\n", ERR_MALFORMED_REQUEST},
	    {GET "Ho(st: a\r\n", ERR_MALFORMED_REQUEST},
	    {GET "H\xc3: a\r\n", ERR_MALFORMED_REQUEST},
	    {GET HOST "A: b\n", ERR_MALFORMED_REQUEST},
	    {GET HOST "A: b\rC: d\r\n", ERR_MALFORMED_REQUEST},
	    {GET HOST "A: b\r\r\n", ERR_MALFORMED_REQUEST},
	    {GET HOST "A: \x01\r\n", ERR_MALFORMED_REQUEST},
	    {GET HOST "A: \x7f\r\n", ERR_MALFORMED_REQUEST},
	    {GET HOST "A: \x0b\r\n", ERR_MALFORMED_REQUEST},
	    {GET HOST "\n", ERR_MALFORMED_REQUEST},
	    {GET HOST "\rX", ERR_MALFORMED_REQUEST},
	};
	const char nul[] = GET HOST "A: b\0c\r\n\r\n";
	struct http_head       head;

	(void)state;
	assert_refused(r, COUNT(r));
	assert_int_equal(
	    verdict(nul, sizeof(nul) - 1, &head), ERR_MALFORMED_REQUEST);
}

static void
refuses_host(void **state)
{
	static const char *const values[] = {"", " ", "a b", "a/b", "a@b",
	    "a:b", "a:1:2", "a:123456", "a:-1", ":80", "[::1", "[]", "[::g]",
	    "[1.2.3.4]", "::1", "[::1]x", "[::1]:x", "[::1%eth0]", "a%zz",
	    "a%2", "\xc3\xa9", "a,b:80,c", "a\tb", "[v1.a]",
	    "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]"};
	char                     text[512];
	struct http_head         head;
	size_t                   i;
	int                      n;

	(void)state;
	for (i = 0; i < COUNT(values); i++) {
		n = snprintf(
		    text, sizeof(text), GET "Host: %s\r\n\r\n", values[i]);
		if (verdict(text, (size_t)n, &head) != ERR_MALFORMED_REQUEST)
			fail_msg("Host: %s is accepted", values[i]);
	}
	n = snprintf(text, sizeof(text), GET "Host: %0252d\r\n\r\n", 0);
	assert_int_equal(verdict(text, (size_t)n, &head), ERR_NONE);
	assert_int_equal(head.host_len, 252);
	n = snprintf(text, sizeof(text), GET "Host: %0253d\r\n\r\n", 0);
	assert_int_equal(
	    verdict(text, (size_t)n, &head), ERR_MALFORMED_REQUEST);
}

static void
reads_host__without_port(void **state)
{
	static const struct {
		const char *value, *host;
	} c[] = {
	    {"localhost", "localhost"},
	    {"localhost:5000", "localhost"},
	    {"localhost:", "localhost"},
	    {"127.0.0.1:65535", "127.0.0.1"},
	    {"[::1]", "[::1]"},
	    {"[2001:db8::7]:443", "[2001:db8::7]"},
	    {"[::ffff:1.2.3.4]:1", "[::ffff:1.2.3.4]"},
	    {"a_b-c.~d%2fe", "a_b-c.~d%2fe"},
	    {"  a\t ", "a"},
	};
	char             text[128];
	struct http_head head;
	size_t           i;

	(void)state;
	for (i = 0; i < COUNT(c); i++) {
		snprintf(text, sizeof(text), GET "hOsT:%s\r\n\r\n", c[i].value);
		head = accept_text(text);
		assert_int_equal(head.host_len, strlen(c[i].host));
		assert_memory_equal(head.host, c[i].host, head.host_len);
	}
}

static void
refuses_fields__that_frame_or_identify(void **state)
{
	static const struct refusal r[] = {
	    {GET "\r\n", ERR_MALFORMED_REQUEST},
	    {GET "Hostile: a\r\n\r\n", ERR_MALFORMED_REQUEST},
	    {GET HOST HOST "\r\n", ERR_MALFORMED_REQUEST},
	    {GET HOST "Host:\r\n\r\n", ERR_MALFORMED_REQUEST},
	    {POST HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
		ERR_MALFORMED_REQUEST},
	    {POST HOST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
		ERR_MALFORMED_REQUEST},
	    {POST HOST "Content-Length: 5, 5\r\n\r\n", ERR_MALFORMED_REQUEST},
	    {POST HOST "Content-Length: +5\r\n\r\n", ERR_MALFORMED_REQUEST},
	    {POST HOST "Content-Length: -1\r\n\r\n", ERR_MALFORMED_REQUEST},
	    {POST HOST "Content-Length: 0x5\r\n\r\n", ERR_MALFORMED_REQUEST},
	    {POST HOST "Content-Length: 5 \x80\r\n\r\n", ERR_MALFORMED_REQUEST},
	    {POST HOST "Content-Length:\r\n\r\n", ERR_MALFORMED_REQUEST},
	    {POST HOST "Content-Length: 1234567890123456789\r\n\r\n",
		ERR_MALFORMED_REQUEST},
	    {GET HOST "Content-Length: 1\r\n\r\n", ERR_MALFORMED_REQUEST},
	    {"HEAD / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n",
		ERR_MALFORMED_REQUEST},
	    {"OPTIONS / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n",
		ERR_MALFORMED_REQUEST},
	    {POST HOST "Transfer-Encoding: chunked\r\n\r\n",
		ERR_TRANSFER_ENCODING},
	    {GET HOST "Transfer-Encoding: identity\r\n\r\n",
		ERR_TRANSFER_ENCODING},
	    {POST HOST "transfer-encoding:\r\n\r\n", ERR_TRANSFER_ENCODING},
	    {POST HOST "Content-Length: 5\r\n"
		       "TRANSFER-ENCODING: chunked\r\n\r\n",
		ERR_TRANSFER_ENCODING},
	    {POST HOST "Expect: 200-ok\r\n\r\n", ERR_EXPECTATION_FAILED},
	    {POST HOST "Expect: 100-continue, a\r\n\r\n",
		ERR_EXPECTATION_FAILED},
	    {POST HOST "Expect: 100-continue\r\nExpect: a\r\n\r\n",
		ERR_EXPECTATION_FAILED},
	    {GET HOST "Authorization: a\r\nAuthorization: a\r\n\r\n",
		ERR_MALFORMED_REQUEST},
	    {GET HOST "Authorization: a\r\nauthorization:\r\n\r\n",
		ERR_MALFORMED_REQUEST},
	    {POST HOST "Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n",
		ERR_MALFORMED_REQUEST},
	    {POST HOST "Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n",
		ERR_MALFORMED_REQUEST},
	    {POST HOST "Idempotency-Key: \xe2\x82\xac\r\n\r\n",
		ERR_MALFORMED_REQUEST},
	    {GET HOST "Last-Event-ID: 1\r\nLast-Event-ID: 2\r\n\r\n",
		ERR_MALFORMED_REQUEST},
	};

	(void)state;
	assert_refused(r, COUNT(r));
}

static void
reads_content_length__up_to_18_digits(void **state)
{
	struct http_head head;

	(void)state;
	head = accept_text(POST HOST "Content-Length: 0\r\n\r\n");
	assert_true(head.has_body_size);
	assert_int_equal(head.body_size, 0);
	head = accept_text(POST HOST "Content-Length:\t0042 \r\n\r\n");
	assert_int_equal(head.body_size, 42);
	head = accept_text(
	    POST HOST "Content-Length: 999999999999999999\r\n\r\n");
	assert_true(head.body_size == UINT64_C(999999999999999999));
	head = accept_text(GET HOST "Content-Length: 0\r\n\r\n");
	assert_int_equal(head.body_size, 0);
}

static void
reads_expect__ignored_in_1_0(void **state)
{
	struct http_head head;

	(void)state;
	head = accept_text("POST / HTTP/1.0\r\n" HOST "Content-Length: 1\r\n"
			   "Expect: 100-continue\r\n\r\n");
	assert_true(head.version_1_0);
	assert_false(head.expects_continue);
	head = accept_text(POST HOST "Expect: \r\n\r\n");
	assert_false(head.expects_continue);
}

static void
rewrites__keeps_what_is_read(void **state)
{
	(void)state;
	assert_rewritten(POST
	    "HOST:  a.example:5000 \r\n"
	    "X-Anything: x\r\nCookie: c=1\r\nRange: bytes=0-1\r\n"
	    "Accept: */*\r\nContent-Type: application/json\r\n"
	    "AUTHORIZATION: Bearer t\r\nContent-Length: 5\r\n"
	    "Expect: 100-continue\r\nReferer: r\r\nOrigin: https://o\r\n"
	    "User-Agent: u/1 (x;\ty)\r\nAccept-Encoding: gzip, br\r\n"
	    "Idempotency-Key: k\r\nLast-Event-ID: 7\r\nX-Request-ID: i\r\n"
	    "If-None-Match: \"e\"\r\nHostile: h\r\n\r\nhello",
	    POST "host:a.example:5000\r\ncontent-length:5\r\n"
		 "content-type:application/json\r\nauthorization:Bearer t\r\n"
		 "accept:*/*\r\naccept-encoding:gzip, br\r\n"
		 "idempotency-key:k\r\nlast-event-id:7\r\nx-request-id:i\r\n"
		 "user-agent:u/1 (x; y)\r\norigin:https://o\r\n"
		 "if-none-match:\"e\"\r\n\r\n");
}

static void
rewrites__what_kore_refuses_though_legal(void **state)
{
	(void)state;
	assert_rewritten(GET HOST "User-Agent:\r\nAccept: \t \r\n\r\n",
	    GET "host:a.example\r\n\r\n");
	assert_rewritten(GET HOST "User-Agent: \xc3\xa9\r\n\r\n",
	    GET "host:a.example\r\nuser-agent:??\r\n\r\n");
	assert_rewritten(
	    GET HOST "X-Other: \xff\r\n\r\n", GET "host:a.example\r\n\r\n");
	assert_rewritten(
	    GET HOST "Authorization:\r\n\r\n", GET "host:a.example\r\n\r\n");
}

static void
rewrites__repeated_fields(void **state)
{
	(void)state;
	assert_rewritten(GET HOST
	    "X-Forwarded-For: 1.1.1.1\r\n"
	    "Accept: text/html\r\nx-forwarded-for:\r\n"
	    "X-FORWARDED-FOR: 2.2.2.2, 3.3.3.3 \r\n"
	    "Accept: text/event-stream\r\nX-Forwarded-For:4.4.4.4\r\n\r\n",
	    GET "host:a.example\r\naccept:text/html, text/event-stream\r\n"
		"x-forwarded-for:1.1.1.1, 2.2.2.2, 3.3.3.3, 4.4.4.4\r\n\r\n");
	assert_rewritten(GET HOST "Accept:\r\nAccept:\r\nAccept: a\r\n\r\n",
	    GET "host:a.example\r\naccept:a\r\n\r\n");
	assert_rewritten(GET HOST
	    "User-Agent:\r\nUser-Agent: a\r\n"
	    "User-Agent: b\r\nOrigin: a\r\nOrigin: b\r\n\r\n",
	    GET "host:a.example\r\nuser-agent:a\r\norigin:a\r\n\r\n");
}

static void
rewrites__a_hundred_lines_into_few(void **state)
{
	char             text[8192], out[8192];
	struct http_head head;
	size_t           n, len, lines = 0;
	int              i;

	(void)state;
	n = (size_t)snprintf(text, sizeof(text), GET HOST);
	for (i = 0; i < 100; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "X-Forwarded-For: 10.0.0.%d\r\nX-%d: y\r\n", i, i);
	snprintf(text + n, sizeof(text) - n, "Authorization: Bearer t\r\n\r\n");
	head = accept_text(text);
	len = http_head_rewrite(text, &head, out, sizeof(out) - 1);
	out[len] = '\0';
	for (n = 0; n < len; n++)
		lines += (out[n] == '\n');
	assert_int_equal(lines, 5);
	assert_non_null(strstr(out, "authorization:Bearer t\r\n"));
	assert_non_null(strstr(out, "x-forwarded-for:10.0.0.0, 10.0.0.1, "));
	assert_non_null(strstr(out, ", 10.0.0.98, 10.0.0.99\r\n"));
}

static void
rewrites__connection(void **state)
{
	static const char *const closing[] = {"close", "CLOSE", " close ",
	    "keep-alive, close", "close,upgrade", ",,close,",
	    "a\r\nConnection: b , Close"};
	static const char *const others[] = {"keep-alive", "closed", "",
	    "Upgrade", "c lose", "a,b", ",", "close=1"};
	char                     text[128];
	size_t                   i;

	(void)state;
	for (i = 0; i < COUNT(closing); i++) {
		snprintf(text, sizeof(text),
		    GET "Connection: %s\r\n" HOST "\r\n", closing[i]);
		assert_rewritten(
		    text, GET "host:a.example\r\nconnection:close\r\n\r\n");
	}
	for (i = 0; i < COUNT(others); i++) {
		snprintf(text, sizeof(text),
		    GET "Connection: %s\r\n" HOST "\r\n", others[i]);
		assert_rewritten(text, GET "host:a.example\r\n\r\n");
	}
}

static void
rewrites__what_kore_demands(void **state)
{
	struct http_head head;

	(void)state;
	assert_rewritten(POST HOST "\r\n",
	    POST "host:a.example\r\ncontent-length:0\r\n\r\n");
	assert_rewritten("PUT / HTTP/1.1\r\n" HOST "\r\n",
	    "PUT / HTTP/1.1\r\nhost:a.example\r\ncontent-length:0\r\n\r\n");
	assert_rewritten("PATCH / HTTP/1.1\r\n" HOST "\r\n",
	    "PATCH / HTTP/1.1\r\nhost:a.example\r\ncontent-length:0\r\n\r\n");
	assert_rewritten("DELETE / HTTP/1.1\r\n" HOST "\r\n",
	    "DELETE / HTTP/1.1\r\nhost:a.example\r\n\r\n");
	/* Kore reads no body of a DELETE. */
	assert_rewritten("DELETE / HTTP/1.1\r\n" HOST
			 "Content-Length: 1\r\n\r\n",
	    "PATCH / HTTP/1.1\r\nhost:a.example\r\ncontent-length:1\r\n\r\n");
	assert_rewritten("DELETE / HTTP/1.1\r\n" HOST
			 "Content-Length: 0\r\n\r\n",
	    "DELETE / HTTP/1.1\r\nhost:a.example\r\ncontent-length:0\r\n\r\n");
	assert_rewritten("GET / HTTP/1.0\r\n\r\n",
	    "GET / HTTP/1.0\r\nhost:localhost\r\n\r\n");
	assert_rewritten("POST / HTTP/1.0\r\n\r\n",
	    "POST / HTTP/1.0\r\nhost:localhost\r\ncontent-length:0\r\n\r\n");
	head = accept_text("GET / HTTP/1.0\r\n\r\n");
	assert_int_equal(head.host_len, 0);
	assert_non_null(head.host);
}

static void
rewrites__no_more_than_it_may_grow(void **state)
{
	const char      *text = "POST / HTTP/1.0\r\n\r\n";
	struct http_head head = accept_text(text);
	char             out[128];

	(void)state;
	assert_int_equal(http_head_rewrite(text, &head, out, sizeof(out)),
	    head.size + HTTP_HEAD_GROWTH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_head__simple_get),
	    cmocka_unit_test(reads_head__body_and_next_request_behind_it),
	    cmocka_unit_test(reads_head__one_empty_line_before_it),
	    cmocka_unit_test(reads_head__every_method),
	    cmocka_unit_test(reads_head__incomplete_asks_for_more),
	    cmocka_unit_test(refuses_garbage__with_its_first_bytes),
	    cmocka_unit_test(refuses_request_line),
	    cmocka_unit_test(refuses_target__too_long),
	    cmocka_unit_test(refuses_field__syntax),
	    cmocka_unit_test(refuses_host),
	    cmocka_unit_test(reads_host__without_port),
	    cmocka_unit_test(refuses_fields__that_frame_or_identify),
	    cmocka_unit_test(reads_content_length__up_to_18_digits),
	    cmocka_unit_test(reads_expect__ignored_in_1_0),
	    cmocka_unit_test(rewrites__keeps_what_is_read),
	    cmocka_unit_test(rewrites__what_kore_refuses_though_legal),
	    cmocka_unit_test(rewrites__repeated_fields),
	    cmocka_unit_test(rewrites__a_hundred_lines_into_few),
	    cmocka_unit_test(rewrites__connection),
	    cmocka_unit_test(rewrites__what_kore_demands),
	    cmocka_unit_test(rewrites__no_more_than_it_may_grow),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
