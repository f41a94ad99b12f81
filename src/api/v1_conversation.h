/*
 * A conversation as clients of /v1 see it, and what the endpoints below
 * /v1/conversations/{id} have in common.
 */
#ifndef AICHAT_V1_CONVERSATION_H
#define AICHAT_V1_CONVERSATION_H

#include "core/buf.h"
#include "core/flow.h"
#include "store/store_conversations.h"

#define V1_CONVERSATIONS "/v1/conversations/"

/* The id in the path, behind which *rest points; false after a reply: there
 * can be no such conversation. rest may be NULL. */
bool v1_conversation_path(struct flow *, struct uuid *id, const char **rest);

/* Put it as an object; what it was found by, or NULL, is put by extra. */
void v1_conversation_put(struct buf *, const struct store_conversation *);

/* The first checks of every answer of the store: true after a reply, which
 * says that the user may no longer act. Takes note of the day's allowance. */
bool v1_conversation_refused(struct flow *);

/* Answer with the conversation in the first row, or with 404. */
int v1_conversation_reply(struct flow *);

#endif
