/*
 * The table users.
 */
#ifndef AICHAT_STORE_USERS_H
#define AICHAT_STORE_USERS_H

#include "core/flow.h"

struct store_user {
	int64_t     id;
	const char *name; /* in the call's rows */
	const char *email;
	const char *password_hash;
	int64_t     epoch; /* of sessions; older ones are void */
};

/* Which of the two names somebody has. */
int  store_user_find_taken(struct flow *, const char *email, const char *name);
void store_user_taken(const struct db_call *, bool *email, bool *name);

/* Create the user; no row when one of the names was taken meanwhile. */
int store_user_create(struct flow *, const char *email, const char *name,
    const char *password_hash);

/* By name; no row when there is none or it is disabled. */
int store_user_by_name(struct flow *, const char *name);

/* The flow's own, if it may act. */
int store_user_self(struct flow *);

/* The user a statement above returned; false when there is no row. */
bool store_user_read(const struct db_call *, struct store_user *);

/* Replace a hash by one of today's making, if it is still the old one. */
int store_user_rehash(
    struct flow *, int64_t id, const char *old_hash, const char *new_hash);

#endif
