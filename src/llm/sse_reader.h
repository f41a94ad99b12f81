/*
 * Splits a body into server-sent events (WHATWG HTML, section 9.2.6),
 * whatever pieces it arrives in: lines end in LF, CR or CRLF, comments are
 * skipped, data lines joined by LF. Lines that are no field of an event are
 * passed on as strays.
 */
#ifndef AICHAT_SSE_READER_H
#define AICHAT_SSE_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

#define SSE_EVENT_MAX (1024 * 1024) /* bytes of one event */

/*
 * Zeroed but for event, stray and arg it is at the beginning of a body. Name
 * ("" is none) and data live until the callback returns; stray may be NULL.
 */
struct sse_reader {
	void (*event)(
	    void *arg, const char *event, const char *data, size_t len);
	void (*stray)(void *arg, const char *line, size_t len);
	void      *arg;
	struct buf line;
	struct buf data;
	char       name[64];
	bool       begun; /* past the first line */
	bool       after_cr;
	bool       has_data;
};

/* False when an event or a line grows beyond SSE_EVENT_MAX: give up then. */
bool sse_reader_feed(struct sse_reader *, const char *bytes, size_t len);

/* The end: dispatches an event whose blank line is missing, leniently. */
void sse_reader_end(struct sse_reader *);

void sse_reader_release(struct sse_reader *);

#endif
