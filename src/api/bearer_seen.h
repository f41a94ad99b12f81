/*
 * Access tokens this worker has checked. Whether a signature is right does not
 * change, and to check it costs more than everything else a worker does for a
 * short request; whether the session may still act is asked of PostgreSQL, in
 * the statement that acts.
 */
#ifndef AICHAT_BEARER_SEEN_H
#define AICHAT_BEARER_SEEN_H

#include <stdbool.h>
#include <time.h>

#include "core/actor.h"
#include "core/token.h"

/* Whether that very text was found good and has not expired: who it is. */
bool bearer_seen(const char *text, time_t now, struct actor *);

/* The text was found to be this access token. */
void bearer_seen_add(const char *text, const struct token *);

#endif
