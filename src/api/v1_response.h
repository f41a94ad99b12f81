/*
 * A turn as OpenAI's Response object
 * (https://platform.openai.com/docs/api-reference/responses/object).
 */
#ifndef AICHAT_V1_RESPONSE_H
#define AICHAT_V1_RESPONSE_H

#include "core/buf.h"
#include "store/store_turns.h"

/* Put it as the member key, or as a value (NULL). */
void v1_response_put(struct buf *, const char *key, const struct store_turn *);

/* As it was when it began: without output and usage. */
void
v1_response_put_begun(struct buf *, const char *key, const struct store_turn *);

/* Its answer, as an item: its status, and its text or (NULL) none yet. */
void v1_response_put_message(struct buf *, const char *key,
    const struct uuid *turn, const char *status, const char *text);
/* The one part of that. */
void v1_response_put_part(struct buf *, const char *key, const char *text);

/* How the answer is: completed, in_progress or incomplete. */
const char *v1_response_message_status(const struct store_turn *);

/* The member "error", of an answer that ended with this code. OpenAI's clients
 * know few codes here; the words say more. */
void v1_response_put_error(struct buf *, const char *error_code);

/* How the turn is: completed, in_progress, incomplete, cancelled or failed. */
const char *v1_response_status(const struct store_turn *);

#endif
