/*
 * The table api_keys: keys a user has made for programs.
 */
#ifndef AICHAT_STORE_KEYS_H
#define AICHAT_STORE_KEYS_H

#include "core/flow.h"

#define STORE_KEYS_MAX 50 /* live ones of a user */

struct store_key {
	struct uuid id;
	const char *name;
	const char *prefix;
	int64_t     daily_limit; /* -1: none of its own */
	int64_t     created;     /* microseconds since 1970 */
	int64_t     used;        /* 0: never */
	int64_t     expires;     /* 0: never */
	bool        revoked;
};

enum store_key_made {
	STORE_KEY_MADE,      /* now, or by an earlier request for the same */
	STORE_KEY_DIFFERENT, /* it is there, but was made with other values */
	STORE_KEY_TOO_MANY,
	STORE_KEY_AGAIN,   /* made by another at this moment: ask again */
	STORE_KEY_REFUSED, /* the user may not act */
};

/*
 * Make a key of this id, name, prefix and limit, whose secret has the hash (as
 * in core/actor.h) and that expires in so many days (0: never).
 */
int store_key_make(
    struct flow *, const struct store_key *, const char *hash, int64_t days);
/* How that went; created and expires are filled in. */
enum store_key_made store_key_made(const struct db_call *, struct store_key *);

/* The newest of the user's keys, those that are void among them; no row: the
 * user may not act. */
int  store_key_list(struct flow *);
int  store_key_count(const struct db_call *);
void store_key_read(const struct db_call *, int row, struct store_key *);

/* Revoke it; whether the user has it, revoked before or not. */
int  store_key_revoke(struct flow *, const struct uuid *id);
bool store_key_revoked(const struct db_call *, bool *first);

/* Note that the key was used, unless that was noted just now. */
struct db_call *store_key_used(const struct actor *, const char *address);
/* Whether it was its first use in an hour, and what is to be said then. */
bool store_key_used_first(const struct db_call *, int64_t *user_id,
    const char **address, const char **id);

#endif
