/*
 * CPU-heavy or blocking work on a few threads, so that the worker's loop goes
 * on meanwhile. A piece of work is a wait (core/wait.h): it completes on the
 * loop, and may be orphaned.
 */
#ifndef AICHAT_WORK_H
#define AICHAT_WORK_H

#include <stdbool.h>
#include <sys/queue.h>

#include "core/wait.h"

struct work_pool;

struct work {
	struct wait wait;           /* first; its free releases the whole */
	void (*run)(struct work *); /* on a thread */
	TAILQ_ENTRY(work) list;
};

/*
 * A pool of threads (started at the first work) with room for queue_max
 * waiting pieces. nice is the threads' own (sched(7); 0: as the loop's). Lives
 * as long as the process. Loop side only.
 */
struct work_pool *
work_pool_new(const char *name, int threads, int nice, int queue_max);

/*
 * Queue w, whose run and wait.free are set. False when the queue is full, and
 * then w is still the caller's.
 */
bool work_submit(struct work_pool *, struct work *);

#endif
