/*
 * What is compared with a secret: password hashes as another service wrote
 * them (`aichat adopt`), one-time passwords and recovery codes as people type
 * them. The functions that hash are stood in for: what would be dear is
 * refused before it is begun, and the rest is quick. The first line is the
 * password or the code, the second one the hash.
 */
/* links: core/password.c core/password_policy.c core/common_passwords.c core/names.c core/utf8.c core/totp.c core/totp_vault.c core/secret.c core/buf.c | -lsodium -lcrypto */
#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/actor.h"
#include "core/names.h"
#include "core/password.h"
#include "core/password_policy.h"
#include "core/totp_vault.h"

#define NOW    1700000000
#define SECRET "the secret of the fuzzer, 32 bytes or more"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* Some do match. */
int
crypto_pwhash_str_verify(
    const char *hash, const char *password, unsigned long long len)
{
	unsigned m, p, t;

	require(
	    sscanf(hash, "$argon2id$v=19$m=%u,t=%u,p=%u$", &m, &t, &p) == 3);
	require(m > 0 && m <= 64 * 1024 && t > 0 && t <= 10 && p <= 4);
	require(len == strlen(password) && len <= PASSWORD_MAX);
	return (strlen(hash) % 2 == 0 ? 0 : -1);
}

int
crypto_pwhash_scryptsalsa208sha256_ll(const uint8_t *password, size_t len,
    const uint8_t *salt, size_t salt_len, uint64_t n, uint32_t r, uint32_t p,
    uint8_t *out, size_t out_len)
{
	require(n >= 2 && (n & (n - 1)) == 0 && n * r <= 1024 * 1024);
	require(r >= 1 && r <= 64 && p >= 1 && p <= 4);
	require(len <= PASSWORD_MAX && salt_len < PASSWORD_HASH_SIZE);
	memset(out, len > 0 ? password[0] : 0, out_len);
	if (salt_len > 0)
		out[0] ^= salt[salt_len - 1];
	return (0);
}

int
PKCS5_PBKDF2_HMAC(const char *password, int len, const unsigned char *salt,
    int salt_len, int n, const EVP_MD *md, int out_len, unsigned char *out)
{
	require(n >= 1 && n <= 10000000 && md == EVP_sha256());
	require(len >= 0 && len <= PASSWORD_MAX);
	require(salt_len >= 0 && salt_len < PASSWORD_HASH_SIZE);
	memset(out, len > 0 ? password[0] : 0, (size_t)out_len);
	if (salt_len > 0)
		out[0] ^= salt[salt_len - 1];
	return (1);
}

static void
check_password(const char *password, const char *hash)
{
	bool        upgrade, matches;
	const char *problem;

	matches = password_verify(password, hash, &upgrade);
	require(matches || !upgrade);
	if (matches) {
		require(strlen(password) <= PASSWORD_MAX);
		require(strlen(hash) < PASSWORD_HASH_SIZE);
		require(strncmp(hash, "$argon2id$", 10) == 0 || upgrade);
	}
	problem = password_policy_check(password, hash, hash, 8);
	require(problem != NULL || strcmp(password, hash) != 0);
	require(problem != NULL || names_length(password) >= 8);
}

static void
check_code(const char *text)
{
	static const uint8_t secret[TOTP_SECRET_SIZE] = "12345678901234567890";
	int64_t              step = totp_match(secret, text, NOW);
	char                 code[16];

	if (step == 0)
		return;
	require(llabs(step - NOW / TOTP_SECONDS) <= 1);
	snprintf(code, sizeof(code), "%06u",
	    totp_code(secret, TOTP_SECRET_SIZE, step));
	require(strcmp(text, code) == 0);
}

/* Dashes and case make no difference, the user does. */
static void
check_recovery(const char *text)
{
	char   hash[ACTOR_HASH_SIZE], again[ACTOR_HASH_SIZE], plain[17];
	size_t n = 0;

	if (!totp_recovery_hash(SECRET, 1, text, hash))
		return;
	for (; *text != '\0'; text++)
		if (*text != '-' && *text != ' ') {
			require(n < sizeof(plain) - 1);
			plain[n++] = *text;
		}
	plain[n] = '\0';
	require(totp_recovery_hash(SECRET, 1, plain, again));
	require(strcmp(hash, again) == 0);
	require(totp_recovery_hash(SECRET, 2, plain, again));
	require(strcmp(hash, again) != 0);
}

/* Nothing but what was sealed opens, for nobody else. */
static void
check_sealed(const uint8_t *data, size_t size)
{
	uint8_t secret[TOTP_SECRET_SIZE], opened[TOTP_SECRET_SIZE];
	char    hex[TOTP_SEALED_HEX];
	uint8_t bytes[TOTP_SEALED_SIZE];
	size_t  n, at;

	require(!totp_open(SECRET, 1, data, size, opened));
	memset(secret, size > 0 ? data[0] : 0, sizeof(secret));
	totp_seal(SECRET, 7, secret, hex);
	require(sodium_hex2bin(bytes, sizeof(bytes), hex + 2, strlen(hex + 2),
		    NULL, &n, NULL) == 0 &&
	    n == sizeof(bytes));
	require(totp_open(SECRET, 7, bytes, n, opened));
	require(memcmp(opened, secret, sizeof(secret)) == 0);
	require(!totp_open(SECRET, 8, bytes, n, opened));
	at = size % sizeof(bytes);
	bytes[at] ^= (uint8_t)(size > 0 && data[0] != 0 ? data[0] : 1);
	require(!totp_open(SECRET, 7, bytes, n, opened));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	char       *text = malloc(size + 1), *hash;

	if (!ready)
		require(sodium_init() != -1);
	ready = true;
	require(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if ((hash = strchr(text, '\n')) != NULL)
		*hash++ = '\0';
	check_password(text, hash != NULL ? hash : "");
	check_code(text);
	check_recovery(text);
	check_sealed(data, size);
	free(text);
	return (0);
}
