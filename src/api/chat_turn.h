/*
 * How a turn looks to clients of /chat/.
 */
#ifndef AICHAT_CHAT_TURN_H
#define AICHAT_CHAT_TURN_H

#include "core/buf.h"
#include "store/store_turns.h"

/* As an entry of the history. */
void chat_turn_entry(struct buf *, const struct store_turn *);

/* As the body of POST /chat/: the same and the token counts. */
void chat_turn_answer(struct buf *, const struct store_turn *);

#endif
