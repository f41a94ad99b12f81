/*
 * What may be tried only so often: logging in, signing up, refreshing. Parts
 * of steps (core/flow.h): a function that begins a wait returns what the step
 * is to return, and the next step asks throttle_refused() first, which has
 * answered 429 when it says so.
 *
 * A secret that is guessed (a password, a one-time code) is surrounded by
 * three: throttle_look() before anything is hashed; throttle_failed() or
 * throttle_passed() when the guess was judged. The answer is given behind
 * those, so that of any number of guesses at once only as many as the limit
 * learn anything; the others get the 429, whether right or wrong.
 */
#ifndef AICHAT_THROTTLE_H
#define AICHAT_THROTTLE_H

#include "core/flow.h"

int throttle_look(struct flow *, const char *name);
/* user_id is 0 when nobody has the name; it counts the same. */
int throttle_failed(struct flow *, const char *name, int64_t user_id);
int throttle_passed(struct flow *, const char *name);

/* Each one counts, whether it succeeds or not. */
int throttle_signup(struct flow *);
int throttle_refresh(struct flow *, const char *name);

/* True after a reply. To be asked by the step behind each of those. */
bool throttle_refused(struct flow *);

#endif
