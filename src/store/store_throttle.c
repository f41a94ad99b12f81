#include "store/store_throttle.h"

/* $1 purpose, $2 account, $3 per account, $4 address, $5 per address */
#define KEYS \
	"WITH k AS MATERIALIZED (SELECT * FROM (VALUES" \
	" (sha256(convert_to($1::text || ' account ' || name_key($2)," \
	" 'UTF8')), $3::integer, true)," \
	" (sha256(convert_to($1::text || ' address ' || $4::text," \
	" 'UTF8')), $5::integer, false)) v (key, max, is_account)" \
	" WHERE max > 0 AND key IS NOT NULL)"

#define WAIT \
	"coalesce(max(ceil(extract(epoch FROM expires_at - now()))" \
	" ::bigint), 0)"

#define CLOSED \
	"SELECT " WAIT " AS wait FROM k JOIN throttle USING (key)" \
	" WHERE count >= max AND expires_at > now()"

/* KEYS -> seconds to wait, false */
STATEMENT(throttle_look, KEYS ", c AS (" CLOSED ") SELECT wait, false FROM c");

/* KEYS -> seconds to wait, false */
STATEMENT(throttle_pass,
    KEYS ", c AS MATERIALIZED (" CLOSED "), gone AS ("
	 " DELETE FROM throttle t USING k, c"
	 " WHERE t.key = k.key AND k.is_account AND c.wait = 0) "
	 "SELECT wait, false FROM c");

/*
 * KEYS, $6 window, $7 user -> seconds to wait, a limit was reached by
 * this one, purpose, user
 * Keys are counted in one order, so that two statements cannot deadlock. Each
 * takes away a few that are over, so that the table holds what counts.
 */
STATEMENT(throttle_count,
    KEYS
    ", gone AS (DELETE FROM throttle WHERE key IN ("
    " SELECT key FROM throttle WHERE expires_at <= now()"
    " AND key NOT IN (SELECT key FROM k)"
    " LIMIT 8 FOR UPDATE SKIP LOCKED)), n AS ("
    " INSERT INTO throttle AS t (key, count, expires_at)"
    " SELECT key, 1, now() + make_interval(secs => $6::integer)"
    " FROM k ORDER BY key"
    " ON CONFLICT (key) DO UPDATE SET count ="
    " CASE WHEN t.expires_at > now() THEN t.count + 1 ELSE 1 END,"
    " expires_at = CASE WHEN t.expires_at > now() THEN t.expires_at"
    " ELSE excluded.expires_at END"
    " RETURNING key, count, expires_at) "
    "SELECT coalesce(max(ceil(extract(epoch FROM expires_at - now()))"
    " ::bigint) FILTER (WHERE count > max), 0),"
    " coalesce(bool_or(count = max), false), $1, $7::bigint FROM n JOIN k USING (key)");

static struct db_call *
call_with(const struct db_statement *statement, const struct store_throttle *t)
{
	struct db_call *call = db_call_new(statement);

	db_bind_text(call, t->purpose);
	db_bind_text(call, t->account);
	db_bind_int(call, t->per_account);
	db_bind_text(call, t->address);
	db_bind_int(call, t->per_address);
	return (call);
}

int
store_throttle_look(struct flow *f, const struct store_throttle *t)
{
	return (flow_query(f, call_with(&throttle_look, t)));
}

int
store_throttle_pass(struct flow *f, const struct store_throttle *t)
{
	return (flow_query(f, call_with(&throttle_pass, t)));
}

int
store_throttle_count(struct flow *f, const struct store_throttle *t)
{
	struct db_call *call = call_with(&throttle_count, t);

	db_bind_int(call, t->seconds);
	db_bind_int(call, t->user_id);
	return (flow_query(f, call));
}

int64_t
store_throttle_wait(const struct db_call *rows)
{
	return (db_int(rows, 0, 0));
}

bool
store_throttle_reached(
    const struct db_call *rows, const char **purpose, int64_t *user_id)
{
	if (!db_bool(rows, 0, 1))
		return (false);
	*purpose = db_text(rows, 0, 2);
	*user_id = db_int(rows, 0, 3);
	return (true);
}
