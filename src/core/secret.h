/*
 * Keys for one purpose each, derived from the server's secret, so that what
 * was made for one is of no use for another. Pure.
 */
#ifndef AICHAT_SECRET_H
#define AICHAT_SECRET_H

#include <stdint.h>

#define SECRET_KEY_SIZE 32

/*
 * HMAC-SHA256 (RFC 2104) of a label of the purpose's own. A label has no dot,
 * which everything that the secret signs as a JWT has (RFC 7515, section 5.1).
 */
void secret_derive(
    const char *secret, const char *label, uint8_t key[SECRET_KEY_SIZE]);

#endif
