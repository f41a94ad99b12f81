#include <ctype.h>
#include <endian.h>
#include <sodium.h>
#include <string.h>

#include "core/secret.h"
#include "core/totp_vault.h"

#define NONCE  crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG    crypto_aead_xchacha20poly1305_ietf_ABYTES
#define DIGITS 16 /* of a recovery code, without the dash */

_Static_assert(TOTP_SEALED_SIZE == NONCE + TOTP_SECRET_SIZE + TAG &&
	TOTP_SEALED_HEX == 2 + 2 * TOTP_SEALED_SIZE + 1 &&
	TOTP_RECOVERY_SIZE == DIGITS + 2,
    "what is sealed has its size");

void
totp_seal(const char *server_secret, int64_t user_id,
    const uint8_t secret[TOTP_SECRET_SIZE], char sealed[TOTP_SEALED_HEX])
{
	unsigned char bytes[TOTP_SEALED_SIZE];
	uint8_t       key[SECRET_KEY_SIZE];
	uint64_t      user = htobe64((uint64_t)user_id);

	secret_derive(server_secret, "aichat totp", key);
	randombytes_buf(bytes, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(bytes + NONCE, NULL, secret,
	    TOTP_SECRET_SIZE, (const unsigned char *)&user, sizeof(user), NULL,
	    bytes, key);
	memcpy(sealed, "\\x", 2);
	sodium_bin2hex(sealed + 2, TOTP_SEALED_HEX - 2, bytes, sizeof(bytes));
	sodium_memzero(key, sizeof(key));
}

bool
totp_open(const char *server_secret, int64_t user_id, const void *sealed,
    size_t size, uint8_t secret[TOTP_SECRET_SIZE])
{
	const unsigned char *bytes = sealed;
	uint8_t              key[SECRET_KEY_SIZE];
	uint64_t             user = htobe64((uint64_t)user_id);
	int                  r;

	if (size != TOTP_SEALED_SIZE)
		return (false);
	secret_derive(server_secret, "aichat totp", key);
	r = crypto_aead_xchacha20poly1305_ietf_decrypt(secret, NULL, NULL,
	    bytes + NONCE, size - NONCE, (const unsigned char *)&user,
	    sizeof(user), bytes, key);
	sodium_memzero(key, sizeof(key));
	return (r == 0);
}

void
totp_recovery_new(char code[TOTP_RECOVERY_SIZE])
{
	uint8_t bytes[DIGITS * 5 / 8];
	char    text[DIGITS + 1];

	randombytes_buf(bytes, sizeof(bytes));
	totp_base32(bytes, sizeof(bytes), text);
	memcpy(code, text, DIGITS / 2);
	code[DIGITS / 2] = '-';
	memcpy(code + DIGITS / 2 + 1, text + DIGITS / 2, DIGITS / 2 + 1);
	sodium_memzero(text, sizeof(text));
}

bool
totp_recovery_hash(const char *server_secret, int64_t user_id, const char *text,
    char hash[ACTOR_HASH_SIZE])
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	unsigned char input[8 + DIGITS];
	uint8_t       key[SECRET_KEY_SIZE];
	uint64_t      user = htobe64((uint64_t)user_id);
	size_t        n = 0;

	memcpy(input, &user, sizeof(user));
	for (; *text != '\0'; text++) {
		if (*text == '-' || *text == ' ')
			continue;
		if (n == DIGITS)
			return (false);
		input[8 + n++] = (unsigned char)toupper((unsigned char)*text);
	}
	if (n != DIGITS)
		return (false);
	secret_derive(server_secret, "aichat recovery", key);
	crypto_auth_hmacsha256(mac, input, sizeof(input), key);
	memcpy(hash, "\\x", 2);
	sodium_bin2hex(hash + 2, ACTOR_HASH_SIZE - 2, mac, sizeof(mac));
	sodium_memzero(input, sizeof(input));
	sodium_memzero(key, sizeof(key));
	return (true);
}
