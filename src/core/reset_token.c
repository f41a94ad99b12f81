#include <sodium.h>
#include <string.h>

#include "core/reset_token.h"

#define RANDOM_BYTES 32

void
reset_token_new(char token[RESET_TOKEN_SIZE])
{
	unsigned char random[RANDOM_BYTES];

	randombytes_buf(random, sizeof(random));
	sodium_bin2base64(token, RESET_TOKEN_SIZE, random, sizeof(random),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(random, sizeof(random));
}

void
reset_token_hash(const char *token, char hash[RESET_TOKEN_HASH_SIZE])
{
	unsigned char bytes[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(bytes, (const unsigned char *)token, strlen(token));
	memcpy(hash, "\\x", 2);
	sodium_bin2hex(
	    hash + 2, RESET_TOKEN_HASH_SIZE - 2, bytes, sizeof(bytes));
}
