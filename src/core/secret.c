#include <sodium.h>
#include <string.h>

#include "core/secret.h"

void
secret_derive(
    const char *secret, const char *label, uint8_t key[SECRET_KEY_SIZE])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(
	    &state, (const unsigned char *)secret, strlen(secret));
	crypto_auth_hmacsha256_update(
	    &state, (const unsigned char *)label, strlen(label));
	crypto_auth_hmacsha256_final(&state, key);
	sodium_memzero(&state, sizeof(state));
}
