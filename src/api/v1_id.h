/*
 * Identifiers as clients of /v1 see them: OpenAI's prefixes before the 32
 * hexadecimal digits of a UUID. A turn is a response and two messages, its
 * prompt's and its answer's. Pure.
 */
#ifndef AICHAT_V1_ID_H
#define AICHAT_V1_ID_H

#include <stdbool.h>

#include "core/uuid.h"

#define V1_ID_SIZE 48 /* the longest, with its NUL */

enum v1_id {
	V1_ID_RESPONSE,     /* resp_...: a turn */
	V1_ID_CONVERSATION, /* conv_...: conversations.id */
	V1_ID_MESSAGE,      /* msg_...: a turn's answer */
	V1_ID_PROMPT,       /* msg_..._in: a turn's prompt */
	V1_ID_COMPLETION    /* chatcmpl-...: a turn that is not stored */
};

void v1_id_format(enum v1_id, const struct uuid *, char text[V1_ID_SIZE]);

/* The UUID in text, or false when that is no id of this kind. */
bool v1_id_parse(enum v1_id, const char *text, struct uuid *);

#endif
