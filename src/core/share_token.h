/*
 * Tokens of links to conversations: base64url of the owner's id (8 bytes,
 * big-endian) and 256 random bits. So the statement that looks a link up knows
 * whose it claims to be. The database has the SHA-256 of the text only. Pure.
 */
#ifndef AICHAT_SHARE_TOKEN_H
#define AICHAT_SHARE_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#define SHARE_TOKEN_SIZE 55 /* with the NUL */

void share_token_new(int64_t owner, char token[SHARE_TOKEN_SIZE]);

/* Whether text may be one, and whose. */
bool share_token_owner(const char *text, int64_t *owner);

#endif
