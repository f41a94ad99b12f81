/*
 * The chain of a session's refresh tokens. Only a hash of each token's id is
 * stored; the id of the next one is derived from this one's, so that any
 * machine can give the same successor again to a client that asks twice. Who
 * does not have the server's secret cannot derive it. Pure.
 */
#ifndef AICHAT_REFRESH_H
#define AICHAT_REFRESH_H

#include "core/actor.h"

/* What is stored of a token's id: SHA-256, as PostgreSQL reads a bytea. */
void refresh_hash(const struct uuid *id, char out[ACTOR_HASH_SIZE]);

/*
 * The id behind this one in the session: the first 128 bits of HMAC-SHA256
 * over both, in the form of a UUID version 8 (RFC 9562, section 5.8).
 */
void refresh_successor(const char *secret, const struct uuid *session,
    const struct uuid *id, struct uuid *next);

#endif
