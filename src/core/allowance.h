/*
 * What is left of the day's messages. The truth is a row of daily_usage that
 * the statement beginning a turn changes; here is only what a worker may say
 * without asking: that a user had nothing left a moment ago.
 */
#ifndef AICHAT_ALLOWANCE_H
#define AICHAT_ALLOWANCE_H

#include "core/flow.h"

/* How long that is believed: a limit that was raised, or a message that was
 * given back, is noticed after this. */
#define ALLOWANCE_BELIEVED_MS 1000

/*
 * Take limit, used and the time of the statement from the first three
 * columns of the first row, into the flow.
 */
void allowance_read(struct flow *, const struct db_call *);

/* Remember that the flow's user has nothing left. */
void allowance_exhausted(const struct flow *);

/*
 * Whether that was remembered just now; fills the flow's allowance then. Of an
 * API key only if it was told of that key, whose secret nobody has checked yet.
 */
bool allowance_is_exhausted(struct flow *);

#endif
