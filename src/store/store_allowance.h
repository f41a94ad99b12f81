/*
 * Who acts, and the day's allowance, as parts of other statements. Those take
 * $1 user, $2 credential, $3 key hash, $4 the server's limit, which
 * store_call_for() binds: one row for a user who may act by that credential,
 * none for one who does not exist or is disabled, or whose session has ended
 * or key is void. So rights end with the statement that ends them, at no
 * round trip of their own. Days are UTC and begin by the database's clock, the
 * only one all nodes share.
 */
#ifndef AICHAT_STORE_ALLOWANCE_H
#define AICHAT_STORE_ALLOWANCE_H

#include "core/buf.h"
#include "core/flow.h"

/* One row for a user who may act, by these expressions: user_id, credential,
 * and the key's hash, which is NULL of a session. */
#define STORE_MAY_ACT(user, credential, key_hash) \
	"users u WHERE u.id = " user " AND u.disabled_at IS NULL AND CASE" \
	" WHEN " key_hash " IS NULL THEN EXISTS (SELECT FROM sessions" \
	" WHERE user_id = " user " AND id = " credential \
	" AND ended_at IS NULL AND epoch = u.epoch)" \
	" ELSE EXISTS (SELECT FROM api_keys WHERE user_id = " user \
	" AND id = " credential " AND secret_hash = " key_hash \
	" AND revoked_at IS NULL" \
	" AND (expires_at IS NULL OR expires_at > now())) END"

/* What a statement that acts for a user starts from. */
#define STORE_ACTIVE_USER STORE_MAY_ACT("$1", "$2::uuid", "$3::bytea")

/* The API key's own limit; NULL: it has none, or there is no key. */
#define STORE_KEY_LIMIT \
	" CASE WHEN $3::bytea IS NOT NULL THEN (SELECT daily_limit" \
	" FROM api_keys WHERE user_id = $1 AND id = $2::uuid) END"

#define STORE_TODAY "(now() AT TIME ZONE 'UTC')::date"

/* One row (max, used) for a user who may act; limit is the server's. */
#define STORE_ALLOWANCE_OF(user, credential, key_hash, limit) \
	"SELECT coalesce(u.daily_limit, " limit ") AS max," \
	" coalesce((SELECT used FROM daily_usage" \
	" WHERE user_id = " user " AND day = " STORE_TODAY "), 0) AS used" \
	" FROM " STORE_MAY_ACT(user, credential, key_hash)
#define STORE_ALLOWANCE \
	STORE_ALLOWANCE_OF("$1", "$2::uuid", "$3::bytea", "$4::integer")

/* A call of such a statement, its first four parameters bound. */
struct db_call *
store_call_for(const struct actor *, const struct db_statement *);

/* Any number of actors, which begin zeroed. */
struct store_actors {
	struct buf users, credentials, hashes;
};

void store_actors_add(struct store_actors *, const struct actor *);
void store_actors_release(struct store_actors *);

/* Which of them may not act any more: a row with the credential for each. It
 * empties them. */
struct db_call *store_actors_void(struct store_actors *);

#endif
