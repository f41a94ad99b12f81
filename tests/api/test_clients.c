/*
 * Clients that mean no good: too slow, speaking something else, or gone in
 * the middle. Nobody else feels it.
 */
#include <sys/socket.h>

#include "harness.h"

#define ROUNDS       100
#define HEAD_MS      10000 /* kore.conf: http_header_timeout */
#define HANDSHAKE_MS 8000
#define LATE_MS      2500 /* that a busy machine may take longer */

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

/* The first bytes of a handshake, as OpenSSL would send them. */
static size_t
client_hello(char *bytes, size_t size)
{
	SSL_CTX *ctx = raw_context();
	SSL     *ssl = SSL_new(ctx);
	BIO     *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	int      n;

	assert_non_null(ssl);
	SSL_set_bio(ssl, in, out);
	SSL_set_connect_state(ssl);
	SSL_do_handshake(ssl);
	n = BIO_read(out, bytes, (int)size);
	assert_true(n > 100);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return ((size_t)n);
}

struct trickle {
	struct raw *raw;
	const char *bytes;
	size_t      at;
	long long   ended; /* ms after the start, 0 not yet */
};

/* One more byte; whether the other side is still there. */
static void
trickle(struct trickle *t, long long elapsed)
{
	char byte;

	if (t->ended != 0)
		return;
	raw_send(t->raw, &t->bytes[t->at++], 1);
	if (recv(t->raw->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0)
		t->ended = elapsed;
}

/* All at once: they are waited for together. */
static void
slow__head_and_handshake(void **state)
{
	struct trickle head = {.bytes = "GET /healthz HTTP/1.1\r\nHost: lo"
					"calhost\r\nX-Slow: 0123456789"};
	struct trickle shake = {0}, silent = {.bytes = ""};
	char           hello[2048];
	long long      begin = now_ms(), elapsed;

	assert_true(client_hello(hello, sizeof(hello)) > 0);
	shake.bytes = hello;
	head.raw = raw_open(*state);
	shake.raw = raw_open_plain(*state);
	silent.raw = raw_open_plain(*state);
	/* Take the session's ticket, which would look like an answer. */
	assert_false(raw_closes(head.raw, 100));
	do {
		sleep_ms(250);
		elapsed = now_ms() - begin;
		trickle(&head, elapsed);
		trickle(&shake, elapsed);
		if (silent.ended == 0 && raw_closes(silent.raw, 1))
			silent.ended = elapsed;
	} while (elapsed < HEAD_MS + LATE_MS &&
	    (head.ended == 0 || shake.ended == 0 || silent.ended == 0));
	assert_in_range(
	    shake.ended, HANDSHAKE_MS - 1500, HANDSHAKE_MS + LATE_MS);
	assert_in_range(silent.ended, 1000, HANDSHAKE_MS + LATE_MS);
	assert_in_range(head.ended, HEAD_MS - 500, HEAD_MS + LATE_MS);
	assert_error(raw_reply(head.raw, 1000), 408, "request_timeout");
	assert_true(raw_closes(head.raw, 3000));
	raw_close(head.raw);
	raw_close(shake.raw);
	raw_close(silent.raw);
}

static void
fill(char *bytes, size_t size, unsigned seed)
{
	size_t i;

	for (i = 0; i < size; i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (char)(seed >> 24);
	}
}

static void
garbage__instead_of_tls(void **state)
{
	char        bytes[2048];
	struct raw *raw;
	unsigned    i;

	for (i = 0; i < ROUNDS; i++) {
		raw = raw_open_plain(*state);
		fill(bytes, sizeof(bytes), i);
		if (i % 2 == 0) /* a record that looks like one */
			memcpy(
			    bytes, "\x16\x03\x01\x07\xf0\x01\x00\x07\xec", 9);
		raw_send(raw, bytes, sizeof(bytes));
		/* An alert, then the end. */
		raw_reply(raw, 2000);
		raw->size = 0;
		assert_true(raw_closes(raw, 2000));
		raw_close(raw);
	}
	raw = raw_open_plain(*state);
	raw_text(raw, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
	assert_int_equal(raw_reply(raw, 2000)->status, 0);
	raw_close(raw);
}

static void
garbage__instead_of_http(void **state)
{
	char        bytes[2048];
	struct raw *raw;
	unsigned    i;

	for (i = 0; i < ROUNDS; i++) {
		raw = raw_open(*state);
		fill(bytes, sizeof(bytes), i);
		raw_send(raw, bytes, sizeof(bytes));
		assert_in_range(raw_reply(raw, 2000)->status, 400, 505);
		assert_true(raw_closes(raw, 3000));
		raw_close(raw);
	}
}

/* Send so much of a request, and be gone: politely or by a reset. */
static void
leave(struct server *s, const char *text, size_t size, bool reset)
{
	struct linger at_once = {1, 0};
	struct raw   *raw = raw_open(s);

	raw_send(raw, text, size);
	if (reset)
		setsockopt(
		    raw->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	else
		SSL_shutdown(raw->ssl);
	raw_close(raw);
}

static void
gone__during_the_handshake(void **state)
{
	struct raw *raw;
	char        hello[2048];
	size_t      size = client_hello(hello, sizeof(hello));
	int         i;

	for (i = 0; i < ROUNDS; i++) {
		raw = raw_open_plain(*state);
		raw_send(raw, hello, size * (size_t)i / ROUNDS);
		raw_close(raw);
		/* The answer to all of it comes to a closed socket. */
		raw = raw_open_plain(*state);
		raw_send(raw, hello, size);
		raw_close(raw);
	}
}

static void
gone__during_a_request(void **state)
{
	struct request q = {.path = "/chat/", .token = user->token};
	const char    *text;
	size_t         i, size;

	q.body = chat_body(2, "gpt", PRIVATE); /* there is none */
	text = raw_request(*state, &q);
	size = strlen(text);
	for (i = 0; i < ROUNDS; i++)
		leave(*state, text, size * i / ROUNDS, i % 2 == 0);
}

/* The answer is on its way: statements and hashes outlive the client. */
static void
gone__before_the_answer(void **state)
{
	static const char login[] = "{\"username\":\"ann\","
				    "\"password\":\"" PRIVATE " ann\"}";
	struct request    q[] = {
	       {.path = "/auth/login", .body = login},
	       {.path = "/chat/history", .token = user->token},
	       {.path = "/chat/",
		   .token = user->token,
		   .body = chat_body(1, "gpt", PRIVATE)},
	       {.path = "/auth/refresh", .token = user->refresh, .body = ""},
        };
	const char *text;
	size_t      i;

	for (i = 0; i < ROUNDS; i++) {
		text = raw_request(*state, &q[i % COUNT(q)]);
		leave(*state, text, strlen(text), i % 3 == 0);
	}
	/* What they began has an end. */
	sleep_ms(500);
	assert_int_equal(
	    sql_int(*state,
		"SELECT count(*)"
		" FROM pg_stat_activity WHERE datname = current_database()"
		" AND state <> 'idle' AND pid <> pg_backend_pid()"),
	    0);
	assert_int_equal(sql_int(*state,
			     "SELECT count(*) FROM turns"
			     " WHERE user_id = %lld",
			     user->id),
	    sql_int(*state, "SELECT used FROM daily_usage WHERE user_id = %lld",
		user->id));
}

static void
others__are_served(void **state)
{
	server_assert_unharmed(*state);
	assert_status(
	    http_post(*state, NULL, "/auth/login",
		"{\"username\":\"ann\",\"password\":\"" PRIVATE " ann\"}"),
	    200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(garbage__instead_of_tls),
	    cmocka_unit_test(garbage__instead_of_http),
	    cmocka_unit_test(gone__during_the_handshake),
	    cmocka_unit_test(gone__during_a_request),
	    cmocka_unit_test(gone__before_the_answer),
	    cmocka_unit_test(slow__head_and_handshake),
	    cmocka_unit_test(others__are_served),
	};

	return (harness_run(tests, start));
}
