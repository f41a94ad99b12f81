#include <string.h>

#include "store/store_allowance.h"
#include "store/store_conversation_new.h"
#include "store/store_conversations.h"
#include "store/store_items.h"

/* The user's next number. */
#define NUMBER(condition) \
	" UPDATE users SET conversation_count = conversation_count + 1" \
	" WHERE id = (SELECT $1::bigint FROM a)" condition " RETURNING" \
	" conversation_count AS number"

/* What the key made. */
#define KEEP_KEY(key, fingerprint) \
	" INSERT INTO idempotency_keys (user_id, key, fingerprint," \
	" conversation) SELECT $1, " key ", " fingerprint ", number FROM c" \
	" WHERE " key "::text IS NOT NULL"

#define TIME(parameter) \
	"coalesce('epoch'::timestamptz + nullif(" parameter "::bigint, 0)" \
	" * interval '1 microsecond', now())"

/*
 * $1-$4 actor, $5 id, $6 key, $7 fingerprint, $8 title, $9 metadata,
 * $10 instructions, $11 created, $12 updated, $13 turns
 * -> allowance, conversation
 */
/* clang-format off */
STATEMENT(conversation_new,
    "WITH a AS (" STORE_ALLOWANCE "), n AS (" NUMBER("") "), c AS ("
    " INSERT INTO conversations (user_id, number, id, title, metadata,"
    " instructions, created_at, updated_at, listed_at)"
    " SELECT $1, n.number, $5::uuid, $8, nullif($9::jsonb, '{}'), $10,"
    " " TIME("$11") ", " TIME("$12") ", " TIME("$12") " FROM n RETURNING *"
    "), t AS (" STORE_ITEM_INSERT
    " FROM n, " STORE_ITEM_RECORDS("$13") "), k AS (" KEEP_KEY("$6", "$7") ") "
    "SELECT a.max, a.used, now(), " STORE_CONVERSATION
    " FROM a LEFT JOIN c ON true");
/* clang-format on */

/*
 * $1-$4 actor, $5 source, $6 leaf, $7 id, $8 key, $9 fingerprint
 * -> allowance, conversation, whether there is the source, the leaf
 * The turns of a branch, each by the one that goes on from it; the copies
 * follow one another and keep the times that are in their ids.
 */
#define TURN_OF_SOURCE \
	" turns WHERE user_id = $1 AND conversation = (SELECT number FROM s)"

/* clang-format off */
STATEMENT(conversation_fork,
    "WITH RECURSIVE a AS (" STORE_ALLOWANCE "), s AS ("
    " SELECT * FROM conversations WHERE user_id = $1 AND id = $5::uuid"
    "), l AS ("
    " SELECT coalesce($6::uuid, (SELECT id FROM" TURN_OF_SOURCE
    " ORDER BY id DESC LIMIT 1)) AS id"
    "), b AS ("
    " SELECT id, parent FROM" TURN_OF_SOURCE " AND id = (SELECT id FROM l)"
    " UNION ALL SELECT p.id, p.parent FROM b CROSS JOIN LATERAL ("
    " SELECT id, parent FROM" TURN_OF_SOURCE " AND id = coalesce(b.parent,"
    " (SELECT id FROM" TURN_OF_SOURCE " AND id < b.id"
    " ORDER BY id DESC LIMIT 1))) p"
    "), n AS (" NUMBER(" AND EXISTS (SELECT FROM s) AND ($6::uuid IS NULL"
    " OR EXISTS (SELECT FROM b))") "), c AS ("
    " INSERT INTO conversations (user_id, number, id, title, metadata,"
    " instructions) SELECT $1, n.number, $7::uuid, s.title,"
    " nullif(s.metadata - '{archived,pinned}'::text[], '{}'),"
    " s.instructions FROM n, s RETURNING *"
    "), t AS ("
    " INSERT INTO turns (user_id, conversation, id, status, model, prompt,"
    " response, prompt_tokens, response_tokens, finish_reason, error_code,"
    " details, created_at, finished_at, first_token_ms, total_ms)"
    " SELECT $1, n.number, overlay(replace(o.id::text, '-', '')"
    " PLACING lpad(to_hex(n.number), 8, '0') FROM 25)::uuid, o.status,"
    " o.model, o.prompt, o.response, o.prompt_tokens, o.response_tokens,"
    " o.finish_reason, o.error_code, o.details, o.created_at, o.finished_at,"
    " o.first_token_ms, o.total_ms FROM n, b JOIN turns o ON o.user_id = $1"
    " AND o.conversation = (SELECT number FROM s) AND o.id = b.id"
    " WHERE o.status <> 'running'"
    "), k AS (" KEEP_KEY("$8", "$9") ") "
    "SELECT a.max, a.used, now(), " STORE_CONVERSATION ","
    " EXISTS (SELECT FROM s), $6::uuid IS NULL OR EXISTS (SELECT FROM b)"
    " FROM a LEFT JOIN c ON true");
/* clang-format on */

/* $1-$4 actor, $5 id, $6 key -> allowance, conversation, fingerprint */
STATEMENT(conversation_made,
    "WITH a AS (" STORE_ALLOWANCE ") "
    "SELECT a.max, a.used, now(), " STORE_CONVERSATION ", k.fingerprint"
    " FROM a LEFT JOIN idempotency_keys k ON k.user_id = $1 AND k.key = $6"
    " LEFT JOIN conversations c ON c.user_id = $1 AND c.number ="
    " coalesce(k.conversation, (SELECT number FROM conversations"
    " WHERE user_id = $1 AND id = $5::uuid))");

int
store_conversation_new(struct flow *f, const struct store_conversation_new *n)
{
	struct db_call *call = store_call_for(&f->user, &conversation_new);

	db_bind_uuid(call, &n->id);
	db_bind_text(call, n->key);
	db_bind_text(call, n->fingerprint);
	db_bind_text(call, n->title);
	db_bind_text(call, n->metadata);
	db_bind_text(call, n->instructions);
	db_bind_int(call, n->created);
	db_bind_int(call, n->updated);
	db_bind_text(call, n->turns);
	return (flow_query(f, call));
}

int
store_conversation_fork(struct flow *f, const struct uuid *source,
    const struct uuid *leaf, const struct store_conversation_new *n)
{
	struct db_call *call = store_call_for(&f->user, &conversation_fork);

	db_bind_uuid(call, source);
	db_bind_uuid(call, leaf);
	db_bind_uuid(call, &n->id);
	db_bind_text(call, n->key);
	db_bind_text(call, n->fingerprint);
	return (flow_query(f, call));
}

bool
store_conversation_forked(const struct db_call *rows, bool *leaf)
{
	*leaf = db_bool(rows, 0, 11);
	return (db_bool(rows, 0, 10));
}

int
store_conversation_made(struct flow *f, const struct uuid *id, const char *key)
{
	struct db_call *call = store_call_for(&f->user, &conversation_made);

	db_bind_uuid(call, id);
	db_bind_text(call, key);
	return (flow_query(f, call));
}

bool
store_conversation_made_same(
    const struct db_call *rows, const char *fingerprint)
{
	return (db_is_null(rows, 0, 10) || fingerprint == NULL ||
	    strcmp(db_text(rows, 0, 10), fingerprint) == 0);
}
