#include "store/store_allowance.h"
#include "store/store_totp.h"

#define ACTIVE \
	"WITH a AS (SELECT u.id, u.username, $4::integer" \
	" FROM " STORE_ACTIVE_USER ")"

/* $1-$4 actor, $5 secret -> begun, username */
STATEMENT(totp_begin,
    ACTIVE
    ", t AS ("
    " INSERT INTO totp AS t (user_id, secret) SELECT id, $5::bytea FROM a"
    " ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret"
    " WHERE t.confirmed_at IS NULL RETURNING user_id) "
    "SELECT EXISTS (SELECT FROM t), username FROM a");

/* $1-$4 actor -> secret, confirmed */
STATEMENT(totp_look,
    ACTIVE " SELECT t.secret, t.confirmed_at IS NOT NULL FROM a"
	   " LEFT JOIN totp t ON t.user_id = $1");

/* $1 user -> secret, confirmed */
STATEMENT(totp_of,
    "SELECT secret, confirmed_at IS NOT NULL FROM totp WHERE user_id = $1");

/*
 * $1-$4 actor, $5 step, $6 recovery -> confirmed
 * The codes are random: a repeated statement finds them there.
 */
STATEMENT(totp_confirm,
    ACTIVE ", t AS ("
	   " UPDATE totp SET confirmed_at = now(), last_step = $5::bigint,"
	   " recovery = $6::bytea[] WHERE user_id = $1 AND confirmed_at IS NULL"
	   " AND EXISTS (SELECT FROM a) RETURNING user_id) "
	   "SELECT EXISTS (SELECT FROM t) OR EXISTS (SELECT FROM totp"
	   " WHERE user_id = $1 AND recovery = $6::bytea[])");

/* $1 user, $2 step, $3 recovery hash, $4 request -> one row if it is used */
STATEMENT(totp_use,
    "UPDATE totp SET used_by = $4::uuid,"
    " last_step = greatest(last_step, $2::bigint),"
    " recovery = array_remove(recovery, $3::bytea)"
    " WHERE user_id = $1 AND confirmed_at IS NOT NULL AND ("
    " last_step < $2::bigint OR $3::bytea = ANY (recovery)"
    " OR used_by = $4::uuid) RETURNING user_id");

/* $1-$4 actor -> removed */
STATEMENT(totp_remove,
    ACTIVE ", t AS ("
	   " DELETE FROM totp WHERE user_id = $1 AND EXISTS (SELECT FROM a)) "
	   "SELECT EXISTS (SELECT FROM a)");

int
store_totp_begin(struct flow *f, const char *sealed)
{
	struct db_call *call = store_call_for(&f->user, &totp_begin);

	db_bind_text(call, sealed);
	return (flow_query(f, call));
}

bool
store_totp_begun(const struct db_call *rows, const char **name)
{
	*name = db_text(rows, 0, 1);
	return (db_bool(rows, 0, 0));
}

int
store_totp_look(struct flow *f)
{
	return (flow_query(f, store_call_for(&f->user, &totp_look)));
}

int
store_totp_of(struct flow *f, int64_t user_id)
{
	struct db_call *call = db_call_new(&totp_of);

	db_bind_int(call, user_id);
	return (flow_query(f, call));
}

const void *
store_totp_sealed(const struct db_call *rows, size_t *size, bool *confirmed)
{
	*size = 0;
	*confirmed = false;
	if (db_rows(rows) == 0 || db_is_null(rows, 0, 0))
		return (NULL);
	*size = db_length(rows, 0, 0);
	*confirmed = db_bool(rows, 0, 1);
	return (db_text(rows, 0, 0));
}

int
store_totp_confirm(struct flow *f, int64_t step, const char *recovery)
{
	struct db_call *call = store_call_for(&f->user, &totp_confirm);

	db_bind_int(call, step);
	db_bind_text(call, recovery);
	return (flow_query(f, call));
}

bool
store_totp_confirmed(const struct db_call *rows)
{
	return (db_bool(rows, 0, 0));
}

int
store_totp_use(struct flow *f, int64_t user_id, int64_t step,
    const char *recovery_hash, const struct uuid *request)
{
	struct db_call *call = db_call_new(&totp_use);

	db_bind_int(call, user_id);
	db_bind_int(call, step);
	db_bind_text(call, recovery_hash);
	db_bind_uuid(call, request);
	return (flow_query(f, call));
}

bool
store_totp_used(const struct db_call *rows)
{
	return (db_rows(rows) > 0);
}

int
store_totp_remove(struct flow *f)
{
	return (flow_query(f, store_call_for(&f->user, &totp_remove)));
}

bool
store_totp_removed(const struct db_call *rows)
{
	return (db_bool(rows, 0, 0));
}
