#include "store/store_resets.h"

#define GOOD "r.token_hash = $1::bytea AND r.expires_at > now()"

/* $1 token hash -> username, email */
STATEMENT(reset_find,
    "SELECT u.username, u.email FROM password_resets r"
    " JOIN users u ON u.id = r.user_id AND u.disabled_at IS NULL"
    " WHERE " GOOD " AND r.used_by IS NULL");

/*
 * $1 token hash, $2 password hash, $3 key -> user
 * Of several at once the first to lock the row goes on; repeated, it finds its
 * own key there.
 */
STATEMENT(reset_use,
    "WITH r AS ("
    " UPDATE password_resets r SET used_by = $3::uuid"
    " WHERE " GOOD " AND (r.used_by IS NULL OR r.used_by = $3::uuid)"
    " RETURNING r.user_id"
    "), u AS ("
    " UPDATE users SET password_hash = $2, epoch = epoch + 1,"
    " tokens_from = now() FROM r"
    " WHERE id = r.user_id AND disabled_at IS NULL RETURNING id"
    "), s AS ("
    " UPDATE sessions SET ended_at = now() FROM r"
    " WHERE sessions.user_id = r.user_id AND ended_at IS NULL"
    ") "
    "SELECT id FROM u");

int
store_reset_find(struct flow *f, const char *token_hash)
{
	struct db_call *call = db_call_new(&reset_find);

	db_bind_text(call, token_hash);
	return (flow_query(f, call));
}

bool
store_reset_user(
    const struct db_call *rows, const char **name, const char **email)
{
	if (db_rows(rows) == 0)
		return (false);
	*name = db_text(rows, 0, 0);
	*email = db_text(rows, 0, 1);
	return (true);
}

int
store_reset_use(
    struct flow *f, const char *token_hash, const char *password_hash)
{
	struct db_call *call = db_call_new(&reset_use);
	struct uuid     key;

	db_bind_text(call, token_hash);
	db_bind_text(call, password_hash);
	uuid_new(&key);
	db_bind_uuid(call, &key);
	return (flow_query(f, call));
}

bool
store_reset_used(const struct db_call *rows, int64_t *user_id)
{
	if (db_rows(rows) == 0)
		return (false);
	*user_id = db_int(rows, 0, 0);
	return (true);
}
