/*
 * The table conversations. The statements here answer with the day's
 * allowance in their first three columns (core/allowance.h).
 */
#ifndef AICHAT_STORE_CONVERSATIONS_H
#define AICHAT_STORE_CONVERSATIONS_H

#include "core/flow.h"

/*
 * Start a conversation with this id, if the day has a message left. The
 * instructions (its system prompt), the key and its fingerprint may be NULL. It
 * meets a conflict when the key or the id is there already.
 */
int store_conversation_start(struct flow *, const struct uuid *id,
    const char *instructions, const char *key, const char *fingerprint);

/* The number it got; 0 when nothing was left. No row: no such user. */
int64_t store_conversation_started(const struct db_call *);

/* The conversation a key started, or that has this id; see above. */
int
store_conversation_find(struct flow *, const struct uuid *id, const char *key);
/* Its number, 0 when there is none; *same: by the same request. */
int64_t store_conversation_found(
    const struct db_call *, const char *fingerprint, bool *same);

/* All numbers of the user, newest first: column 3, NULL when none. */
int store_conversation_numbers(struct flow *);

#endif
