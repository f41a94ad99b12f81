/*
 * Titles that a model is asked for. For a worker, not a request: to be sent
 * with db_send_for().
 */
#ifndef AICHAT_STORE_TITLES_H
#define AICHAT_STORE_TITLES_H

#include "core/db.h"

/* The title of the turn's conversation, if that is its first turn and the
 * title is still the one made of its prompt: column 0 of one row, or none. */
struct db_call *store_title_wanted(int64_t user_id, const struct uuid *turn);

/* Give it another one, if it still has the old one. */
struct db_call *store_title_set(int64_t user_id, const struct uuid *turn,
    const char *before, const char *title);

#endif
