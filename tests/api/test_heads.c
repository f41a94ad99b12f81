/*
 * Heads of requests to the byte (RFC 9112, RFC 9110): which are accepted and
 * which refused, with one answer after which the connection is closed.
 */
#include "harness.h"

#define HOST   "Host: localhost\r\n"
#define HEALTH "GET /healthz HTTP/1.1\r\n" HOST
#define LOGIN \
	"POST /auth/login HTTP/1.1\r\n" HOST \
	"Content-Type: application/json\r\n"
#define WAIT_MS     5000
#define BYTES(text) text, sizeof(text) - 1

static int
start(void **state)
{
	*state = server_start(NULL);
	return (0);
}

static const char *const accepted[] = {
    HEALTH "\r\n",
    "\r\n" HEALTH "\r\n",
    HEALTH "X-Empty:\r\nAccept:\r\nUser-Agent: \t \r\n\r\n",
    HEALTH "X-Tab: a\tb\r\nX-Latin: \xe9\r\nUser-Agent: \xe9\t\r\n\r\n",
    HEALTH "X-Request-Id:\t abc \t\r\n\r\n",
    HEALTH "Content-Length: 0\r\n\r\n",
    HEALTH "Content-Length: 000\r\n\r\n",
    HEALTH "Connection: keep-alive, Upgrade\r\nUpgrade: h2c\r\n\r\n",
    HEALTH "!#$%&'*+-.^_`|~09aZ: x\r\n\r\n",
    HEALTH "Accept: a\r\nAccept: b\r\nCookie: c\r\nCookie: d\r\n\r\n",
    "GET /healthz?a=b%20c&d HTTP/1.1\r\nhOsT: LOCALHOST:5000\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nHost: [::1]:5000\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nHost:127.0.0.1\r\n\r\n",
};

static void
head__accepted(void **state)
{
	struct raw *raw;
	size_t      i;

	for (i = 0; i < COUNT(accepted); i++) {
		raw = raw_open(*state);
		raw_text(raw, accepted[i]);
		assert_status(raw_reply(raw, WAIT_MS), 200);
		/* It stays open for the next one. */
		raw_text(raw, HEALTH "\r\n");
		assert_status(raw_reply(raw, WAIT_MS), 200);
		raw_close(raw);
	}
}

/* More than Kore itself has room for; what is read is among the last. */
static void
head__of_forty_fields(void **state)
{
	struct raw *raw = raw_open(*state);
	char       *head = scratch_printf(HEALTH);
	int         i;

	for (i = 0; i < 40; i++)
		head = scratch_printf("%sX-Field-%d: %d\r\n", head, i, i);
	raw_text(raw, scratch_printf("%sX-Request-Id: last\r\n\r\n", head));
	assert_header(raw_reply(raw, WAIT_MS), "X-Request-Id", "last");
	raw_close(raw);
}

static const struct refused {
	const char *bytes;
	size_t      size;
	int         status;
	const char *code;
} refused[] = {
    /* the length of the body */
    {BYTES(LOGIN "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), 400,
	"malformed_request"},
    {BYTES(LOGIN "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"), 400,
	"malformed_request"},
    {BYTES(LOGIN "Content-Length: +2\r\n\r\n{}"), 400, "malformed_request"},
    {BYTES(LOGIN "Content-Length: 2, 2\r\n\r\n{}"), 400, "malformed_request"},
    {BYTES(LOGIN "Content-Length: 0x2\r\n\r\n{}"), 400, "malformed_request"},
    {BYTES(LOGIN "Content-Length: -2\r\n\r\n{}"), 400, "malformed_request"},
    {BYTES(LOGIN "Content-Length: 2 2\r\n\r\n{}"), 400, "malformed_request"},
    {BYTES(LOGIN "Content-Length:\r\n\r\n{}"), 400, "malformed_request"},
    {BYTES(LOGIN "Content-Length: 18446744073709551618\r\n\r\n{}"), 400,
	"malformed_request"},
    {BYTES(LOGIN "Content-Length: 999999999999999999\r\n\r\n{}"), 413,
	"body_too_large"},
    {BYTES(HEALTH "Content-Length: 5\r\n\r\nabcde"), 400, "malformed_request"},
    {BYTES(LOGIN "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
		 "\r\n"),
	501, "transfer_encoding"},
    {BYTES(LOGIN "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n"
		 "\r\n{}"),
	501, "transfer_encoding"},
    {BYTES(LOGIN "Transfer-Encoding: \x0b"
		 "chunked\r\n\r\n"),
	400, "malformed_request"},
    {BYTES(LOGIN "Transfer-Encoding:\r\nContent-Length: 2\r\n\r\n{}"), 501,
	"transfer_encoding"},
    /* the ends of lines, and what is no text */
    {BYTES("GET /healthz HTTP/1.1\nHost: localhost\n\n"), 400,
	"malformed_request"},
    {BYTES(HEALTH "X-A: b\nX-C: d\r\n\r\n"), 400, "malformed_request"},
    {BYTES(HEALTH "X-A: b\rX-C: d\r\n\r\n"), 400, "malformed_request"},
    {BYTES(HEALTH "\n"), 400, "malformed_request"},
    {BYTES(HEALTH "X-A: b\0\r\nX-C: d\r\n\r\n"), 400, "malformed_request"},
    {BYTES(HEALTH "X-A: b\x7f\r\n\r\n"), 400, "malformed_request"},
    {BYTES("GET /heal\0thz HTTP/1.1\r\n" HOST "\r\n"), 400,
	"malformed_request"},
    /* fields */
    {BYTES("GET /healthz HTTP/1.1\r\n\r\n"), 400, "malformed_request"},
    {BYTES("GET /healthz HTTP/1.1\r\nHostile: localhost\r\n\r\n"), 400,
	"malformed_request"},
    {BYTES("GET /healthz HTTP/1.1\r\nHost:\r\n\r\n"), 400, "malformed_request"},
    {BYTES("GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n"), 400,
	"malformed_request"},
    {BYTES("GET /healthz HTTP/1.1\r\nHost: user@localhost\r\n\r\n"), 400,
	"malformed_request"},
    {BYTES("GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n"), 400,
	"malformed_request"},
    {BYTES(HEALTH HOST "\r\n"), 400, "malformed_request"},
    {BYTES(HEALTH "X-A: b\r\n c\r\n\r\n"), 400, "malformed_request"},
    {BYTES(HEALTH "X-A\r\n\r\n"), 400, "malformed_request"},
    {BYTES(HEALTH ": b\r\n\r\n"), 400, "malformed_request"},
    {BYTES(HEALTH "Authorization: Bearer a\r\nAuthorization: Bearer b"
		  "\r\n\r\n"),
	400, "malformed_request"},
    {BYTES(HEALTH "Expect: a miracle\r\n\r\n"), 417, "expectation_failed"},
    /* the request line */
    {BYTES("GET /healthz HTTP/1.1 x\r\n" HOST "\r\n"), 400,
	"malformed_request"},
    {BYTES("GET  /healthz HTTP/1.1\r\n" HOST "\r\n"), 400, "malformed_request"},
    {BYTES("GET /healthz\r\n" HOST "\r\n"), 400, "malformed_request"},
    {BYTES("GET /healthz http/1.1\r\n" HOST "\r\n"), 400, "malformed_request"},
    {BYTES("GET healthz HTTP/1.1\r\n" HOST "\r\n"), 400, "malformed_request"},
    {BYTES("GET http://localhost/healthz HTTP/1.1\r\n" HOST "\r\n"), 400,
	"malformed_request"},
    {BYTES("GET /h\xe9 HTTP/1.1\r\n" HOST "\r\n"), 400, "malformed_request"},
    {BYTES(" GET /healthz HTTP/1.1\r\n" HOST "\r\n"), 400, "malformed_request"},
    {BYTES("GET /healthz HTTP/1.2\r\n" HOST "\r\n"), 505, "http_version"},
    {BYTES("GET /healthz HTTP/2.0\r\n" HOST "\r\n"), 505, "http_version"},
    {BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 501, "method_not_implemented"},
    {BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400,
	"malformed_request"},
};

/* However the bytes arrive; the connection ends with the answer. */
static void
head__refused(void **state)
{
	struct raw *raw;
	size_t      i, piece, at, n;

	for (i = 0; i < COUNT(refused) * 2; i++) {
		const struct refused *t = &refused[i / 2];

		piece = i % 2 == 0 ? t->size : 1;
		raw = raw_open(*state);
		for (at = 0; at < t->size; at += n) {
			n = t->size - at < piece ? t->size - at : piece;
			if (!raw_send(raw, t->bytes + at, n))
				break;
		}
		assert_error(raw_reply(raw, WAIT_MS), t->status, t->code);
		assert_true(raw_closes(raw, WAIT_MS));
		raw_close(raw);
	}
}

/* Around the sizes at which the server makes room, whole or in two parts. */
static void
head__of_every_size(void **state)
{
	static const size_t sizes[] = {2046, 2047, 2048, 2049, 4096, 16383};
	struct raw         *raw;
	char               *head;
	size_t              i, fill, part;

	for (i = 0; i < COUNT(sizes) * 2; i++) {
		fill = sizes[i / 2] - strlen(HEALTH "X: \r\n\r\n");
		head = scratch_printf(HEALTH "X: %0*d\r\n\r\n", (int)fill, 0);
		part = i % 2 == 0 ? sizes[i / 2] : 2048 % sizes[i / 2];
		raw = raw_open(*state);
		raw_send(raw, head, part);
		if (part < sizes[i / 2])
			sleep_ms(20);
		raw_send(raw, head + part, sizes[i / 2] - part);
		assert_status(raw_reply(raw, WAIT_MS), 200);
		raw_text(raw, HEALTH "\r\n");
		assert_status(raw_reply(raw, WAIT_MS), 200);
		raw_close(raw);
	}
}

static void
head__too_large(void **state)
{
	struct raw *raw = raw_open(*state);
	char       *value = scratch_alloc(20001);

	memset(value, 'x', 20000);
	raw_text(raw, scratch_printf(HEALTH "X-Large: %s\r\n\r\n", value));
	assert_error(raw_reply(raw, WAIT_MS), 431, "headers_too_large");
	assert_true(raw_closes(raw, WAIT_MS));
	raw_close(raw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(head__accepted),
	    cmocka_unit_test(head__of_forty_fields),
	    cmocka_unit_test(head__refused),
	    cmocka_unit_test(head__of_every_size),
	    cmocka_unit_test(head__too_large),
	};

	return (harness_run(tests, start));
}
