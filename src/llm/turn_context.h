/*
 * What a model is told of the turns before a prompt.
 */
#ifndef AICHAT_TURN_CONTEXT_H
#define AICHAT_TURN_CONTEXT_H

#include "llm/provider.h"
#include "store/store_turns.h"

/* How many bytes of earlier turns there may be (CONTEXT_TOKENS). */
int64_t turn_context_bytes(void);

/*
 * Put the turns of store_turn_context() (rows may be NULL: there are none)
 * before a prompt. *out points into rows, the prompt and system; the caller
 * frees out->messages.
 */
void turn_context_join(const struct db_call *rows, const struct llm_prompt *,
    struct buf *system, struct llm_prompt *out);

#endif
