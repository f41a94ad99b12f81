/*
 * One-time tokens by which a password is set anew: 256 random bits, of which
 * the database has the SHA-256 only.
 */
#ifndef AICHAT_RESET_TOKEN_H
#define AICHAT_RESET_TOKEN_H

#define RESET_TOKEN_SIZE      44 /* base64url of 32 bytes, with its NUL */
#define RESET_TOKEN_HASH_SIZE 67 /* "\x", the hash in hexadecimal, NUL */

void reset_token_new(char token[RESET_TOKEN_SIZE]);

/* The hash of a token as PostgreSQL reads a bytea; of any text. */
void reset_token_hash(const char *token, char hash[RESET_TOKEN_HASH_SIZE]);

#endif
