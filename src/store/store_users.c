#include "store/store_allowance.h"
#include "store/store_users.h"

#define USER_COLUMNS "id, username, password_hash, epoch, email"

/* $1 email, $2 username -> email taken, username taken */
STATEMENT(user_find_taken,
    "SELECT EXISTS (SELECT FROM users WHERE email_key = name_key($1)),"
    " EXISTS (SELECT FROM users WHERE username_key = name_key($2))");

/*
 * $1 email, $2 username, $3 password_hash -> user
 * The hash has a random salt, so it is the key by which a repeated statement
 * finds what it did the first time.
 */
STATEMENT(user_create,
    "WITH created AS ("
    " INSERT INTO users (email, username, password_hash)"
    " VALUES ($1, $2, $3)"
    " ON CONFLICT DO NOTHING RETURNING " USER_COLUMNS ")"
    "SELECT " USER_COLUMNS " FROM created"
    " UNION ALL "
    "SELECT " USER_COLUMNS " FROM users"
    " WHERE username_key = name_key($2) AND password_hash = $3");

/* $1 username -> user */
STATEMENT(user_by_name,
    "SELECT " USER_COLUMNS " FROM users"
    " WHERE username_key = name_key($1) AND disabled_at IS NULL");

/* $1-$4 actor -> user */
STATEMENT(
    user_self, "SELECT " USER_COLUMNS ", $4::integer FROM " STORE_ACTIVE_USER);

/* $1 id, $2 old hash, $3 new hash */
STATEMENT(user_rehash,
    "UPDATE users SET password_hash = $3"
    " WHERE id = $1 AND password_hash = $2");

int
store_user_find_taken(struct flow *f, const char *email, const char *name)
{
	struct db_call *call = db_call_new(&user_find_taken);

	db_bind_text(call, email);
	db_bind_text(call, name);
	return (flow_query(f, call));
}

void
store_user_taken(const struct db_call *rows, bool *email, bool *name)
{
	*email = db_bool(rows, 0, 0);
	*name = db_bool(rows, 0, 1);
}

int
store_user_create(struct flow *f, const char *email, const char *name,
    const char *password_hash)
{
	struct db_call *call = db_call_new(&user_create);

	db_bind_text(call, email);
	db_bind_text(call, name);
	db_bind_text(call, password_hash);
	return (flow_query(f, call));
}

int
store_user_by_name(struct flow *f, const char *name)
{
	struct db_call *call = db_call_new(&user_by_name);

	db_bind_text(call, name);
	return (flow_query(f, call));
}

int
store_user_self(struct flow *f)
{
	return (flow_query(f, store_call_for(&f->user, &user_self)));
}

bool
store_user_read(const struct db_call *rows, struct store_user *user)
{
	if (db_rows(rows) == 0)
		return (false);
	user->id = db_int(rows, 0, 0);
	user->name = db_text(rows, 0, 1);
	user->password_hash = db_text(rows, 0, 2);
	user->epoch = db_int(rows, 0, 3);
	user->email = db_text(rows, 0, 4);
	return (true);
}

int
store_user_rehash(
    struct flow *f, int64_t id, const char *old_hash, const char *new_hash)
{
	struct db_call *call = db_call_new(&user_rehash);

	db_bind_int(call, id);
	db_bind_text(call, old_hash);
	db_bind_text(call, new_hash);
	return (flow_query(f, call));
}
