#include <sodium.h>
#include <string.h>

#include "core/base64url.h"
#include "core/share_token.h"

#define OWNER_BYTES  8
#define RANDOM_BYTES 32
#define BYTES        (OWNER_BYTES + RANDOM_BYTES)

void
share_token_new(int64_t owner, char token[SHARE_TOKEN_SIZE])
{
	unsigned char bytes[BYTES];
	int           i;

	for (i = 0; i < OWNER_BYTES; i++)
		bytes[i] = (unsigned char)((uint64_t)owner >> (56 - 8 * i));
	randombytes_buf(bytes + OWNER_BYTES, RANDOM_BYTES);
	sodium_bin2base64(token, SHARE_TOKEN_SIZE, bytes, sizeof(bytes),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(bytes, sizeof(bytes));
}

bool
share_token_owner(const char *text, int64_t *owner)
{
	unsigned char bytes[BYTES];
	uint64_t      id = 0;
	int           i;

	if (!base64url_read(text, bytes, sizeof(bytes)))
		return (false);
	for (i = 0; i < OWNER_BYTES; i++)
		id = id << 8 | bytes[i];
	*owner = (int64_t)id;
	return (*owner > 0);
}
