/*
 * Answers of unknown length: sent in chunks as they come (RFC 9112, section
 * 7.1), or to HTTP/1.0 until the connection is closed. The connection stays
 * usable afterwards.
 */
#ifndef AICHAT_STREAM_H
#define AICHAT_STREAM_H

#include "core/buf.h"
#include "core/flow.h"

/* Send status 200 and the headers. */
void stream_begin(struct flow *, const char *content_type);

/* Send what the buf holds, and empty it. */
void stream_write(struct flow *, struct buf *);

/*
 * Wait until the client has taken what was sent, so that an answer is not
 * piled up for a slow one; one that takes nothing for a minute is cut off.
 */
int stream_drain(struct flow *);

/* Wait for a moment that nothing will end early. */
int stream_pause(struct flow *, uint64_t ms);

/* Break off: the client sees that something is missing. Only behind a wait. */
int stream_cut(struct flow *, enum error);

/* The answer is complete; returns FLOW_DONE. */
int stream_end(struct flow *);

#endif
