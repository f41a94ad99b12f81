/*
 * The migrations compiled into the program, and applying them. They go
 * forward only: version N is the Nth file of migrations/.
 */
#ifndef AICHAT_MIGRATIONS_H
#define AICHAT_MIGRATIONS_H

#include <stdbool.h>

#include "core/buf.h"

/* How many there are: the version this program needs. */
int migrations_count(void);

/*
 * Apply to the database of conninfo what it lacks, each in a transaction of
 * its own, under an advisory lock, so that any number of callers on any
 * number of machines may do it at once. Each one applied is told on
 * standard output. False, with the reason appended, when one fails, was
 * changed after it had been applied, or comes from a later program; what
 * was applied before stays.
 */
bool migrations_apply(const char *conninfo, struct buf *problem);

enum migrations_state {
	MIGRATIONS_CURRENT,
	MIGRATIONS_BEHIND,
	MIGRATIONS_AHEAD,  /* or changed since they were applied */
	MIGRATIONS_UNKNOWN /* the database cannot be reached */
};

/* How the database stands; the reason in words is appended. */
enum migrations_state
migrations_check(const char *conninfo, struct buf *problem);

#endif
