/*
 * Passwords: argon2id with OWASP's parameters (m=19 MiB, t=2, p=1), made and
 * checked by libsodium; the Flask service's scrypt and PBKDF2 hashes are
 * still accepted and reported as wanting an upgrade. These functions take
 * tens of milliseconds: call them on a thread (core/work.h), after the parent
 * called sodium_init(). They do not allocate from Kore's pools and touch no
 * shared state.
 */
#ifndef AICHAT_PASSWORD_H
#define AICHAT_PASSWORD_H

#include <stdbool.h>

#define PASSWORD_MAX       1024 /* bytes */
#define PASSWORD_HASH_SIZE 256  /* of any accepted form, with its NUL */

/* A well-formed hash no password matches, for names that do not exist: a
 * check against it takes as long as any other. */
extern const char password_dummy_hash[];

/*
 * Hash password into out[PASSWORD_HASH_SIZE]; false when memory lacks or it
 * is longer than PASSWORD_MAX.
 */
bool password_hash(const char *password, char *out);

/*
 * Whether password matches hash: "$argon2id$..." (libsodium), or werkzeug's
 * "scrypt:N:r:p$salt$hex" and "pbkdf2:sha256:N$salt$hex", with costs bounded.
 * *upgrade is set when it matches but should be hashed anew.
 */
bool password_verify(const char *password, const char *hash, bool *upgrade);

#endif
