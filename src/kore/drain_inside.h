/*
 * What the parent tells its workers, shared by kore/drain*.c only.
 */
#ifndef AICHAT_DRAIN_INSIDE_H
#define AICHAT_DRAIN_INSIDE_H

#include <sys/types.h>

enum drain_phase {
	DRAIN_NOT,
	DRAIN_LEAVING, /* listeners are open yet */
	DRAIN_CLOSED,
	DRAIN_HURRY /* do not wait any longer */
};

/* In memory that all processes share; the parent writes. */
extern volatile enum drain_phase *drain_phase;

extern pid_t drain_parent; /* the parent's */

#endif
