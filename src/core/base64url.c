#include <sodium.h>
#include <string.h>

#include "core/base64url.h"

#define DIGITS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

bool
base64url_read(const char *text, void *out, size_t size)
{
	size_t len = strlen(text), n;

	return (strspn(text, DIGITS) == len &&
	    sodium_base642bin(out, size, text, len, NULL, &n, NULL,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
	    n == size);
}
