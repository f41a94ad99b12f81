/*
 * How /v1/responses tells of a turn: OpenAI's streaming events, or the
 * Response object.
 *
 * Note [sequence numbers]: a turn's events (api/follow.h) are several of
 * OpenAI's, numbered from 0. Its start is 0 (created) and 1 (in_progress); its
 * first delta also opens the message and its part, 2 to 4; each later event N
 * is N + 2; the end closes what was opened and tells how it went. So every
 * number follows from the log, and a resumed stream has the same ones.
 */
#ifndef AICHAT_V1_RESPONSE_EVENTS_H
#define AICHAT_V1_RESPONSE_EVENTS_H

#include "api/follow.h"

/* For who sends the prompt: one that failed without a word is an error. */
extern const struct follow_format v1_response_sent;
/* For who comes back: the Response, however it went. */
extern const struct follow_format v1_response_events;

/* Follow from behind a sequence number on; -1: from the start. */
void v1_response_events_after(struct follow *, int64_t sequence);

#endif
