/*
 * Listeners: waits that complete when a generation has something to tell.
 */
#include <stdlib.h>

#include "llm/generation_inside.h"

struct generation_listener {
	struct wait wait; /* first */
	int64_t     seen;
	uint64_t    quiet_until;
	LIST_ENTRY(generation_listener) list;
};

static void
free_listener(struct wait *w)
{
	free(w);
}

static bool
has_news(const struct generation *g, int64_t seen)
{
	return (
	    g->state == GENERATION_ENDED || generation_last_event(g) > seen);
}

struct wait *
generation_news(struct generation *g, int64_t seen)
{
	struct generation_listener *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("generation: no memory");
	l->wait.free = free_listener;
	l->wait.kind = WAIT_UPSTREAM;
	l->seen = seen;
	l->quiet_until = kore_time_ms() + GENERATION_QUIET_MS;
	if (has_news(g, seen))
		l->wait.complete = true;
	else
		LIST_INSERT_HEAD(&g->listeners, l, list);
	return (&l->wait);
}

static void
tell(struct generation *g, uint64_t now)
{
	struct generation_listener *l, *next;

	for (l = LIST_FIRST(&g->listeners); l != NULL; l = next) {
		next = LIST_NEXT(l, list);
		if (!has_news(g, l->seen) && now < l->quiet_until)
			continue;
		LIST_REMOVE(l, list);
		wait_complete(&l->wait, ERR_NONE);
	}
}

void
generation_tell(struct generation *g)
{
	tell(g, 0);
}

void
generation_tell_quiet(struct generation *g, uint64_t now)
{
	tell(g, now);
}

void
generation_wake(struct generation *g)
{
	tell(g, UINT64_MAX);
}
