#include <sodium.h>
#include <string.h>

#include "core/refresh.h"
#include "core/secret.h"

void
refresh_hash(const struct uuid *id, char out[ACTOR_HASH_SIZE])
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, id->bytes, sizeof(id->bytes));
	memcpy(out, "\\x", 2);
	sodium_bin2hex(out + 2, ACTOR_HASH_SIZE - 2, hash, sizeof(hash));
}

void
refresh_successor(const char *secret, const struct uuid *session,
    const struct uuid *id, struct uuid *next)
{
	uint8_t       key[SECRET_KEY_SIZE];
	unsigned char both[32], mac[crypto_auth_hmacsha256_BYTES];

	_Static_assert(
	    sizeof(key) == crypto_auth_hmacsha256_KEYBYTES, "a key's size");
	secret_derive(secret, "aichat refresh", key);
	memcpy(both, session->bytes, 16);
	memcpy(both + 16, id->bytes, 16);
	crypto_auth_hmacsha256(mac, both, sizeof(both), key);
	memcpy(next->bytes, mac, sizeof(next->bytes));
	next->bytes[6] = 0x80 | (next->bytes[6] & 0x0f);
	next->bytes[8] = 0x80 | (next->bytes[8] & 0x3f);
	sodium_memzero(key, sizeof(key));
}
