/*
 * How /v1/chat/completions tells of a turn: OpenAI's chunks, or one
 * completion (https://platform.openai.com/docs/api-reference/chat).
 */
#ifndef AICHAT_V1_CHAT_EVENTS_H
#define AICHAT_V1_CHAT_EVENTS_H

#include "api/send.h"
#include "api/v1_input.h"

/* The endpoint's state, whose turn and wishes the format looks at. */
struct v1_chat {
	struct send     send; /* first */
	struct v1_input messages;
	struct buf      system;
	bool            include_usage;
};

extern const struct follow_format v1_chat_events;

#endif
