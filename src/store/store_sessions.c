#include "store/store_sessions.h"

/* $1 user, $2 id, $3 token_hash, $4 seconds it lives */
STATEMENT(session_begin,
    "INSERT INTO sessions (user_id, id, token_hash, expires_at)"
    " VALUES ($1, $2::uuid, $3::bytea,"
    " now() + $4::integer * interval '1 second')");

int
store_session_begin(struct flow *f, int64_t user_id, const struct uuid *id,
    const char *token_hash, int64_t seconds)
{
	struct db_call *call = db_call_new(&session_begin);

	db_bind_int(call, user_id);
	db_bind_uuid(call, id);
	db_bind_text(call, token_hash);
	db_bind_int(call, seconds);
	return (flow_query(f, call));
}
