/*
 * Beginning a turn: one statement for a turn in a conversation that is there,
 * or in none; another one for what /v1/responses asks for more.
 */
#include "core/config.h"
#include "store/store_allowance.h"
#include "store/store_conversations.h"
#include "store/store_items.h"
#include "store/store_turns.h"

/* The parent of a turn that goes on from none. */
#define NO_PARENT "'00000000-0000-0000-0000-000000000000'"

/* An answer that is there at once and in no conversation: nothing is left of
 * it but its id in the day's row, by which a repeated statement knows itself.
 * So many are kept as may be on their way at once, and more. */
#define LEAVES_NO_ROW "($5 IS NOT DISTINCT FROM 0 AND u.runs = 0)"
#define RECENT        "32"

/*
 * The parts of both. u is who acts, and within which limits; c is there when
 * the conversation and the parent are; d takes one of the day's messages, or
 * nothing; n is the conversation's number once one was taken.
 *
 * Note [taking one]: the conversation's row is locked first, so that it
 * cannot be deleted meanwhile, then the day's row; two turns of one user meet
 * in that order and cannot deadlock. ON CONFLICT DO UPDATE looks at the
 * newest version of the day's row, so all limits are exact whoever else
 * posts. A turn that is complete at once does not count as running. Why
 * nothing was taken is told from the row as it was when the statement began;
 * that the day is used up, which is remembered, only when that row says so or
 * nothing else can be.
 */
#define WHO_ACTS \
	"u AS (" \
	" SELECT coalesce(u.daily_limit, $4::integer) AS max," \
	" ($10 = 'running')::integer AS runs," STORE_KEY_LIMIT \
	" AS key_max FROM " STORE_ACTIVE_USER ")"

/* Whether the parent is in the conversation of this number. */
#define PARENT_IN(number) \
	"($16::uuid IS NULL OR $16::uuid = " NO_PARENT \
	" OR EXISTS (SELECT FROM turns WHERE user_id = $1" \
	" AND conversation = " number " AND id = $16::uuid))"

#define TAKE_ONE \
	"d AS (" \
	" INSERT INTO daily_usage AS d" \
	" (user_id, day, used, running, keys, models, recent)" \
	" SELECT $1, " STORE_TODAY ", 1, u.runs," \
	" CASE WHEN u.key_max IS NULL THEN '{}'" \
	" ELSE keys_add('{}', $2::uuid, 1) END," \
	" CASE WHEN u.runs = 1 THEN '{}'" \
	" ELSE usage_add('{}', lower($7), 1, $11, $12) END," \
	" CASE WHEN " LEAVES_NO_ROW " THEN ARRAY[$6::uuid] ELSE '{}' END" \
	" FROM u, c WHERE u.max > 0 AND coalesce(u.key_max, 1) > 0" \
	" ON CONFLICT (user_id, day) DO UPDATE" \
	" SET used = d.used + 1, running = d.running + excluded.running," \
	" keys = CASE WHEN (SELECT key_max FROM u) IS NULL THEN d.keys" \
	" ELSE keys_add(d.keys, $2::uuid, 1) END," \
	" models = CASE WHEN excluded.running = 1 THEN d.models" \
	" ELSE usage_add(d.models, lower($7), 1, $11, $12) END," \
	" recent = CASE WHEN excluded.recent = '{}' THEN d.recent" \
	" ELSE (excluded.recent || d.recent)[1:" RECENT "] END" \
	" WHERE d.used < (SELECT max FROM u)" \
	" AND NOT excluded.recent && d.recent" \
	" AND (excluded.running = 0 OR d.running < $15::integer)" \
	" AND ((SELECT key_max FROM u) IS NULL" \
	" OR coalesce((d.keys ->> $2::uuid::text)::integer, 0)" \
	" < (SELECT key_max FROM u))" \
	" RETURNING used" \
	")"

/* Its conversation comes to the front, called after what title is, once. */
/* clang-format off */
#define LIST_CONVERSATION(text) \
	"a AS (" \
	" UPDATE conversations c SET updated_at = now()," \
	" listed_at = " STORE_LISTED_AT("$1") ", title = CASE" \
	" WHEN title <> '' THEN title ELSE " STORE_TITLE(text) " END FROM n" \
	" WHERE user_id = $1 AND c.number = n.number)"
/* clang-format on */

#define INSERT_TURN(id, parent) \
	"t AS (" \
	" INSERT INTO turns (user_id, conversation, id, model, prompt," \
	" response, status, prompt_tokens, response_tokens, created_at," \
	" finished_at, heartbeat_at, parent, details, api_key)" \
	" SELECT $1, n.number, " id ", $7, $8, $9," \
	" $10::turn_status, $11, $12, now()," \
	" CASE WHEN u.runs = 0 THEN now() END," \
	" CASE WHEN u.runs = 1 THEN now() END, " parent ", $17::jsonb," \
	" CASE WHEN u.key_max IS NOT NULL THEN $2::uuid END" \
	" FROM n, u WHERE NOT " LEAVES_NO_ROW " RETURNING id, conversation" \
	"), k AS (" \
	" INSERT INTO idempotency_keys" \
	" (user_id, key, fingerprint, conversation, turn)" \
	" SELECT $1, $13, $14, conversation, id FROM t" \
	" WHERE $13::text IS NOT NULL)"

/* The allowance, enum store_turn_begun, and the conversation. */
#define OUTCOME(no_conversation) \
	"b AS (" \
	" SELECT used, keys, $6::uuid = ANY (recent) AS repeated" \
	" FROM daily_usage WHERE user_id = $1 AND day = " STORE_TODAY ") " \
	"SELECT u.max, coalesce(d.used," \
	" CASE WHEN b.repeated THEN b.used END, u.max), now(), CASE" \
	" WHEN d.used IS NOT NULL OR b.repeated THEN 0" \
	" WHEN " no_conversation " THEN 1" \
	" WHEN c.number IS NULL THEN 2" \
	" WHEN coalesce(b.used, 0) < u.max AND u.key_max IS NOT NULL" \
	" AND (u.runs = 0 OR coalesce((b.keys ->> $2::uuid::text)::integer, 0)" \
	" >= u.key_max) THEN 4" \
	" WHEN coalesce(b.used, 0) < u.max AND u.runs = 1 THEN 5" \
	" ELSE 3 END, n.number, (SELECT id FROM l) FROM u" \
	" LEFT JOIN c ON true LEFT JOIN d ON true LEFT JOIN b ON true" \
	" LEFT JOIN n ON true"

/*
 * $1-$4 actor, $5 conversation (0: none), $6 id, $7 model, $8 prompt,
 * $9 response, $10 status, $11 prompt_tokens, $12 response_tokens, $13 key,
 * $14 fingerprint, $15 how many may run, $16 parent, $17 details
 * -> allowance, enum store_turn_begun, conversation: number, id
 */
/* clang-format off */
STATEMENT(turn_begin,
    "WITH " WHO_ACTS ", l AS ("
    " SELECT number, id FROM conversations"
    " WHERE user_id = $1 AND number = $5 FOR NO KEY UPDATE"
    "), c AS ("
    " SELECT $5 AS number WHERE ($5 = 0 OR EXISTS (SELECT FROM l))"
    " AND " PARENT_IN("$5")
    "), " TAKE_ONE ", n AS ("
    " SELECT $5 AS number FROM d"
    "), " LIST_CONVERSATION("$8") ", "
    INSERT_TURN("$6::uuid", "$16::uuid") ", "
    OUTCOME("$5 <> 0 AND NOT EXISTS (SELECT FROM l)"));
/* clang-format on */

/*
 * The same, and: $5 may be NULL, $18 is the conversation's id then, which is
 * $19 to be made; $20 title, $21 messages before the prompt, as JSON
 * (store/store_items.h), or NULL
 */
/* clang-format off */
STATEMENT(turn_begin_response,
    "WITH " WHO_ACTS ", g AS ("
    " SELECT coalesce($5::integer, (SELECT number FROM conversations"
    " WHERE user_id = $1 AND id = $18::uuid)) AS number"
    " WHERE NOT $19::boolean"
    "), l AS ("
    " SELECT number, id FROM conversations WHERE user_id = $1"
    " AND number = (SELECT number FROM g) FOR NO KEY UPDATE"
    "), c AS ("
    " SELECT 1 AS number WHERE ($19::boolean OR EXISTS (SELECT FROM l))"
    " AND " PARENT_IN("(SELECT number FROM l)")
    "), " TAKE_ONE ", m AS ("
    " UPDATE users SET conversation_count = conversation_count + 1"
    " WHERE id = $1 AND $19::boolean AND EXISTS (SELECT FROM d)"
    " RETURNING conversation_count AS number"
    "), w AS ("
    " INSERT INTO conversations (user_id, number, id, title)"
    " SELECT $1, number, $18::uuid, " STORE_TITLE("$20") " FROM m RETURNING number"
    "), n AS ("
    " SELECT coalesce((SELECT number FROM l), (SELECT number FROM w))"
    " AS number FROM d"
    "), " LIST_CONVERSATION("$20") ", i AS (" STORE_ITEM_INSERT
    " FROM n, " STORE_ITEM_RECORDS("$21") " WHERE $21 IS NOT NULL), "
    INSERT_TURN("turn_id($6::uuid, n.number)",
	"CASE WHEN $21 IS NULL THEN $16::uuid END") ", "
    OUTCOME("NOT $19::boolean AND NOT EXISTS (SELECT FROM l)"));
/* clang-format on */

static void
bind_turn(struct db_call *call, const struct store_turn *t, const char *key,
    const char *fingerprint)
{
	bool is_kept = t->conversation != 0 || t->more != NULL;

	db_bind_uuid(call, &t->id);
	db_bind_text(call, t->model);
	/* Of what is not to be kept nothing that was said is. */
	db_bind_text(call, is_kept ? t->prompt : "");
	db_bind_text(call, is_kept ? t->response : "");
	db_bind_text(call, t->status);
	db_bind_int(call, t->prompt_tokens);
	db_bind_int(call, t->response_tokens);
	db_bind_text(call, key);
	db_bind_text(call, fingerprint);
	db_bind_int(call, config.running_per_user);
	db_bind_uuid(call, is_kept && t->has_parent ? &t->parent : NULL);
	db_bind_text(call, is_kept ? t->details : NULL);
}

static void
bind_more(struct db_call *call, const struct store_turn *t)
{
	db_bind_uuid(call, &t->conversation_id);
	db_bind_text(call, t->more->in_new ? "t" : "f");
	db_bind_text(call, t->more->title);
	db_bind_text(call, t->more->before);
}

struct db_call *
store_turn_begin(const struct actor *actor, const struct store_turn *t,
    const char *key, const char *fingerprint)
{
	struct db_call *call = store_call_for(
	    actor, t->more != NULL ? &turn_begin_response : &turn_begin);

	if (t->more != NULL && t->conversation == 0)
		db_bind_text(call, NULL);
	else
		db_bind_int(call, t->conversation);
	bind_turn(call, t, key, fingerprint);
	if (t->more != NULL)
		bind_more(call, t);
	return (call);
}

enum store_turn_begun
store_turn_outcome(const struct db_call *rows, struct store_turn *t)
{
	t->created = db_time(rows, 0, 2);
	if (!db_is_null(rows, 0, 4)) {
		t->conversation = db_int(rows, 0, 4);
		uuid_set_conversation(&t->id, (uint32_t)t->conversation);
	}
	if (!db_is_null(rows, 0, 5))
		db_uuid(rows, 0, 5, &t->conversation_id);
	return ((enum store_turn_begun)db_int(rows, 0, 3));
}
