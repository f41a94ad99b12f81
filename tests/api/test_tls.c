/*
 * TLS as clients meet it: both kinds of key, both versions, tickets that all
 * workers honour, and handshakes that go on when workers were killed.
 */
#include <signal.h>

#include "harness.h"

#define HANDSHAKES   50
#define WAIT_MS      5000
#define HEALTH(host) "GET /healthz HTTP/1.1\r\nHost: " host "\r\n\r\n"

static struct server *rsa;

static int
start(void **state)
{
	const char *options[] = {scratch_printf("TLS_CERT_FILE=%s/rsa/cert.pem",
				     setting("TEST_FOLDER")),
	    scratch_printf(
		"TLS_KEY_FILE=%s/rsa/key.pem", setting("TEST_FOLDER")),
	    NULL};

	*state = server_start(NULL);
	rsa = server_start(options);
	return (0);
}

/* A connection of exactly this version; NULL when the handshake fails. */
static struct raw *
connect_with(struct server *s, int version)
{
	SSL_CTX    *ctx = raw_context();
	struct raw *raw = raw_open_plain(s);

	SSL_CTX_set_min_proto_version(ctx, version);
	SSL_CTX_set_max_proto_version(ctx, version);
	/* OpenSSL does not offer the old versions otherwise. */
	if (version < TLS1_2_VERSION)
		SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
	if (!raw_handshake(raw, ctx, "localhost", NULL)) {
		raw_close(raw);
		raw = NULL;
	}
	SSL_CTX_free(ctx);
	return (raw);
}

static void
assert_serves(struct server *s, int version, int key)
{
	struct raw *raw = connect_with(s, version);
	X509       *certificate;

	assert_non_null(raw);
	certificate = SSL_get0_peer_certificate(raw->ssl);
	assert_int_equal(EVP_PKEY_base_id(X509_get0_pubkey(certificate)), key);
	assert_int_equal(SSL_version(raw->ssl), version);
	/* Authenticated encryption, with a key that is forgotten. */
	assert_int_equal(
	    SSL_CIPHER_is_aead(SSL_get_current_cipher(raw->ssl)), 1);
	raw_text(raw, HEALTH("localhost"));
	assert_status(raw_reply(raw, WAIT_MS), 200);
	raw_close(raw);
}

static void
handshake__each_key_and_version(void **state)
{
	int i;

	for (i = 0; i < 10; i++) {
		assert_serves(*state, TLS1_2_VERSION, EVP_PKEY_EC);
		assert_serves(*state, TLS1_3_VERSION, EVP_PKEY_EC);
		assert_serves(rsa, TLS1_2_VERSION, EVP_PKEY_RSA);
		assert_serves(rsa, TLS1_3_VERSION, EVP_PKEY_RSA);
	}
}

static void
handshake__of_old_versions(void **state)
{
	assert_null(connect_with(*state, TLS1_1_VERSION));
	assert_null(connect_with(*state, TLS1_VERSION));
	assert_null(connect_with(rsa, TLS1_1_VERSION));
}

/* Suites without authenticated encryption or forward secrecy. */
static void
handshake__of_old_suites(void **state)
{
	static const char *const suites[] = {"AES128-GCM-SHA256",
	    "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "AES128-SHA"};
	struct server           *servers[] = {*state, rsa};
	struct raw              *raw;
	SSL_CTX                 *ctx;
	size_t                   i;

	for (i = 0; i < COUNT(suites) * 2; i++) {
		ctx = raw_context();
		SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
		assert_int_equal(
		    SSL_CTX_set_cipher_list(
			ctx, scratch_printf("%s:@SECLEVEL=0", suites[i / 2])),
		    1);
		raw = raw_open_plain(servers[i % 2]);
		assert_false(raw_handshake(raw, ctx, NULL, NULL));
		raw_close(raw);
		SSL_CTX_free(ctx);
	}
}

/* All handshakes succeed as soon as the parent has made a new worker. */
static void
assert_survives_a_kill(struct server *s, int number)
{
	pid_t killed = server_worker(s, number);
	char *before = s->children;
	int   i;

	kill(killed, SIGKILL);
	do
		server_await_children(s);
	while (server_worker(s, number) == killed);
	assert_string_not_equal(s->children, before);
	for (i = 0; i < HANDSHAKES; i++)
		assert_serves(s, i % 2 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION,
		    s == rsa ? EVP_PKEY_RSA : EVP_PKEY_EC);
}

static void
handshake__after_a_worker_was_killed(void **state)
{
	assert_survives_a_kill(*state, 1);
	assert_survives_a_kill(*state, 2);
	assert_survives_a_kill(rsa, 2);
	assert_survives_a_kill(rsa, 1);
}

/* A session that can be resumed; with TLS 1.3 the ticket comes with data. */
static SSL_SESSION *
take_session(struct server *s, SSL_CTX *ctx)
{
	struct raw  *raw = raw_open_plain(s);
	SSL_SESSION *session;

	assert_true(raw_handshake(raw, ctx, NULL, NULL));
	raw_text(raw, HEALTH("localhost"));
	assert_status(raw_reply(raw, WAIT_MS), 200);
	session = SSL_get1_session(raw->ssl);
	assert_int_equal(SSL_SESSION_is_resumable(session), 1);
	SSL_shutdown(raw->ssl);
	raw_close(raw);
	return (session);
}

/* Resume it many times; which workers answered is in the log. */
static void
assert_resumes_everywhere(struct server *s, int version)
{
	SSL_CTX     *ctx = raw_context();
	SSL_SESSION *session;
	struct raw  *raw;
	bool         seen[3] = {false};
	char        *id;
	int          i;

	SSL_CTX_set_max_proto_version(ctx, version);
	session = take_session(s, ctx);
	for (i = 0; i < 400 && !(seen[1] && seen[2]); i++) {
		id = scratch_printf("resumed-%x-%d", (unsigned)version, i);
		raw = raw_open_plain(s);
		assert_true(raw_handshake(raw, ctx, NULL, session));
		assert_int_equal(SSL_session_reused(raw->ssl), 1);
		raw_text(raw,
		    scratch_printf(
			"GET /healthz HTTP/1.1\r\n"
			"Host: localhost\r\nX-Request-Id: %s\r\n\r\n",
			id));
		assert_status(raw_reply(raw, WAIT_MS), 200);
		seen[log_worker_of(s, id)] = true;
		/* OpenSSL gives up a session that was not ended properly. */
		SSL_shutdown(raw->ssl);
		raw_close(raw);
	}
	assert_true(seen[1] && seen[2]);
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
}

static void
resumption__by_every_worker(void **state)
{
	assert_resumes_everywhere(*state, TLS1_2_VERSION);
	assert_resumes_everywhere(*state, TLS1_3_VERSION);
	assert_resumes_everywhere(rsa, TLS1_3_VERSION);
}

static void
sni__differs_from_host(void **state)
{
	struct raw *raw = connect_with(*state, TLS1_3_VERSION);

	assert_non_null(raw);
	raw_text(raw, HEALTH("localhost:5000"));
	assert_status(raw_reply(raw, WAIT_MS), 200);
	raw_text(raw, HEALTH("LOCALHOST"));
	assert_status(raw_reply(raw, WAIT_MS), 200);
	raw_text(raw, HEALTH("example.com"));
	assert_error(raw_reply(raw, WAIT_MS), 421, "misdirected_request");
	assert_true(raw_closes(raw, WAIT_MS));
	raw_close(raw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(handshake__each_key_and_version),
	    cmocka_unit_test(handshake__of_old_versions),
	    cmocka_unit_test(handshake__of_old_suites),
	    cmocka_unit_test(handshake__after_a_worker_was_killed),
	    cmocka_unit_test(resumption__by_every_worker),
	    cmocka_unit_test(sni__differs_from_host),
	};

	return (harness_run(tests, start));
}
