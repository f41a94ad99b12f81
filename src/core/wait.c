#include <stddef.h>

#include "core/wait.h"

void
wait_own(struct wait *w, void (*notify)(void *), void *owner)
{
	w->notify = notify;
	w->owner = owner;
}

void
wait_complete(struct wait *w, enum error error)
{
	w->complete = true;
	w->error = error;
	if (w->notify != NULL)
		w->notify(w->owner);
	else
		w->free(w);
}

void
wait_release(struct wait *w)
{
	if (w == NULL)
		return;
	w->notify = NULL;
	if (w->complete)
		w->free(w);
}
