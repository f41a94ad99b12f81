/*
 * A user's own account: what is known of it, a new password, and its end.
 */
#ifndef AICHAT_STORE_ACCOUNT_H
#define AICHAT_STORE_ACCOUNT_H

#include "core/flow.h"

/* What a user sees; the day's allowance is in the first three columns
 * (core/allowance.h). No row: the user may not act. */
struct store_account {
	int64_t     id;
	const char *name; /* in the call's rows */
	const char *email;
	int64_t     created; /* microseconds since 1970 */
	bool        totp;    /* logging in asks for a one-time password */
};

int  store_account_look(struct flow *);
void store_account_read(const struct db_call *, struct store_account *);

/*
 * Change the password, if it still is what was checked; the flow's session
 * goes on, all others are void.
 */
int store_account_password(
    struct flow *, const char *old_hash, const char *new_hash);
/* False: the password or the rights had changed. */
bool store_account_changed(const struct db_call *);

/* Remove the user, if the password still is what was checked, and all rows. */
int store_account_delete(struct flow *, const char *password_hash);

/* Remove rows that statements under way then wrote. */
struct db_call *store_account_sweep(int64_t user_id);

/* The days on which messages were sent, and how many; no row at all: the user
 * may not act. store_account_day() is false behind the last. */
int  store_account_usage(struct flow *);
bool store_account_day(
    const struct db_call *, int row, const char **day, int64_t *used);

#endif
