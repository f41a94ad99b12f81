/*
 * Kore 4.1.0 signs handshakes in its key process by a method set on the key
 * object. OpenSSL 3 broke that in three places, each put right by a wrap of
 * the function Kore calls:
 *
 * - The EVP_PKEY of a certificate hands out cached copies of its legacy key,
 *   so the method never takes effect: SSL_CTX_use_PrivateKey() gets a new
 *   EVP_PKEY made around the very key that carries the method.
 * - EVP_PKEY_get0() is NULL for a provider's key, which kills the key process
 *   at its first signature: answer with the typed getters.
 * - EC_KEY_METHOD_set_sign() is given only one of the three functions OpenSSL
 *   3 calls: keep OpenSSL's own for the other two.
 */
#include <kore/kore.h>

#include <openssl/dh.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>

#include "kore/certificate.h"
#include "kore/tickets.h"
#include "kore/tls.h"

typedef int (*ec_sign)(int, const unsigned char *, int, unsigned char *,
    unsigned int *, const BIGNUM *, const BIGNUM *, EC_KEY *);
typedef int (*ec_setup)(EC_KEY *, BN_CTX *, BIGNUM **, BIGNUM **);
typedef ECDSA_SIG *(*ec_sign_sig)(
    const unsigned char *, int, const BIGNUM *, const BIGNUM *, EC_KEY *);

int   __real_SSL_CTX_use_PrivateKey(SSL_CTX *, EVP_PKEY *);
int   __wrap_SSL_CTX_use_PrivateKey(SSL_CTX *, EVP_PKEY *);
void *__real_EVP_PKEY_get0(const EVP_PKEY *);
void *__wrap_EVP_PKEY_get0(const EVP_PKEY *);
void
__real_EC_KEY_METHOD_set_sign(EC_KEY_METHOD *, ec_sign, ec_setup, ec_sign_sig);
void
__wrap_EC_KEY_METHOD_set_sign(EC_KEY_METHOD *, ec_sign, ec_setup, ec_sign_sig);
int __real_net_write_tls(struct connection *, size_t, size_t *);
int __wrap_net_write_tls(struct connection *, size_t, size_t *);

static u_int32_t connections_max; /* once there is a certificate */

void
tls_worker_init(void)
{
	connections_max = worker_max_connections;
	worker_max_connections = 0;
}

void
tls_init(void)
{
	if ((tls_dhparam = DH_new_by_nid(NID_ffdhe2048)) == NULL)
		fatalx("cannot make the ffdhe2048 group");
}

/*
 * Kore chose the context when the connection was accepted, which can be a
 * moment before a certificate is renewed; the newest is the one the key process
 * signs for.
 */
static int
use_newest(SSL *ssl, int *alert, void *unused)
{
	(void)alert;
	(void)unused;
	if (primary_dom->ssl_ctx != NULL)
		SSL_set_SSL_CTX(ssl, primary_dom->ssl_ctx);
	return (SSL_CLIENT_HELLO_SUCCESS);
}

/* What Kore leaves at OpenSSL's defaults and ten thousand idle connections
 * feel: no cache in the worker, buffers given back between records. And what
 * every request feels: a record is read at once, not its head and then the
 * rest. */
static void
tune(SSL_CTX *ctx)
{
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_client_hello_cb(ctx, use_newest, NULL);
	tickets_use(ctx);
	certificate_came();
}

int
__wrap_SSL_CTX_use_PrivateKey(SSL_CTX *ctx, EVP_PKEY *pkey)
{
	EVP_PKEY *legacy;
	EC_KEY   *ec;
	RSA      *rsa;
	int       ok = 0;

	if ((legacy = EVP_PKEY_new()) == NULL)
		return (0);
	if (EVP_PKEY_base_id(pkey) == EVP_PKEY_EC) {
		ec = EVP_PKEY_get1_EC_KEY(pkey);
		ok = EVP_PKEY_set1_EC_KEY(legacy, ec);
		EC_KEY_free(ec);
	} else if (EVP_PKEY_base_id(pkey) == EVP_PKEY_RSA) {
		rsa = EVP_PKEY_get1_RSA(pkey);
		ok = EVP_PKEY_set1_RSA(legacy, rsa);
		RSA_free(rsa);
	}
	if (ok == 1)
		ok = __real_SSL_CTX_use_PrivateKey(ctx, legacy);
	EVP_PKEY_free(legacy);
	tune(ctx);
	worker_max_connections = connections_max;
	return (ok);
}

void *
__wrap_EVP_PKEY_get0(const EVP_PKEY *pkey)
{
	switch (EVP_PKEY_base_id(pkey)) {
	case EVP_PKEY_EC:
		return ((void *)(uintptr_t)EVP_PKEY_get0_EC_KEY(pkey));
	case EVP_PKEY_RSA:
		return ((void *)(uintptr_t)EVP_PKEY_get0_RSA(pkey));
	}
	return (__real_EVP_PKEY_get0(pkey));
}

void
__wrap_EC_KEY_METHOD_set_sign(
    EC_KEY_METHOD *method, ec_sign sign, ec_setup setup, ec_sign_sig sign_sig)
{
	EC_KEY_METHOD_get_sign(EC_KEY_OpenSSL(), &sign, &setup, NULL);
	__real_EC_KEY_METHOD_set_sign(method, sign, setup, sign_sig);
}

/* Kore would send pieces of 8 KB, a record and a system call each: send records
 * as long as they may be (RFC 8446, section 5.1). */
int
__wrap_net_write_tls(struct connection *c, size_t len, size_t *written)
{
	len = c->snb->b_len - c->snb->s_off;
	if (len > SSL3_RT_MAX_PLAIN_LENGTH)
		len = SSL3_RT_MAX_PLAIN_LENGTH;
	return (__real_net_write_tls(c, len, written));
}
