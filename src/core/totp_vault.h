/*
 * How what one-time passwords stand on is stored: the secret encrypted with a
 * key derived from the server's (JWT_SECRET_KEY; when that is changed, users of
 * one-time passwords log in again once those were turned off by command),
 * recovery codes as hashes with such a key. So a copy of the database alone is
 * of no use. Pure.
 */
#ifndef AICHAT_TOTP_VAULT_H
#define AICHAT_TOTP_VAULT_H

#include "core/actor.h"
#include "core/totp.h"

#define TOTP_SEALED_SIZE    60  /* nonce, secret and tag, in bytes */
#define TOTP_SEALED_HEX     123 /* as PostgreSQL reads a bytea, with the NUL */
#define TOTP_RECOVERY_CODES 10
#define TOTP_RECOVERY_SIZE  18 /* XXXXXXXX-XXXXXXXX, base32: 80 bits */

/* XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) with a random nonce; the user
 * is authenticated too, so that nobody's secret passes for another's. */
void totp_seal(const char *server_secret, int64_t user_id,
    const uint8_t secret[TOTP_SECRET_SIZE], char sealed[TOTP_SEALED_HEX]);
/* False when it is not what was sealed for this user by this server. */
bool totp_open(const char *server_secret, int64_t user_id, const void *sealed,
    size_t size, uint8_t secret[TOTP_SECRET_SIZE]);

/* A new code. */
void totp_recovery_new(char code[TOTP_RECOVERY_SIZE]);
/* HMAC-SHA256 of one as it is typed, in any case, with or without the dash;
 * false when text cannot be one. */
bool totp_recovery_hash(const char *server_secret, int64_t user_id,
    const char *text, char hash[ACTOR_HASH_SIZE]);

#endif
