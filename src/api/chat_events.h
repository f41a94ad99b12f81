/*
 * How /chat/ tells of a turn: events numbered by id, as the WHATWG's
 * server-sent events have it (HTML, section 9.2), or the turn in one reply.
 */
#ifndef AICHAT_CHAT_EVENTS_H
#define AICHAT_CHAT_EVENTS_H

#include "api/follow.h"

extern const struct follow_format chat_events;

#endif
