#include <endian.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "core/totp.h"

#define CODES 1000000 /* 10 to the power of TOTP_DIGITS */

/* RFC 4226, section 5.3. */
uint32_t
totp_code(const uint8_t *secret, size_t size, int64_t step)
{
	unsigned char  mac[EVP_MAX_MD_SIZE];
	unsigned int   len = 0;
	uint64_t       counter = htobe64((uint64_t)step);
	const uint8_t *p;

	if (HMAC(EVP_sha1(), secret, (int)size, (const unsigned char *)&counter,
		sizeof(counter), mac, &len) == NULL)
		return (CODES);
	p = mac + (mac[len - 1] & 0x0f);
	return ((((uint32_t)p[0] & 0x7f) << 24 | (uint32_t)p[1] << 16 |
		    (uint32_t)p[2] << 8 | p[3]) %
	    CODES);
}

int64_t
totp_match(const uint8_t secret[TOTP_SECRET_SIZE], const char *text, time_t now)
{
	int64_t  step = (int64_t)now / TOTP_SECONDS - 1, found = 0;
	uint32_t code = 0;
	int      i;

	if (strlen(text) != TOTP_DIGITS ||
	    strspn(text, "0123456789") != TOTP_DIGITS)
		return (0);
	for (i = 0; i < TOTP_DIGITS; i++)
		code = code * 10 + (uint32_t)(text[i] - '0');
	/* All three are computed, whichever it is. */
	for (i = 0; i < 3; i++, step++)
		if (totp_code(secret, TOTP_SECRET_SIZE, step) == code)
			found = step;
	return (found);
}

void
totp_base32(const uint8_t *data, size_t size, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	size_t            i, bits = size * 8;

	for (i = 0; i < bits; i += 5) {
		unsigned two = (unsigned)data[i / 8] << 8;

		if (i / 8 + 1 < size)
			two |= data[i / 8 + 1];
		*out++ = digits[two >> (11 - i % 8) & 31];
	}
	*out = '\0';
}

/* RFC 3986, section 2.1. */
static void
put_encoded(struct buf *b, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			buf_char(b, *text);
		else
			buf_printf(b, "%%%02X", (unsigned char)*text);
	}
}

void
totp_uri(struct buf *b, const char *name, const char *base32)
{
	buf_text(b, "otpauth://totp/aichat:");
	put_encoded(b, name);
	buf_printf(b,
	    "?secret=%s&issuer=aichat&algorithm=SHA1&digits=%d"
	    "&period=%d",
	    base32, TOTP_DIGITS, TOTP_SECONDS);
}
