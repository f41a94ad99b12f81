#include "core/config.h"
#include "store/store_allowance.h"
#include "store/store_conversations.h"

/*
 * $1-$4 actor, $5 id, $6 key, $7 fingerprint, $8 instructions
 * -> allowance, number
 */
STATEMENT(conversation_start,
    "WITH a AS (" STORE_ALLOWANCE "), n AS ("
    " UPDATE users SET conversation_count = conversation_count + 1"
    " WHERE id = (SELECT $1::bigint FROM a WHERE used < max)"
    " RETURNING conversation_count AS number"
    "), c AS ("
    " INSERT INTO conversations (user_id, number, id, instructions)"
    " SELECT $1, number, $5::uuid, $8 FROM n RETURNING number"
    "), k AS ("
    " INSERT INTO idempotency_keys"
    " (user_id, key, fingerprint, conversation)"
    " SELECT $1, $6, $7, number FROM c WHERE $6::text IS NOT NULL"
    ") "
    "SELECT a.max, a.used, now(), c.number FROM a LEFT JOIN c ON true");

/*
 * $1-$4 actor, $5 id, $6 key -> allowance, number, fingerprint
 */
STATEMENT(conversation_find,
    "WITH a AS (" STORE_ALLOWANCE ") "
    "SELECT a.max, a.used, now(), c.number, k.fingerprint FROM a"
    " LEFT JOIN idempotency_keys k ON k.user_id = $1 AND k.key = $6"
    " LEFT JOIN conversations c ON c.user_id = $1 AND c.number ="
    " coalesce(k.conversation, (SELECT number FROM conversations"
    " WHERE user_id = $1 AND id = $5::uuid))");

/* $1-$4 actor -> allowance, number; newest first */
STATEMENT(conversation_numbers,
    "WITH a AS (" STORE_ALLOWANCE ") "
    "SELECT a.max, a.used, now(), c.number FROM a"
    " LEFT JOIN conversations c ON c.user_id = $1"
    " ORDER BY c.number DESC");

int
store_conversation_start(struct flow *f, const struct uuid *id,
    const char *instructions, const char *key, const char *fingerprint)
{
	struct db_call *call = store_call_for(&f->user, &conversation_start);

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
	struct db_call *call = store_call_for(&f->user, &conversation_find);

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
	return (flow_query(f, store_call_for(&f->user, &conversation_numbers)));
}
