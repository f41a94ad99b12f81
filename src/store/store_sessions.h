/*
 * The table sessions: what a login began, and tokens belong to. A session is
 * a family of refresh tokens of which the newest counts.
 */
#ifndef AICHAT_STORE_SESSIONS_H
#define AICHAT_STORE_SESSIONS_H

#include "core/flow.h"

/* In an UPDATE of users: all sessions and the Flask service's tokens are void
 * from here on. */
#define STORE_SESSIONS_VOID "epoch = epoch + 1, tokens_from = now()"

struct store_session {
	int64_t     user_id;
	struct uuid id;
	const char *token_hash; /* as in core/actor.h */
	const char *device;
	const char *address;
};

/*
 * Begin one that lives so many seconds, if the user is still of the epoch in
 * which the password was checked. An earlier sending may have begun it.
 */
int store_session_begin(struct flow *, const struct store_session *,
    int64_t epoch, int64_t seconds);
/* False: rights ended meanwhile. */
bool store_session_begun(const struct db_call *);

/*
 * Make a session of a refresh token of the Flask service, issued and expiring
 * at those seconds since 1970, unless it is one already; sub is the id or
 * the name of the user, and when it could be two users it is nobody's.
 */
int store_session_adopt(struct flow *, const struct store_session *,
    const char *sub, int64_t issued, int64_t expires);
/* Whose it is; 0: nobody's. */
int64_t store_session_adopted(const struct db_call *);

enum store_rotation {
	STORE_ROTATED, /* now, or within the grace before: the same successor */
	STORE_REUSED,  /* an older one: the session has ended with this */
	STORE_NOT_LIVE, /* no such session, or it had ended */
};

/*
 * Replace the session's token, of which token_hash is presented, by the one
 * of next_hash, and let it live so many seconds from now.
 */
int store_session_rotate(struct flow *, const struct store_session *,
    const char *next_hash, int64_t seconds);
/* How that went; when it rotated, and the user's name. */
enum store_rotation store_session_rotated(
    const struct db_call *, int64_t *seconds, const char **name);

/* A session as its user sees it. */
struct store_session_seen {
	struct uuid id;
	const char *device; /* in the call's rows */
	const char *address;
	int64_t     created; /* microseconds since 1970 */
	int64_t     used;
	bool        current; /* the one that asks */
};

/* The live ones, the last used first; no row: the user may not act. */
int  store_session_list(struct flow *);
void store_session_read(
    const struct db_call *, int row, struct store_session_seen *);

/* End one of the user's; whether there is one, ended before or not. */
int  store_session_end(struct flow *, const struct uuid *id);
bool store_session_ended(const struct db_call *, bool *first);

/* End the flow's own session, or all of the user's. */
int store_session_logout(struct flow *, bool all);
/* False: its rights had ended before. */
bool store_session_logged_out(const struct db_call *);

/* Note that the session was used, unless that was noted just now. */
struct db_call *store_session_used(const struct actor *);

#endif
