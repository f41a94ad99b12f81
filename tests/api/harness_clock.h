/*
 * Wall clocks that a test sets, of programs it starts: of a server by its
 * options, of PostgreSQL by the environment of cluster_new(). The steady clock
 * goes on, as when a machine's time is corrected.
 */
#ifndef AICHAT_TESTS_HARNESS_CLOCK_H
#define AICHAT_TESTS_HARNESS_CLOCK_H

#include <stdint.h>

struct clock {
	char             *preload; /* LD_PRELOAD=... */
	char             *file;    /* TEST_CLOCK=... */
	volatile int64_t *offset;  /* milliseconds, of the machine's */
};

/* One that shows the right time yet. */
struct clock *clock_new(void);
void          clock_set(struct clock *, int64_t offset_ms);

/* Programs that inherit our environment go by it from now on; NULL: again by
 * the machine's. */
void clock_inherit(const struct clock *);

#endif
