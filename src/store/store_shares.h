/*
 * Links that show a conversation to whoever has them, as it was when the link
 * was made. The token is not kept, only its hash.
 */
#ifndef AICHAT_STORE_SHARES_H
#define AICHAT_STORE_SHARES_H

#include "core/flow.h"

#define STORE_SHARES_MAX 32 /* links to a conversation; older ones end */

/* Make a link; hash as PostgreSQL reads a bytea. Its answers begin with the
 * allowance; a repeated sending meets itself. */
int store_share_make(
    struct flow *, const struct uuid *conversation, const char *hash);
/* When it was made, microseconds since 1970; 0: no such conversation. */
int64_t store_share_made(const struct db_call *);

/* End all links to a conversation; false: there is no such conversation. */
int  store_share_end(struct flow *, const struct uuid *conversation);
bool store_share_ended(const struct db_call *);

/*
 * What a link of this user shows: a page of at most limit turns behind the one
 * given (NULL: from the start), oldest first, to be read as those of
 * store/store_items.h. For anybody: it names the owner and needs no actor.
 */
int store_share_view(struct flow *, int64_t owner, const char *hash,
    const struct uuid *from, int limit);
struct store_share {
	const char *title;
	int64_t     created; /* the conversation; microseconds since 1970 */
	int64_t     shared;
};
/* False: there is no such link. */
bool store_share_read(const struct db_call *, struct store_share *);

#endif
