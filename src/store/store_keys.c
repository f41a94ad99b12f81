#include "store/store_allowance.h"
#include "store/store_keys.h"

#define KEPT_DAYS "30"  /* of one that is void */
#define LISTED    "200" /* at most */

#define ACTIVE "WITH a AS (SELECT u.id, $4::integer FROM " STORE_ACTIVE_USER ")"

/*
 * $1-$4 actor, $5 id, $6 hash, $7 name, $8 prefix, $9 days, $10 limit, $11
 * most -> enum store_key_made, created, expires
 * One after another of a user's, and each counts those before it: that is why
 * they are counted by a function, which sees more than the statement does.
 */
STATEMENT(key_make,
    "WITH a AS (SELECT u.id, $4::integer FROM " STORE_ACTIVE_USER
    " FOR NO KEY UPDATE OF u), n AS MATERIALIZED ("
    " SELECT live_keys(id) AS live FROM a"
    "), gone AS ("
    " DELETE FROM api_keys WHERE user_id = $1 AND id <> $5::uuid"
    " AND least(revoked_at, expires_at) < now() - interval '" KEPT_DAYS
    " days'), k AS ("
    " INSERT INTO api_keys"
    " (user_id, id, name, prefix, secret_hash, daily_limit, expires_at)"
    " SELECT a.id, $5::uuid, $7, $8, $6::bytea, $10::integer,"
    " now() + nullif($9::integer, 0) * interval '1 day'"
    " FROM a, n WHERE live < $11::integer"
    " ON CONFLICT DO NOTHING RETURNING created_at, expires_at"
    "), o AS ("
    " SELECT created_at, expires_at, name = $7 AND"
    " daily_limit IS NOT DISTINCT FROM $10::integer"
    " AND expires_at IS NOT DISTINCT FROM"
    " created_at + nullif($9::integer, 0) * interval '1 day' AS same"
    " FROM api_keys WHERE user_id = $1 AND id = $5::uuid) "
    "SELECT CASE WHEN k.created_at IS NOT NULL OR o.same THEN 0"
    " WHEN NOT o.same THEN 1 WHEN n.live >= $11::integer THEN 2 ELSE 3 END,"
    " coalesce(k.created_at, o.created_at),"
    " coalesce(k.expires_at, o.expires_at)"
    " FROM a CROSS JOIN n LEFT JOIN k ON true LEFT JOIN o ON true");

/* $1-$4 actor -> key; newest first */
STATEMENT(key_list,
    ACTIVE
    " SELECT k.id, k.name, k.prefix, k.daily_limit, k.created_at, k.used_at,"
    " k.expires_at, k.revoked_at IS NOT NULL FROM a LEFT JOIN ("
    " SELECT * FROM api_keys WHERE user_id = $1"
    " ORDER BY created_at DESC LIMIT " LISTED
    ") k ON true ORDER BY k.created_at DESC");

/* $1-$4 actor, $5 id -> exists, revoked before */
STATEMENT(key_revoke,
    ACTIVE
    ", o AS ("
    " SELECT revoked_at IS NOT NULL AS before FROM api_keys"
    " WHERE user_id = $1 AND id = $5::uuid"
    "), k AS ("
    " UPDATE api_keys SET revoked_at = now() WHERE user_id = $1"
    " AND id = $5::uuid AND revoked_at IS NULL AND EXISTS (SELECT FROM a)) "
    "SELECT o.before IS NOT NULL, coalesce(o.before, false)"
    " FROM a LEFT JOIN o ON true");

/*
 * $1 user, $2 id, $3 hash, $4 address -> first in the hour, user, address, id
 */
STATEMENT(key_used,
    "UPDATE api_keys SET used_at = now() FROM ("
    " SELECT used_at AS before FROM api_keys"
    " WHERE user_id = $1 AND id = $2::uuid) o"
    " WHERE user_id = $1 AND id = $2::uuid AND secret_hash = $3::bytea"
    " AND (used_at IS NULL OR used_at < now() - interval '30 seconds')"
    " RETURNING before IS NULL OR"
    " date_trunc('hour', before) < date_trunc('hour', now()),"
    " user_id, $4, id::text");

int
store_key_make(
    struct flow *f, const struct store_key *k, const char *hash, int64_t days)
{
	struct db_call *call = store_call_for(&f->user, &key_make);

	db_bind_uuid(call, &k->id);
	db_bind_text(call, hash);
	db_bind_text(call, k->name);
	db_bind_text(call, k->prefix);
	db_bind_int(call, days);
	if (k->daily_limit < 0)
		db_bind_text(call, NULL);
	else
		db_bind_int(call, k->daily_limit);
	db_bind_int(call, STORE_KEYS_MAX);
	return (flow_query(f, call));
}

/* 0 for NULL. */
static int64_t
time_of(const struct db_call *rows, int row, int col)
{
	return (db_is_null(rows, row, col) ? 0 : db_time(rows, row, col));
}

enum store_key_made
store_key_made(const struct db_call *rows, struct store_key *k)
{
	if (db_rows(rows) == 0)
		return (STORE_KEY_REFUSED);
	k->created = time_of(rows, 0, 1);
	k->expires = time_of(rows, 0, 2);
	return ((enum store_key_made)db_int(rows, 0, 0));
}

int
store_key_list(struct flow *f)
{
	return (flow_query(f, store_call_for(&f->user, &key_list)));
}

int
store_key_count(const struct db_call *rows)
{
	if (db_rows(rows) == 0 || db_is_null(rows, 0, 0))
		return (0);
	return (db_rows(rows));
}

void
store_key_read(const struct db_call *rows, int row, struct store_key *k)
{
	db_uuid(rows, row, 0, &k->id);
	k->name = db_text(rows, row, 1);
	k->prefix = db_text(rows, row, 2);
	k->daily_limit = db_is_null(rows, row, 3) ? -1 : db_int(rows, row, 3);
	k->created = time_of(rows, row, 4);
	k->used = time_of(rows, row, 5);
	k->expires = time_of(rows, row, 6);
	k->revoked = db_bool(rows, row, 7);
}

int
store_key_revoke(struct flow *f, const struct uuid *id)
{
	struct db_call *call = store_call_for(&f->user, &key_revoke);

	db_bind_uuid(call, id);
	return (flow_query(f, call));
}

bool
store_key_revoked(const struct db_call *rows, bool *first)
{
	*first = !db_bool(rows, 0, 1);
	return (db_bool(rows, 0, 0));
}

struct db_call *
store_key_used(const struct actor *actor, const char *address)
{
	struct db_call *call = db_call_new(&key_used);

	db_bind_int(call, actor->user_id);
	db_bind_uuid(call, &actor->credential);
	db_bind_text(call, actor->key_hash);
	db_bind_text(call, address);
	return (call);
}

bool
store_key_used_first(const struct db_call *rows, int64_t *user_id,
    const char **address, const char **id)
{
	if (db_rows(rows) == 0 || !db_bool(rows, 0, 0))
		return (false);
	*user_id = db_int(rows, 0, 1);
	*address = db_text(rows, 0, 2);
	*id = db_text(rows, 0, 3);
	return (true);
}
