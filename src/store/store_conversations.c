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

/* $1-$4 actor, $5 id -> allowance, conversation, instructions */
STATEMENT(conversation_get,
    "WITH a AS (" STORE_ALLOWANCE ") "
    "SELECT a.max, a.used, now(), " STORE_CONVERSATION ", c.instructions"
    " FROM a"
    " LEFT JOIN conversations c ON c.user_id = $1 AND c.id = $5::uuid");

/*
 * $1-$4 actor, $5 archived (NULL: either), $6 after, $7 page size
 * -> allowance, conversation, whether $6 is there or NULL
 * The comparison of rows is the index's own order; what stands for a missing
 * $6 is behind everything.
 */
STATEMENT(conversation_list,
    "WITH a AS (" STORE_ALLOWANCE "), p AS ("
    " SELECT pinned, listed_at, number FROM conversations"
    " WHERE user_id = $1 AND id = $6::uuid) "
    "SELECT a.max, a.used, now(), " STORE_CONVERSATION ","
    " $6::uuid IS NULL OR EXISTS (SELECT FROM p) FROM a LEFT JOIN LATERAL ("
    " SELECT n.* FROM unnest(CASE WHEN $5::boolean IS NULL"
    " THEN '{f,t}' ELSE ARRAY[$5::boolean] END) AS w (archived)"
    " CROSS JOIN LATERAL (SELECT * FROM conversations"
    " WHERE user_id = $1 AND archived = w.archived"
    " AND (pinned, listed_at, number) < ("
    " coalesce((SELECT pinned FROM p), true),"
    " coalesce((SELECT listed_at FROM p), 'infinity'),"
    " coalesce((SELECT number FROM p), 2147483647))"
    " ORDER BY pinned DESC, listed_at DESC, number DESC LIMIT $7) n"
    " ORDER BY pinned DESC, listed_at DESC, number DESC LIMIT $7"
    ") c ON true ORDER BY c.pinned DESC, c.listed_at DESC, c.number DESC");

/*
 * $1-$4 actor, $5 id, $6 clear, $7 names removed, $8 set, $9 title,
 * $10 pairs at most -> allowance, conversation, whether there is one
 */
STATEMENT(conversation_change,
    "WITH a AS (" STORE_ALLOWANCE "), m AS ("
    " SELECT number, (CASE WHEN $6::boolean OR metadata IS NULL THEN '{}'"
    " ELSE metadata END - ARRAY(SELECT json_array_elements_text($7::json)))"
    " || $8::jsonb AS metadata FROM conversations"
    " WHERE user_id = $1 AND id = $5::uuid AND EXISTS (SELECT FROM a)"
    " FOR NO KEY UPDATE"
    "), c AS ("
    " UPDATE conversations SET metadata = nullif(m.metadata, '{}'),"
    " title = coalesce($9, title) FROM m"
    " WHERE user_id = $1 AND conversations.number = m.number AND"
    " (SELECT count(*) FROM jsonb_object_keys(m.metadata)) <= $10::integer"
    " RETURNING conversations.*) "
    "SELECT a.max, a.used, now(), " STORE_CONVERSATION ","
    " m.number IS NOT NULL FROM a LEFT JOIN m ON true LEFT JOIN c ON true");

/* $1-$4 actor, $5 id -> allowance, whether it was there */
STATEMENT(conversation_delete,
    "WITH a AS (" STORE_ALLOWANCE ") "
    "SELECT a.max, a.used, now(), conversation_delete($1, $5::uuid) FROM a");

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

int
store_conversation_get(struct flow *f, const struct uuid *id)
{
	struct db_call *call = store_call_for(&f->user, &conversation_get);

	db_bind_uuid(call, id);
	return (flow_query(f, call));
}

const char *
store_conversation_instructions(const struct db_call *rows)
{
	return (db_text(rows, 0, 10));
}

int
store_conversation_count(const struct db_call *rows)
{
	if (db_rows(rows) == 0 || db_is_null(rows, 0, 3))
		return (0);
	return (db_rows(rows));
}

void
store_conversation_read(
    const struct db_call *rows, int row, struct store_conversation *c)
{
	db_uuid(rows, row, 3, &c->id);
	c->number = db_int(rows, row, 4);
	c->title = db_text(rows, row, 5);
	c->metadata = db_text(rows, row, 6);
	c->shared = db_bool(rows, row, 7);
	c->created = db_time(rows, row, 8);
	c->updated = db_time(rows, row, 9);
}

const char *
store_archived_text(enum store_archived archived)
{
	static const char *const values[] = {NULL, "t", "f"};

	return (values[archived]);
}

int
store_conversation_list(struct flow *f, enum store_archived archived,
    const struct uuid *after, int limit)
{
	struct db_call *call = store_call_for(&f->user, &conversation_list);

	db_bind_text(call, store_archived_text(archived));
	db_bind_uuid(call, after);
	db_bind_int(call, limit);
	return (flow_query(f, call));
}

bool
store_conversation_list_begins(const struct db_call *rows)
{
	return (db_bool(rows, 0, 10));
}

int
store_conversation_change(struct flow *f, const struct uuid *id,
    const struct store_conversation_change *change)
{
	struct db_call *call = store_call_for(&f->user, &conversation_change);

	db_bind_uuid(call, id);
	db_bind_text(call, change->clear ? "t" : "f");
	db_bind_text(call, change->removed);
	db_bind_text(call, change->set);
	db_bind_text(call, change->title);
	db_bind_int(call, STORE_METADATA_MAX);
	return (flow_query(f, call));
}

bool
store_conversation_there(const struct db_call *rows)
{
	return (db_bool(rows, 0, 10));
}

int
store_conversation_delete(struct flow *f, const struct uuid *id)
{
	struct db_call *call = store_call_for(&f->user, &conversation_delete);

	db_bind_uuid(call, id);
	return (flow_query(f, call));
}

bool
store_conversation_deleted(const struct db_call *rows)
{
	return (db_bool(rows, 0, 3));
}
