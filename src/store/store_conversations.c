#include "core/config.h"
#include "store/store_allowance.h"
#include "store/store_conversations.h"

/*
 * $1 user, $2 default limit, $3 id, $4 key, $5 fingerprint, $6 instructions
 * -> allowance, number
 */
STATEMENT(conversation_start,
    "WITH a AS (" STORE_ALLOWANCE "), n AS ("
    " UPDATE users SET conversation_count = conversation_count + 1"
    " WHERE id = (SELECT $1::bigint FROM a WHERE used < max)"
    " RETURNING conversation_count AS number"
    "), c AS ("
    " INSERT INTO conversations (user_id, number, id, instructions)"
    " SELECT $1, number, $3::uuid, $6 FROM n RETURNING number"
    "), k AS ("
    " INSERT INTO idempotency_keys"
    " (user_id, key, fingerprint, conversation)"
    " SELECT $1, $4, $5, number FROM c WHERE $4::text IS NOT NULL"
    ") "
    "SELECT a.max, a.used, now(), c.number FROM a LEFT JOIN c ON true");

/*
 * $1 user, $2 default limit, $3 id, $4 key -> allowance, number, fingerprint
 */
STATEMENT(conversation_find,
    "WITH a AS (" STORE_ALLOWANCE ") "
    "SELECT a.max, a.used, now(), c.number, k.fingerprint FROM a"
    " LEFT JOIN idempotency_keys k ON k.user_id = $1 AND k.key = $4"
    " LEFT JOIN conversations c ON c.user_id = $1 AND c.number ="
    " coalesce(k.conversation, (SELECT number FROM conversations"
    " WHERE user_id = $1 AND id = $3::uuid))");

/* $1 user, $2 default limit -> allowance, number; newest first */
STATEMENT(conversation_numbers,
    "WITH a AS (" STORE_ALLOWANCE ") "
    "SELECT a.max, a.used, now(), c.number FROM a"
    " LEFT JOIN conversations c ON c.user_id = $1"
    " ORDER BY c.number DESC");

static struct db_call *
call_for(struct flow *f, const struct db_statement *statement)
{
	struct db_call *call = db_call_new(statement);

	db_bind_int(call, f->user.user_id);
	db_bind_int(call, config.daily_message_limit);
	return (call);
}

int
store_conversation_start(struct flow *f, const struct uuid *id,
    const char *instructions, const char *key, const char *fingerprint)
{
	struct db_call *call = call_for(f, &conversation_start);

	db_bind_uuid(call, id);
	db_bind_text(call, key);
	db_bind_text(call, fingerprint);
	db_bind_text(call, instructions);
	return (flow_query(f, call));
}

int64_t
store_conversation_started(const struct db_call *rows)
{
	return (db_int(rows, 0, 3));
}

int
store_conversation_find(struct flow *f, const struct uuid *id, const char *key)
{
	struct db_call *call = call_for(f, &conversation_find);

	db_bind_uuid(call, id);
	db_bind_text(call, key);
	return (flow_query(f, call));
}

int64_t
store_conversation_found(
    const struct db_call *rows, const char *fingerprint, bool *same)
{
	*same = db_is_null(rows, 0, 4) || fingerprint == NULL ||
	    strcmp(db_text(rows, 0, 4), fingerprint) == 0;
	return (db_int(rows, 0, 3));
}

int
store_conversation_numbers(struct flow *f)
{
	return (flow_query(f, call_for(f, &conversation_numbers)));
}
