/*
 * The table sessions: what a login began, and tokens belong to.
 */
#ifndef AICHAT_STORE_SESSIONS_H
#define AICHAT_STORE_SESSIONS_H

#include "core/flow.h"

/* Begin one for the user; token_hash as in core/actor.h. It may be there
 * already, by an earlier sending (db_conflict()). */
int store_session_begin(struct flow *, int64_t user_id, const struct uuid *id,
    const char *token_hash, int64_t seconds);

#endif
