/*
 * Certificates that change while the server runs, and sessions that go on at
 * another node.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include "harness_metrics.h"

#define WAIT_MS  5000
#define RENEWALS 20
#define CLIENTS  3
#define HEALTH   "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define RELOADS  "aichat_tls_reloads_total"
#define LONG_AGO 1000000000

static char *folder; /* of the certificate that changes */

static void
write_file(const char *name, const char *content)
{
	FILE *fp = fopen(scratch_printf("%s/%s", folder, name), "w");

	assert_non_null(fp);
	fputs(content, fp);
	fclose(fp);
}

static const char *
pem(const char *kind, const char *name)
{
	return (scratch_file(
	    scratch_printf("%s/%s/%s", setting("TEST_FOLDER"), kind, name)));
}

static void
use(const char *kind)
{
	write_file("cert.pem", pem(kind, "cert.pem"));
	write_file("key.pem", pem(kind, "key.pem"));
}

static int
start(void **state)
{
	const char *options[4] = {0};

	folder = scratch_printf("%s/changing", setting("TEST_FOLDER"));
	assert_int_equal(mkdir(folder, 0755), 0);
	use("ec");
	options[0] = scratch_printf("TLS_CERT_FILE=%s/cert.pem", folder);
	options[1] = scratch_printf("TLS_KEY_FILE=%s/key.pem", folder);
	*state = metrics_server_start(options);
	return (0);
}

static int
served_key(struct server *s)
{
	struct raw *raw = raw_open(s);
	int         type = EVP_PKEY_base_id(
		    X509_get0_pubkey(SSL_get0_peer_certificate(raw->ssl)));

	raw_close(raw);
	return (type);
}

static void
await_key(struct server *s, int type)
{
	long long deadline = now_ms() + WAIT_MS;

	/* Of both workers. */
	while (served_key(s) != type || served_key(s) != type ||
	    served_key(s) != type) {
		if (now_ms() > deadline)
			fail_msg("the new certificate is not served");
		sleep_ms(5);
	}
}

static void
renew(struct server *s, int sig, const char *result)
{
	char  *name = scratch_printf(RELOADS "{result=\"%s\"}", result);
	double before = metrics_value(s, name);

	assert_int_equal(kill(s->pid, sig), 0);
	metrics_await(s, name, before + 1);
}

static void
renewal__keeps_connections(void **state)
{
	struct server *s = *state;
	struct raw    *raw = raw_open(s);

	raw_text(raw, HEALTH);
	assert_status(raw_reply(raw, WAIT_MS), 200);
	use("rsa");
	renew(s, SIGHUP, "ok");
	await_key(s, EVP_PKEY_RSA);
	raw_text(raw, HEALTH);
	assert_status(raw_reply(raw, WAIT_MS), 200);
	use("ec");
	renew(s, SIGUSR1, "ok");
	await_key(s, EVP_PKEY_EC);
	raw_text(raw, HEALTH);
	assert_status(raw_reply(raw, WAIT_MS), 200);
	raw_close(raw);
	server_assert_unharmed(s);
	assert_true(metrics_value(s,
			"aichat_tls_certificate_not_after_"
			"seconds") > LONG_AGO);
}

static void
renewal__refuses_what_cannot_be_served(void **state)
{
	struct server *s = *state;
	const char *cert = pem("ec", "cert.pem"), *key = pem("ec", "key.pem");
	const char *bad[][2] = {{pem("rsa", "cert.pem"), key}, {cert, ""},
	    {"", key}, {"not PEM", key},
	    {cert, "-----BEGIN PRIVATE KEY-----\nAAAA\n"},
	    /* The first is good, the chain behind it is cut short. */
	    {scratch_printf("%s-----BEGIN CERTIFICATE-----\nMIIB\n", cert),
		key}};
	size_t      i;

	for (i = 0; i < COUNT(bad); i++) {
		write_file("cert.pem", bad[i][0]);
		write_file("key.pem", bad[i][1]);
		renew(s, SIGHUP, "refused");
		assert_int_equal(served_key(s), EVP_PKEY_EC);
	}
	assert_int_equal(unlink(scratch_printf("%s/key.pem", folder)), 0);
	renew(s, SIGHUP, "refused");
	server_assert_unharmed(s);
	assert_non_null(
	    strstr(scratch_file(s->log), "\"certificate_refused\""));
	/* What keymgr has is what was there: a new worker gets it, too. */
	kill(server_worker(s, 1), SIGKILL);
	sleep_ms(100);
	server_await_children(s);
	await_key(s, EVP_PKEY_EC);
	use("ec");
	renew(s, SIGHUP, "ok");
}

struct client {
	pthread_t            thread;
	const struct server *server;
	long                 done, failed;
};

static volatile bool stop;

/* One handshake after another, without what may fail a test on a thread. */
static void *
shake_hands(void *arg)
{
	struct client *c = arg;
	SSL_CTX       *ctx = raw_context();
	struct raw     raw;

	while (!stop) {
		memset(&raw, 0, sizeof(raw));
		raw.server = c->server;
		raw.fd = raw_connect(c->server);
		c->done++;
		if (raw.fd == -1 || !raw_handshake(&raw, ctx, NULL, NULL))
			c->failed++;
		SSL_free(raw.ssl);
		close(raw.fd);
	}
	SSL_CTX_free(ctx);
	return (NULL);
}

static void
renewal__under_load(void **state)
{
	struct client clients[CLIENTS] = {{0}};
	long          done = 0, failed = 0;
	size_t        i;

	for (i = 0; i < CLIENTS; i++) {
		clients[i].server = *state;
		assert_int_equal(pthread_create(&clients[i].thread, NULL,
				     shake_hands, &clients[i]),
		    0);
	}
	for (i = 0; i < RENEWALS; i++) {
		use(i % 2 == 0 ? "rsa" : "ec");
		renew(*state, SIGHUP, "ok");
		sleep_ms(20);
	}
	stop = true;
	for (i = 0; i < CLIENTS; i++) {
		pthread_join(clients[i].thread, NULL);
		done += clients[i].done;
		failed += clients[i].failed;
	}
	printf("%ld handshakes, %ld failed\n", done, failed);
	assert_int_equal(failed, 0);
	server_assert_unharmed(*state);
}

static SSL_SESSION *
take_session(const struct server *s, SSL_CTX *ctx)
{
	struct raw  *raw = raw_open_plain(s);
	SSL_SESSION *session;

	assert_true(raw_handshake(raw, ctx, NULL, NULL));
	raw_text(raw, HEALTH);
	assert_status(raw_reply(raw, WAIT_MS), 200);
	session = SSL_get1_session(raw->ssl);
	SSL_shutdown(raw->ssl);
	raw_close(raw);
	return (session);
}

static bool
is_resumed(const struct server *s, SSL_CTX *ctx, SSL_SESSION *session)
{
	struct raw *raw = raw_open_plain(s);
	bool        resumed;

	assert_true(raw_handshake(raw, ctx, NULL, session));
	resumed = SSL_session_reused(raw->ssl) == 1;
	raw_text(raw, HEALTH);
	assert_status(raw_reply(raw, WAIT_MS), 200);
	SSL_shutdown(raw->ssl);
	raw_close(raw);
	return (resumed);
}

static void
sessions__go_on_at_another_node(void **state)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	struct server   *beside = server_start_beside(*state, NULL);
	struct server   *stranger = server_start(NULL);
	SSL_SESSION     *session;
	SSL_CTX         *ctx;
	size_t           i;

	use("ec");
	renew(*state, SIGHUP, "ok");
	await_key(*state, EVP_PKEY_EC);
	for (i = 0; i < COUNT(versions); i++) {
		ctx = raw_context();
		SSL_CTX_set_max_proto_version(ctx, versions[i]);
		session = take_session(*state, ctx);
		assert_true(is_resumed(beside, ctx, session));
		renew(*state, SIGHUP, "ok");
		assert_true(is_resumed(*state, ctx, session));
		/* Another secret, other keys. */
		assert_false(is_resumed(stranger, ctx, session));
		SSL_SESSION_free(session);
		SSL_CTX_free(ctx);
	}
}

static void
hsts__where_it_belongs(void **state)
{
	const char    *options[] = {"HSTS_SECONDS=0", NULL};
	struct server *without = server_start(options);
	struct raw    *raw = raw_open(*state);

	assert_header(http_get(*state, NULL, "/healthz"),
	    "strict-transport-security", "max-age=31536000");
	assert_header(http_get(*state, NULL, "/nowhere"),
	    "strict-transport-security", "max-age=31536000");
	raw_text(raw, "no request\r\n\r\n"); /* refused before there is one */
	assert_header(raw_reply(raw, WAIT_MS), "strict-transport-security",
	    "max-age=31536000");
	raw_close(raw);
	assert_null(reply_header(
	    http_get(without, NULL, "/healthz"), "strict-transport-security"));
	assert_null(reply_header(
	    metrics_get(*state, "/metrics"), "strict-transport-security"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(renewal__keeps_connections),
	    cmocka_unit_test(renewal__refuses_what_cannot_be_served),
	    cmocka_unit_test(renewal__under_load),
	    cmocka_unit_test(sessions__go_on_at_another_node),
	    cmocka_unit_test(hsts__where_it_belongs),
	};

	return (harness_run(tests, start));
}
