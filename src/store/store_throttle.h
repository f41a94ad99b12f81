/*
 * The table throttle: how often something was tried by an account and from an
 * address in a window that begins with the first time. Account names are
 * compared as users' are; only hashes are kept. A statement that is repeated
 * unseen after a lost connection may count once more: the safe side.
 */
#ifndef AICHAT_STORE_THROTTLE_H
#define AICHAT_STORE_THROTTLE_H

#include "core/flow.h"

struct store_throttle {
	const char *purpose;     /* counted separately: "login" ... */
	const char *account;     /* NULL: by address only */
	int         per_account; /* 0: without limit */
	const char *address;
	int         per_address;
	int         seconds; /* the window */
	int64_t     user_id; /* whose account it is; 0: nobody known */
};

/* Whether it may be tried; counts nothing. */
int store_throttle_look(struct flow *, const struct store_throttle *);

/* Count one; whether it was within the limits. */
int store_throttle_count(struct flow *, const struct store_throttle *);

/* Whether it may be tried, and forget what the account failed, if so. */
int store_throttle_pass(struct flow *, const struct store_throttle *);

/* Of all three: the seconds to wait, 0: none. */
int64_t store_throttle_wait(const struct db_call *);
/* Whether it was a count and the last one within a limit; of what. */
bool store_throttle_reached(
    const struct db_call *, const char **purpose, int64_t *user_id);

#endif
