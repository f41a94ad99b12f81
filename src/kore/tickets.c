#include <kore/kore.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/config.h"
#include "kore/tickets.h"

#define EPOCH_SECONDS (12 * 3600)
#define NAME_SIZE     16
#define IV_SIZE       16

enum {
	PREVIOUS,
	CURRENT,
	NEXT, /* of a node whose clock is ahead */
	EPOCHS
};

struct ticket_keys {
	unsigned char name[NAME_SIZE];
	unsigned char cipher[32];
	unsigned char mac[32];
};

static struct ticket_keys keys[EPOCHS];
static int64_t            derived_for = -1;

/* HKDF (RFC 5869) with SHA-256; the label is ours alone. */
static bool
derive(int64_t epoch, struct ticket_keys *out)
{
	char         label[64], digest[] = "SHA256";
	EVP_KDF     *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_HKDF, NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM   params[] = {
	      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
	      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
		  (void *)(uintptr_t)config.jwt_secret_key,
		  strlen(config.jwt_secret_key)),
	      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, label, 0),
	      OSSL_PARAM_construct_end()};
	bool ok;

	params[2].data_size = (size_t)snprintf(
	    label, sizeof(label), "aichat tls ticket %lld", (long long)epoch);
	ok = ctx != NULL &&
	    EVP_KDF_derive(ctx, (unsigned char *)out, sizeof(*out), params) ==
		1;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return (ok);
}

/* The keys of now are there. */
static bool
ready(void)
{
	int64_t epoch = (int64_t)time(NULL) / EPOCH_SECONDS;
	int     i;

	if (epoch == derived_for)
		return (true);
	for (i = 0; i < EPOCHS; i++)
		if (!derive(epoch + i - CURRENT, &keys[i]))
			return (false);
	derived_for = epoch;
	return (true);
}

static bool
use_mac(EVP_MAC_CTX *ctx, struct ticket_keys *k)
{
	char       digest[] = "SHA256";
	OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(
				   OSSL_MAC_PARAM_KEY, k->mac, sizeof(k->mac)),
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
	    OSSL_PARAM_construct_end()};

	return (EVP_MAC_CTX_set_params(ctx, params) == 1);
}

static int
seal(unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
    EVP_MAC_CTX *mac)
{
	struct ticket_keys *k = &keys[CURRENT];

	memcpy(name, k->name, NAME_SIZE);
	if (RAND_bytes(iv, IV_SIZE) != 1 ||
	    EVP_EncryptInit_ex(
		cipher, EVP_aes_256_cbc(), NULL, k->cipher, iv) != 1 ||
	    !use_mac(mac, k))
		return (-1);
	return (1);
}

/* 2: good, but to be replaced by a new one; 0: not ours, or too old. */
static int
open_sealed(const unsigned char *name, const unsigned char *iv,
    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
	struct ticket_keys *k;
	int                 i;

	for (i = 0; i < EPOCHS; i++) {
		k = &keys[i];
		if (memcmp(name, k->name, NAME_SIZE) != 0)
			continue;
		if (EVP_DecryptInit_ex(
			cipher, EVP_aes_256_cbc(), NULL, k->cipher, iv) != 1 ||
		    !use_mac(mac, k))
			return (-1);
		return (i == PREVIOUS ? 2 : 1);
	}
	return (0);
}

/* SSL_CTX_set_tlsext_ticket_key_evp_cb(3) */
static int
provide(SSL *ssl, unsigned char *name, unsigned char *iv,
    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int sealing)
{
	(void)ssl;
	if (!ready())
		return (-1);
	return (sealing ? seal(name, iv, cipher, mac)
			: open_sealed(name, iv, cipher, mac));
}

void
tickets_use(SSL_CTX *ctx)
{
	SSL_CTX_set_num_tickets(ctx, 1);
	SSL_CTX_set_timeout(ctx, EPOCH_SECONDS);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, provide);
}
