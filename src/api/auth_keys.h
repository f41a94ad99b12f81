/*
 * API keys as JSON.
 */
#ifndef AICHAT_AUTH_KEYS_H
#define AICHAT_AUTH_KEYS_H

#include "core/buf.h"
#include "core/db.h"

/* The member "keys" or "data" of what store_key_list() found. */
void auth_keys_put(struct buf *, const char *key, const struct db_call *);

#endif
