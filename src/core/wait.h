/*
 * Something a request sleeps on: a statement, work on a thread, a generation.
 * A wait is a heap object that completes by itself. When the client leaves,
 * the request lets go of it (it is orphaned), and it frees itself once it is
 * complete; so nothing is cancelled half-way and no callback meets freed
 * memory.
 */
#ifndef AICHAT_WAIT_H
#define AICHAT_WAIT_H

#include <stdbool.h>

#include "core/errors.h"

/* What is waited for, as the Server-Timing header tells it. */
enum wait_kind {
	WAIT_OTHER, /* the client, mostly */
	WAIT_DB,
	WAIT_UPSTREAM,
	WAIT_HASH, /* of a password: authentication */
	WAIT__MAX
};

struct wait {
	enum wait_kind kind;
	bool           complete;
	enum error     error;        /* set before completing, if it failed */
	void (*notify)(void *owner); /* NULL once orphaned */
	void *owner;
	void (*free)(struct wait *); /* releases the whole object */
};

/* Who is to be told when w completes. */
void wait_own(struct wait *w, void (*notify)(void *), void *owner);

/* Called by what does the work, on the loop, exactly once. */
void wait_complete(struct wait *w, enum error error);

/* The owner lets go: freed now when complete, else when it completes. Takes
 * NULL. */
void wait_release(struct wait *w);

#endif
