#include "store/store_account.h"
#include "store/store_allowance.h"
#include "store/store_sessions.h"

/* $1-$4 actor -> allowance, id, username, email, created_at, totp */
STATEMENT(account_look,
    "WITH a AS (" STORE_ALLOWANCE ") "
    "SELECT a.max, a.used, now(), u.id, u.username, u.email, u.created_at,"
    " EXISTS (SELECT FROM totp"
    " WHERE user_id = $1 AND confirmed_at IS NOT NULL)"
    " FROM a JOIN users u ON u.id = $1");

/*
 * $1-$4 actor, $5 old hash, $6 new hash -> changed
 * The new hash has a random salt: a repeated statement finds it there.
 */
STATEMENT(account_password,
    "WITH a AS (SELECT u.id, $4::integer FROM " STORE_ACTIVE_USER "), n AS ("
    " UPDATE users SET password_hash = $6, " STORE_SESSIONS_VOID
    " FROM a WHERE users.id = a.id AND password_hash = $5"
    " RETURNING users.id, users.epoch"
    "), s AS ("
    " UPDATE sessions SET epoch = n.epoch FROM n"
    " WHERE user_id = $1 AND sessions.id = $2::uuid) "
    "SELECT EXISTS (SELECT FROM n) OR EXISTS (SELECT FROM users"
    " WHERE id = $1 AND password_hash = $6)");

/* $1 user, $2 hash */
STATEMENT(account_delete,
    "SELECT delete_user(id) FROM users WHERE id = $1 AND password_hash = $2");

/* $1 user */
STATEMENT(account_sweep, "SELECT delete_user_rows($1)");

/* $1-$4 actor -> day, used */
STATEMENT(account_usage,
    "WITH a AS (SELECT u.id, $4::integer FROM " STORE_ACTIVE_USER ") "
    "SELECT d.day::text, d.used FROM a LEFT JOIN daily_usage d"
    " ON d.user_id = $1 ORDER BY d.day");

int
store_account_look(struct flow *f)
{
	return (flow_query(f, store_call_for(&f->user, &account_look)));
}

void
store_account_read(const struct db_call *rows, struct store_account *a)
{
	a->id = db_int(rows, 0, 3);
	a->name = db_text(rows, 0, 4);
	a->email = db_text(rows, 0, 5);
	a->created = db_time(rows, 0, 6);
	a->totp = db_bool(rows, 0, 7);
}

int
store_account_password(
    struct flow *f, const char *old_hash, const char *new_hash)
{
	struct db_call *call = store_call_for(&f->user, &account_password);

	db_bind_text(call, old_hash);
	db_bind_text(call, new_hash);
	return (flow_query(f, call));
}

bool
store_account_changed(const struct db_call *rows)
{
	return (db_bool(rows, 0, 0));
}

int
store_account_delete(struct flow *f, const char *password_hash)
{
	struct db_call *call = db_call_new(&account_delete);

	db_bind_int(call, f->user.user_id);
	db_bind_text(call, password_hash);
	return (flow_query(f, call));
}

struct db_call *
store_account_sweep(int64_t user_id)
{
	struct db_call *call = db_call_new(&account_sweep);

	db_bind_int(call, user_id);
	return (call);
}

int
store_account_usage(struct flow *f)
{
	return (flow_query(f, store_call_for(&f->user, &account_usage)));
}

bool
store_account_day(
    const struct db_call *rows, int row, const char **day, int64_t *used)
{
	if (row >= db_rows(rows) || db_is_null(rows, row, 0))
		return (false);
	*day = db_text(rows, row, 0);
	*used = db_int(rows, row, 1);
	return (true);
}
