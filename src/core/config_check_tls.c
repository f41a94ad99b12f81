#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/config_check.h"

/* Instead of OpenSSL's own, which asks on the terminal. */
static int
refuse_passphrase(char *out, int size, int writing, void *unused)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)unused;
	return (-1);
}

static FILE *
open_file(const char *name, const char *file, struct buf *problems)
{
	FILE *fp = fopen(file, "re");

	if (fp == NULL)
		buf_printf(
		    problems, "%s: %s: %s\n", name, file, strerror(errno));
	return (fp);
}

static X509 *
read_cert(const char *file, struct buf *problems)
{
	FILE *fp;
	X509 *cert;

	if ((fp = open_file("TLS_CERT_FILE", file, problems)) == NULL)
		return (NULL);
	cert = PEM_read_X509(fp, NULL, refuse_passphrase, NULL);
	fclose(fp);
	if (cert == NULL)
		buf_printf(problems,
		    "TLS_CERT_FILE: %s: no certificate in "
		    "PEM form\n",
		    file);
	return (cert);
}

static EVP_PKEY *
read_key(const char *file, struct buf *problems)
{
	FILE     *fp;
	EVP_PKEY *key;

	if ((fp = open_file("TLS_KEY_FILE", file, problems)) == NULL)
		return (NULL);
	key = PEM_read_PrivateKey(fp, NULL, refuse_passphrase, NULL);
	fclose(fp);
	if (key == NULL)
		buf_printf(problems,
		    "TLS_KEY_FILE: %s: no private key in PEM "
		    "form without a passphrase\n",
		    file);
	return (key);
}

static void
check_cert(X509 *cert, const char *file, struct buf *problems)
{
	if (X509_cmp_current_time(X509_get0_notAfter(cert)) <= 0)
		buf_printf(problems,
		    "TLS_CERT_FILE: %s: the certificate has "
		    "expired\n",
		    file);
}

static void
check_key(EVP_PKEY *key, const char *file, struct buf *problems)
{
	int type = EVP_PKEY_base_id(key);

	if (type != EVP_PKEY_EC && type != EVP_PKEY_RSA)
		buf_printf(problems,
		    "TLS_KEY_FILE: %s: an EC or RSA key is "
		    "needed\n",
		    file);
}

/* All of the chain, and that OpenSSL finds the key strong enough. */
static void
check_chain(const char *file, struct buf *problems)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL || SSL_CTX_use_certificate_chain_file(ctx, file) != 1)
		buf_printf(problems,
		    "TLS_CERT_FILE: %s: the chain cannot be used: %s\n", file,
		    ERR_reason_error_string(ERR_peek_last_error()));
	SSL_CTX_free(ctx);
}

void
config_check_tls(
    const char *cert_file, const char *key_file, struct buf *problems)
{
	X509     *cert = read_cert(cert_file, problems);
	EVP_PKEY *key = read_key(key_file, problems);

	if (cert != NULL)
		check_cert(cert, cert_file, problems);
	if (key != NULL)
		check_key(key, key_file, problems);
	if (cert != NULL && key != NULL &&
	    X509_check_private_key(cert, key) != 1)
		buf_printf(problems, "TLS_KEY_FILE: %s: not the key of %s\n",
		    key_file, cert_file);
	if (cert != NULL)
		check_chain(cert_file, problems);
	X509_free(cert);
	EVP_PKEY_free(key);
	ERR_clear_error();
}
