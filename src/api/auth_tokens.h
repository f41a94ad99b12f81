/*
 * What logging in, signing up and refreshing have in common: the session that
 * is begun, and the two tokens that are its answer.
 */
#ifndef AICHAT_AUTH_TOKENS_H
#define AICHAT_AUTH_TOKENS_H

#include "core/flow.h"
#include "core/token.h"
#include "store/store_users.h"

/* Begin a session for the user, whose password was checked; *refresh becomes
 * its first refresh token. Returns what the step is to return. */
int auth_tokens_begin(
    struct flow *, const struct store_user *, struct token *refresh);

/* Answer with that session's tokens, once it is begun; 401 when the rights
 * ended meanwhile. */
int auth_tokens_begun(struct flow *, int status, const struct token *refresh);

/* Answer with the refresh token and a new access token of its session. */
int auth_tokens_reply(struct flow *, int status, const struct token *refresh);

#endif
