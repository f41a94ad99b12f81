/*
 * A session as JSON.
 */
#ifndef AICHAT_AUTH_SESSIONS_H
#define AICHAT_AUTH_SESSIONS_H

#include "core/buf.h"
#include "core/db.h"

/* The member "sessions" or "data" of what store_session_list() found. */
void auth_sessions_put(struct buf *, const char *key, const struct db_call *);

#endif
