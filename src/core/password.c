#include <openssl/evp.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "core/password.h"

/* OWASP's parameters for argon2id; libsodium's p is always 1. */
#define ARGON2_OPS    2                  /* t */
#define ARGON2_MEMORY (19 * 1024 * 1024) /* bytes */

/* The dearest hash that is checked, so that a row cannot exhaust a thread. */
#define ARGON2_M_MAX  (64 * 1024) /* KiB */
#define ARGON2_T_MAX  10
#define ARGON2_P_MAX  4
#define SCRYPT_NR_MAX (1024 * 1024) /* in 128 bytes: 128 MiB */
#define SCRYPT_R_MAX  64
#define SCRYPT_P_MAX  4
#define PBKDF2_MAX    10000000 /* iterations */

#define SCRYPT_SIZE 64 /* bytes of the hash werkzeug asks for */
#define PBKDF2_SIZE 32

/* Of 24 random bytes that were never shown or kept. */
const char password_dummy_hash[] =
    "$argon2id$v=19$m=19456,t=2,p=1$KXpbLC40Y06CDztYukt6PA"
    "$0CKhNbD+X03aSlLyNFeHaPlw1TdjXPGshEUM9QS2h8k";

bool
password_hash(const char *password, char *out)
{
	size_t len = strlen(password);

	return (len <= PASSWORD_MAX &&
	    crypto_pwhash_str_alg(out, password, len, ARGON2_OPS, ARGON2_MEMORY,
		crypto_pwhash_ALG_ARGON2ID13) == 0);
}

/* Move *p behind prefix, if it begins with it. */
static bool
skip(const char **p, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(*p, prefix, len) != 0)
		return (false);
	*p += len;
	return (true);
}

/* A decimal number from 1 to max and what ends it; moves *p behind that. */
static bool
take_number(const char **p, char end, uint64_t max, uint64_t *out)
{
	const char *s;
	uint64_t    n = 0;

	for (s = *p; *s >= '0' && *s <= '9'; s++) {
		n = n * 10 + (uint64_t)(*s - '0');
		if (n > max)
			return (false);
	}
	if (n == 0 || *s != end)
		return (false);
	*p = s + 1;
	*out = n;
	return (true);
}

/* params is what follows "$argon2id$" in hash. */
static bool
verify_argon2id(
    const char *password, const char *hash, const char *params, bool *upgrade)
{
	uint64_t m, p, t;

	if (!skip(&params, "v=19$m=") ||
	    !take_number(&params, ',', ARGON2_M_MAX, &m) ||
	    !skip(&params, "t=") ||
	    !take_number(&params, ',', ARGON2_T_MAX, &t) ||
	    !skip(&params, "p=") ||
	    !take_number(&params, '$', ARGON2_P_MAX, &p))
		return (false);
	if (crypto_pwhash_str_verify(hash, password, strlen(password)) != 0)
		return (false);
	*upgrade = crypto_pwhash_str_needs_rehash(
		       hash, ARGON2_OPS, ARGON2_MEMORY) != 0;
	return (true);
}

/* Whether hex, all of it, is these bytes; takes the same time for any. */
static bool
same_bytes(const uint8_t *bytes, size_t len, const char *hex)
{
	uint8_t expected[SCRYPT_SIZE];
	size_t  n;

	return (len <= sizeof(expected) && strlen(hex) == 2 * len &&
	    sodium_hex2bin(expected, sizeof(expected), hex, 2 * len, NULL, &n,
		NULL) == 0 &&
	    n == len && sodium_memcmp(expected, bytes, len) == 0);
}

/* params: N:r:p$salt$hex. The salt is the text itself, not decoded. */
static bool
verify_scrypt(const char *password, const char *params)
{
	uint8_t     bytes[SCRYPT_SIZE];
	uint64_t    n, p, r;
	const char *hex, *salt;

	if (!take_number(&params, ':', SCRYPT_NR_MAX, &n) ||
	    !take_number(&params, ':', SCRYPT_R_MAX, &r) ||
	    !take_number(&params, '$', SCRYPT_P_MAX, &p))
		return (false);
	salt = params;
	hex = strchr(salt, '$');
	if (n < 2 || (n & (n - 1)) != 0 || n * r > SCRYPT_NR_MAX || hex == NULL)
		return (false);
	if (crypto_pwhash_scryptsalsa208sha256_ll((const uint8_t *)password,
		strlen(password), (const uint8_t *)salt, (size_t)(hex - salt),
		n, (uint32_t)r, (uint32_t)p, bytes, sizeof(bytes)) != 0)
		return (false);
	return (same_bytes(bytes, sizeof(bytes), hex + 1));
}

/* params: N$salt$hex. */
static bool
verify_pbkdf2(const char *password, const char *params)
{
	uint8_t     bytes[PBKDF2_SIZE];
	uint64_t    n;
	const char *hex, *salt;

	if (!take_number(&params, '$', PBKDF2_MAX, &n))
		return (false);
	salt = params;
	if ((hex = strchr(salt, '$')) == NULL)
		return (false);
	if (PKCS5_PBKDF2_HMAC(password, (int)strlen(password),
		(const unsigned char *)salt, (int)(hex - salt), (int)n,
		EVP_sha256(), sizeof(bytes), bytes) != 1)
		return (false);
	return (same_bytes(bytes, sizeof(bytes), hex + 1));
}

bool
password_verify(const char *password, const char *hash, bool *upgrade)
{
	const char *params = hash;

	*upgrade = false;
	if (strlen(password) > PASSWORD_MAX ||
	    strlen(hash) >= PASSWORD_HASH_SIZE)
		return (false);
	if (skip(&params, "$argon2id$"))
		return (verify_argon2id(password, hash, params, upgrade));
	/* The forms of before: one that matches is to be replaced. */
	if (skip(&params, "scrypt:"))
		*upgrade = verify_scrypt(password, params);
	else if (skip(&params, "pbkdf2:sha256:"))
		*upgrade = verify_pbkdf2(password, params);
	return (*upgrade);
}
