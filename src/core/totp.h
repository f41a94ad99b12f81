/*
 * Time-based one-time passwords (RFC 6238): HMAC-SHA-1, 6 digits, 30 seconds,
 * which is what every authenticator understands. Pure.
 */
#ifndef AICHAT_TOTP_H
#define AICHAT_TOTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "core/buf.h"

#define TOTP_SECRET_SIZE 20 /* RFC 4226, section 4: as long as the hash */
#define TOTP_SECONDS     30
#define TOTP_DIGITS      6
#define TOTP_BASE32_SIZE 33 /* of a secret, with the NUL */

/* The password of a step, which is the time divided by TOTP_SECONDS. */
uint32_t totp_code(const uint8_t *secret, size_t size, int64_t step);

/*
 * The step text is the password of: this one, the one before or the one after
 * (RFC 6238, section 5.2). 0 when it is of none of them. Whether that step was
 * used before is the caller's to know.
 */
int64_t totp_match(
    const uint8_t secret[TOTP_SECRET_SIZE], const char *text, time_t now);

/* RFC 4648, section 6, without padding; size is a multiple of 5. */
void totp_base32(const uint8_t *data, size_t size, char *out);

/* otpauth://totp/..., which an authenticator reads as a QR code
 * (https://github.com/google/google-authenticator/wiki/Key-Uri-Format). */
void totp_uri(struct buf *, const char *name, const char *base32);

#endif
