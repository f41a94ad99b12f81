/*
 * Open streams, and whether those who listen still may. A worker asks for all
 * of them with one statement every few seconds, so that rights that end are
 * felt by streams too, and thousands of them cost what one does.
 */
#ifndef AICHAT_WATCH_H
#define AICHAT_WATCH_H

#include <sys/queue.h>

#include "core/flow.h"

#define WATCH_EVERY_MS 3000

struct watch {
	bool         on;
	bool         revoked;
	struct actor actor;
	void (*tell)(struct watch *); /* it is revoked now */
	LIST_ENTRY(watch) list;
};

/* Begin to watch, unless it has begun; the memory is the caller's. tell may
 * not end another watch. */
void
watch_begin(struct watch *, const struct actor *, void (*tell)(struct watch *));
/* To be called before that memory goes; may be called twice. */
void watch_end(struct watch *);

#endif
