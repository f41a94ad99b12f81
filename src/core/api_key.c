#include <endian.h>
#include <sodium.h>
#include <string.h>

#include "core/api_key.h"
#include "core/base64url.h"
#include "core/secret.h"

#define BYTES   56
#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING

_Static_assert(API_KEY_SIZE ==
	sizeof(API_KEY_START) - 1 + sodium_base64_ENCODED_LEN(BYTES, VARIANT),
    "a key's size");

/* A UUID of this version (RFC 9562, sections 5.4 and 5.8). */
static void
set_version(struct uuid *id, int version)
{
	id->bytes[6] = (uint8_t)(version << 4 | (id->bytes[6] & 0x0f));
	id->bytes[8] = 0x80 | (id->bytes[8] & 0x3f);
}

void
api_key_new(struct api_key *key, int64_t user_id)
{
	key->user_id = user_id;
	randombytes_buf(key->id.bytes, sizeof(key->id.bytes));
	set_version(&key->id, 4);
	randombytes_buf(key->secret, sizeof(key->secret));
}

void
api_key_derive(struct api_key *key, int64_t user_id, const char *server_secret,
    const char *text)
{
	crypto_auth_hmacsha512_state state;
	unsigned char                bytes[crypto_auth_hmacsha512_BYTES];
	uint8_t                      derived[SECRET_KEY_SIZE];
	uint64_t                     user = htobe64((uint64_t)user_id);

	secret_derive(server_secret, "aichat api key", derived);
	crypto_auth_hmacsha512_init(&state, derived, sizeof(derived));
	crypto_auth_hmacsha512_update(
	    &state, (const unsigned char *)&user, sizeof(user));
	crypto_auth_hmacsha512_update(
	    &state, (const unsigned char *)text, strlen(text));
	crypto_auth_hmacsha512_final(&state, bytes);
	key->user_id = user_id;
	memcpy(key->id.bytes, bytes, sizeof(key->id.bytes));
	set_version(&key->id, 8);
	memcpy(key->secret, bytes + sizeof(key->id.bytes), sizeof(key->secret));
	sodium_memzero(bytes, sizeof(bytes));
	sodium_memzero(derived, sizeof(derived));
}

void
api_key_format(const struct api_key *key, char text[API_KEY_SIZE])
{
	unsigned char bytes[BYTES];
	uint64_t      user = htobe64((uint64_t)key->user_id);
	size_t        n = strlen(API_KEY_START);

	memcpy(bytes, key->id.bytes, 16);
	memcpy(bytes + 16, &user, 8);
	memcpy(bytes + 24, key->secret, API_KEY_SECRET_SIZE);
	memcpy(text, API_KEY_START, n);
	sodium_bin2base64(text + n, API_KEY_SIZE - n, bytes, BYTES, VARIANT);
	sodium_memzero(bytes, sizeof(bytes));
}

void
api_key_prefix(const struct api_key *key, char prefix[API_KEY_PREFIX_SIZE])
{
	char text[API_KEY_SIZE];

	api_key_format(key, text);
	memcpy(prefix, text, API_KEY_PREFIX_SIZE - 1);
	prefix[API_KEY_PREFIX_SIZE - 1] = '\0';
	sodium_memzero(text, sizeof(text));
}

bool
api_key_is(const char *text)
{
	return (strncmp(text, API_KEY_START, strlen(API_KEY_START)) == 0);
}

bool
api_key_parse(const char *text, struct api_key *key)
{
	unsigned char bytes[BYTES];
	uint64_t      user;

	if (!api_key_is(text) ||
	    !base64url_read(text + strlen(API_KEY_START), bytes, BYTES))
		return (false);
	memcpy(key->id.bytes, bytes, 16);
	memcpy(&user, bytes + 16, 8);
	memcpy(key->secret, bytes + 24, API_KEY_SECRET_SIZE);
	sodium_memzero(bytes, sizeof(bytes));
	key->user_id = (int64_t)be64toh(user);
	return (key->user_id > 0);
}

void
api_key_actor(const struct api_key *key, struct actor *actor)
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	actor->user_id = key->user_id;
	actor->credential = key->id;
	crypto_hash_sha256(hash, key->secret, sizeof(key->secret));
	memcpy(actor->key_hash, "\\x", 2);
	sodium_bin2hex(actor->key_hash + 2, sizeof(actor->key_hash) - 2, hash,
	    sizeof(hash));
}
