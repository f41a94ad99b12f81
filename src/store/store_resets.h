/*
 * The table password_resets: one-time tokens that set a new password.
 */
#ifndef AICHAT_STORE_RESETS_H
#define AICHAT_STORE_RESETS_H

#include "core/flow.h"

/* Whose token it is, by its hash (core/reset_token.h), if it is good. */
int store_reset_find(struct flow *, const char *token_hash);
bool
store_reset_user(const struct db_call *, const char **name, const char **email);

/* Use the token up: set the password and end all sessions. */
int store_reset_use(
    struct flow *, const char *token_hash, const char *password_hash);
/* Whether it was good until then; *user_id: whose. */
bool store_reset_used(const struct db_call *, int64_t *user_id);

#endif
