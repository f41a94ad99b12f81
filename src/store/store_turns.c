#include <string.h>

#include "core/config.h"
#include "store/store_allowance.h"
#include "store/store_conversations.h"
#include "store/store_turns.h"

/* The parent of a turn that goes on from none. */
#define NO_PARENT "'00000000-0000-0000-0000-000000000000'"

/* What a conversation is called after its first prompt: a line's worth. */
#define TITLE "left(regexp_replace(btrim(left($8, 500)), '\\s+', ' ', 'g'), 80)"

/* An answer that is there at once and in no conversation: nothing is left of
 * it but its id in the day's row, by which a repeated statement knows itself.
 * So many are kept as may be on their way at once, and more. */
#define LEAVES_NO_ROW "($5 = 0 AND u.runs = 0)"
#define RECENT        "32"

/*
 * $1-$4 actor, $5 conversation (0: none), $6 id, $7 model, $8 prompt,
 * $9 response, $10 status, $11 prompt_tokens, $12 response_tokens, $13 key,
 * $14 fingerprint, $15 how many may run, $16 parent, $17 details
 * -> allowance, enum store_turn_begun
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
STATEMENT(turn_begin,
    "WITH u AS ("
    " SELECT coalesce(u.daily_limit, $4::integer) AS max,"
    " ($10 = 'running')::integer AS runs," STORE_KEY_LIMIT
    " AS key_max FROM " STORE_ACTIVE_USER "), l AS ("
    " SELECT number FROM conversations"
    " WHERE user_id = $1 AND number = $5 FOR NO KEY UPDATE"
    "), c AS ("
    " SELECT $5 AS number WHERE ($5 = 0 OR EXISTS (SELECT FROM l))"
    " AND ($16::uuid IS NULL OR $16::uuid = " NO_PARENT
    " OR EXISTS (SELECT FROM turns"
    " WHERE user_id = $1 AND conversation = $5 AND id = $16::uuid))"
    "), d AS ("
    " INSERT INTO daily_usage AS d"
    " (user_id, day, used, running, keys, models, recent)"
    " SELECT $1, " STORE_TODAY ", 1, u.runs,"
    " CASE WHEN u.key_max IS NULL THEN '{}'"
    " ELSE keys_add('{}', $2::uuid, 1) END,"
    " CASE WHEN u.runs = 1 THEN '{}'"
    " ELSE usage_add('{}', lower($7), 1, $11, $12) END,"
    " CASE WHEN " LEAVES_NO_ROW " THEN ARRAY[$6::uuid] ELSE '{}' END"
    " FROM u, c WHERE u.max > 0 AND coalesce(u.key_max, 1) > 0"
    " ON CONFLICT (user_id, day) DO UPDATE"
    " SET used = d.used + 1, running = d.running + excluded.running,"
    " keys = CASE WHEN (SELECT key_max FROM u) IS NULL THEN d.keys"
    " ELSE keys_add(d.keys, $2::uuid, 1) END,"
    " models = CASE WHEN excluded.running = 1 THEN d.models"
    " ELSE usage_add(d.models, lower($7), 1, $11, $12) END,"
    " recent = CASE WHEN excluded.recent = '{}' THEN d.recent"
    " ELSE (excluded.recent || d.recent)[1:" RECENT "] END"
    " WHERE d.used < (SELECT max FROM u)"
    " AND NOT excluded.recent && d.recent"
    " AND (excluded.running = 0 OR d.running < $15::integer)"
    " AND ((SELECT key_max FROM u) IS NULL"
    " OR coalesce((d.keys ->> $2::uuid::text)::integer, 0)"
    " < (SELECT key_max FROM u))"
    " RETURNING used"
    "), a AS ("
    " UPDATE conversations c SET updated_at = now(),"
    " listed_at = " STORE_LISTED_AT ", title = CASE"
    " WHEN title <> '' THEN title ELSE " TITLE " END FROM d"
    " WHERE user_id = $1 AND number = $5"
    "), t AS ("
    " INSERT INTO turns (user_id, conversation, id, model, prompt, response,"
    " status, prompt_tokens, response_tokens, created_at, finished_at,"
    " heartbeat_at, parent, details, api_key)"
    " SELECT $1, $5, $6::uuid, $7, $8, $9, $10::turn_status, $11, $12, now(),"
    " CASE WHEN u.runs = 0 THEN now() END,"
    " CASE WHEN u.runs = 1 THEN now() END, $16::uuid, $17::jsonb,"
    " CASE WHEN u.key_max IS NOT NULL THEN $2::uuid END"
    " FROM d, u WHERE NOT " LEAVES_NO_ROW " RETURNING id"
    "), k AS ("
    " INSERT INTO idempotency_keys"
    " (user_id, key, fingerprint, conversation, turn)"
    " SELECT $1, $13, $14, $5, id FROM t WHERE $13::text IS NOT NULL"
    "), b AS ("
    " SELECT used, keys, $6::uuid = ANY (recent) AS repeated FROM daily_usage"
    " WHERE user_id = $1 AND day = " STORE_TODAY ") "
    "SELECT u.max, coalesce(d.used, b.used, u.max), now(), CASE"
    " WHEN d.used IS NOT NULL OR b.repeated THEN 0"
    " WHEN $5 <> 0 AND NOT EXISTS (SELECT FROM l) THEN 1"
    " WHEN c.number IS NULL THEN 2"
    " WHEN coalesce(b.used, 0) < u.max AND u.key_max IS NOT NULL"
    " AND (u.runs = 0 OR coalesce((b.keys ->> $2::uuid::text)::integer, 0)"
    " >= u.key_max) THEN 4"
    " WHEN coalesce(b.used, 0) < u.max AND u.runs = 1 THEN 5"
    " ELSE 3 END"
    " FROM u LEFT JOIN c ON true LEFT JOIN d ON true LEFT JOIN b ON true");

#define TURN_COLUMNS \
	"t.id, t.conversation, t.model, t.prompt, t.response," \
	" t.status::text, t.prompt_tokens, t.response_tokens, t.created_at," \
	" t.error_code"

/*
 * $1-$4 actor, $5 conversation, $6 id, $7 key
 * -> allowance, turn, fingerprint
 */
STATEMENT(turn_find,
    "WITH a AS (" STORE_ALLOWANCE ") "
    "SELECT a.max, a.used, now(), " TURN_COLUMNS ", k.fingerprint FROM a"
    " LEFT JOIN idempotency_keys k ON k.user_id = $1 AND k.key = $7"
    " LEFT JOIN turns t ON t.user_id = $1"
    " AND t.conversation = coalesce(k.conversation, $5)"
    " AND t.id = coalesce(k.turn, $6::uuid)");

/*
 * Note [a page's size]: a page has so many turns, or fewer when those are
 * large: its last one begins within PAGE_BYTES. The lengths are known without
 * fetching the texts. The last column is how many turns there would have been.
 */
#define PAGE_BYTES "262144"

#define WITHIN_PAGE(order) \
	"b AS (SELECT *, count(*) OVER () AS fetched," \
	" sum(octet_length(prompt) + octet_length(response))" \
	" OVER (ORDER BY " order \
	") - octet_length(prompt) - octet_length(response)" \
	" AS begins, row_number() OVER (ORDER BY " order ") AS row FROM t) " \
	"SELECT a.max, a.used, now(), " TURN_COLUMNS ", t.fetched" \
	" FROM a LEFT JOIN b t ON begins < " PAGE_BYTES " ORDER BY t.row"

/*
 * $1-$4 actor, $5 conversation, $6 after, $7 page size
 * -> allowance, turn, fetched; note [a page's size]
 */
STATEMENT(turn_page,
    "WITH a AS (" STORE_ALLOWANCE "), t AS MATERIALIZED ("
    " SELECT * FROM turns WHERE user_id = $1 AND conversation = $5"
    " AND id > $6::uuid ORDER BY id LIMIT $7), " WITHIN_PAGE("id"));

/*
 * $1-$4 actor, $5 after, $6 page size -> allowance, turn,
 * fetched; note [a page's size]
 * The page is chosen from the primary key alone, then its rows are fetched.
 */
STATEMENT(turn_page_of_all,
    "WITH a AS (" STORE_ALLOWANCE "), p AS MATERIALIZED ("
    " SELECT conversation, id FROM turns WHERE user_id = $1"
    " AND id > $5::uuid ORDER BY id LIMIT $6), t AS ("
    " SELECT turns.* FROM p JOIN turns ON user_id = $1"
    " AND turns.conversation = p.conversation AND turns.id = p.id), " WITHIN_PAGE(
	"id"));

/*
 * $1-$4 actor, $5 conversation, $6 after, $7 page size
 * -> allowance, turn, fetched; note [a page's size]
 * In the order of the primary key: a page costs the same in the largest
 * account.
 */
STATEMENT(turn_page_stored,
    "WITH a AS (" STORE_ALLOWANCE "), t AS MATERIALIZED ("
    " SELECT * FROM turns WHERE user_id = $1"
    " AND (conversation, id) > ($5::integer, $6::uuid)"
    " ORDER BY conversation, id LIMIT $7), " WITHIN_PAGE("conversation, id"));

/*
 * $1-$4 actor, $5 conversation, $6 before, $7 bytes -> allowance,
 * prompt, response, the conversation's instructions; the newest that fit,
 * oldest first
 */
STATEMENT(turn_context,
    "WITH a AS (" STORE_ALLOWANCE "), t AS ("
    " SELECT id, prompt, response, sum(octet_length(prompt) +"
    " octet_length(response) + 16) OVER (ORDER BY id DESC) AS bytes FROM ("
    " SELECT * FROM turns WHERE user_id = $1 AND conversation = $5"
    " AND id < $6::uuid AND response <> '' ORDER BY id DESC LIMIT 500) n) "
    "SELECT a.max, a.used, now(), t.prompt, t.response, c.instructions FROM a"
    " LEFT JOIN conversations c ON c.user_id = $1 AND c.number = $5"
    " LEFT JOIN t ON t.bytes <= $7::bigint ORDER BY t.id");

/* The number of a batch's last delta: one less than it has ends. */
#define LAST_DELTA "seq + length(ends) - length(replace(ends, ',', ''))"

/*
 * $1-$4 actor, $5 conversation, $6 id, $7 seen, $8 page size
 * -> allowance, turn, seq, ends, text, last delta: its batches from the one
 * with event seen + 1 on. The turn's response is in the first row only, and
 * only when the page is the last one: until then nobody needs it.
 */
STATEMENT(turn_follow,
    "WITH a AS (" STORE_ALLOWANCE "), e AS ("
    " SELECT seq, ends, text, row_number() OVER (ORDER BY seq) AS row"
    " FROM turn_events"
    " WHERE user_id = $1 AND turn = $6::uuid AND seq >= coalesce(("
    " SELECT max(seq) FROM turn_events WHERE user_id = $1"
    " AND turn = $6::uuid AND seq <= $7::bigint + 1), 0)"
    " AND " LAST_DELTA " > $7 ORDER BY seq LIMIT $8) "
    "SELECT a.max, a.used, now(), t.id, t.conversation, t.model, t.prompt,"
    " CASE WHEN coalesce(e.row, 1) = 1 AND (SELECT count(*) FROM e) < $8"
    " THEN t.response ELSE '' END,"
    " t.status::text, t.prompt_tokens, t.response_tokens, t.created_at,"
    " t.error_code, e.seq, e.ends, e.text, coalesce(("
    " SELECT " LAST_DELTA " FROM turn_events"
    " WHERE user_id = $1 AND turn = $6::uuid ORDER BY seq DESC LIMIT 1),"
    " CASE WHEN t.response = '' THEN 1 ELSE 2 END)"
    " FROM a LEFT JOIN turns t ON t.user_id = $1 AND t.conversation = $5"
    " AND t.id = $6::uuid LEFT JOIN e ON true ORDER BY e.seq");

/* $1-$4 actor, $5 conversation, $6 id -> allowance */
STATEMENT(turn_stop,
    "WITH a AS (" STORE_ALLOWANCE "), s AS ("
    " UPDATE turns SET stop_requested = true WHERE user_id = $1"
    " AND conversation = $5 AND id = $6::uuid AND status = 'running'"
    " AND EXISTS (SELECT FROM a)) "
    "SELECT a.max, a.used, now() FROM a");

/* The number in an id that a client may have made up; 0 is nobody's. */
static int64_t
conversation_of(const struct uuid *id)
{
	uint32_t number = uuid_conversation(id);

	return (number <= INT32_MAX ? number : 0);
}

struct db_call *
store_turn_begin(const struct actor *actor, const struct store_turn *t,
    const char *key, const char *fingerprint)
{
	struct db_call *call = store_call_for(actor, &turn_begin);

	db_bind_int(call, t->conversation);
	db_bind_uuid(call, &t->id);
	db_bind_text(call, t->model);
	/* Of what is not to be kept not even the prompt is. */
	db_bind_text(call, t->conversation != 0 ? t->prompt : "");
	db_bind_text(call, t->conversation != 0 ? t->response : "");
	db_bind_text(call, t->status);
	db_bind_int(call, t->prompt_tokens);
	db_bind_int(call, t->response_tokens);
	db_bind_text(call, key);
	db_bind_text(call, fingerprint);
	db_bind_int(call, config.running_per_user);
	db_bind_uuid(call, t->parent);
	db_bind_text(call, t->details);
	return (call);
}

enum store_turn_begun
store_turn_outcome(const struct db_call *rows, struct store_turn *t)
{
	t->created = db_time(rows, 0, 2);
	return ((enum store_turn_begun)db_int(rows, 0, 3));
}

int
store_turn_find(struct flow *f, const struct uuid *id, const char *key)
{
	struct db_call *call = store_call_for(&f->user, &turn_find);

	db_bind_int(call, conversation_of(id));
	db_bind_uuid(call, id);
	db_bind_text(call, key);
	return (flow_query(f, call));
}

bool
store_turn_found(const struct db_call *rows, const char *fingerprint,
    struct store_turn *t, bool *same)
{
	*same = db_is_null(rows, 0, 13) || fingerprint == NULL ||
	    strcmp(db_text(rows, 0, 13), fingerprint) == 0;
	store_turn_read(rows, 0, t);
	return (!db_is_null(rows, 0, 3));
}

int
store_turn_page(
    struct flow *f, int64_t conversation, const struct uuid *after, int limit)
{
	static const struct uuid start;
	struct db_call          *call;

	call = store_call_for(
	    &f->user, conversation != 0 ? &turn_page : &turn_page_of_all);
	if (conversation != 0)
		db_bind_int(call, conversation);
	db_bind_uuid(call, after != NULL ? after : &start);
	db_bind_int(call, limit);
	return (flow_query(f, call));
}

int
store_turn_page_stored(
    struct flow *f, int64_t conversation, const struct uuid *after, int limit)
{
	struct db_call *call = store_call_for(&f->user, &turn_page_stored);

	db_bind_int(call, conversation);
	db_bind_uuid(call, after);
	db_bind_int(call, limit);
	return (flow_query(f, call));
}

bool
store_turn_page_full(const struct db_call *rows, int limit)
{
	int count = store_turn_count(rows);

	return (count > 0 && (count == limit || count < db_int(rows, 0, 13)));
}

int
store_turn_count(const struct db_call *rows)
{
	if (db_rows(rows) == 0 || db_is_null(rows, 0, 3))
		return (0);
	return (db_rows(rows));
}

void
store_turn_read(const struct db_call *rows, int row, struct store_turn *t)
{
	db_uuid(rows, row, 3, &t->id);
	t->conversation = db_int(rows, row, 4);
	t->model = db_text(rows, row, 5);
	t->prompt = db_text(rows, row, 6);
	t->response = db_text(rows, row, 7);
	t->status = db_text(rows, row, 8);
	t->prompt_tokens = db_int(rows, row, 9);
	t->response_tokens = db_int(rows, row, 10);
	t->created = db_time(rows, row, 11);
	t->error_code = db_text(rows, row, 12);
}

struct db_call *
store_turn_context(
    const struct actor *actor, const struct uuid *before, int64_t bytes)
{
	struct db_call *call = store_call_for(actor, &turn_context);

	db_bind_int(call, conversation_of(before));
	db_bind_uuid(call, before);
	db_bind_int(call, bytes);
	return (call);
}

const char *
store_turn_context_prompt(const struct db_call *rows, int row)
{
	return (db_text(rows, row, 3));
}

const char *
store_turn_context_response(const struct db_call *rows, int row)
{
	return (db_text(rows, row, 4));
}

const char *
store_turn_context_instructions(const struct db_call *rows)
{
	if (db_rows(rows) == 0 || db_is_null(rows, 0, 5))
		return (NULL);
	return (db_text(rows, 0, 5));
}

int
store_turn_follow(struct flow *f, const struct uuid *id, int64_t seen)
{
	struct db_call *call = store_call_for(&f->user, &turn_follow);

	db_bind_int(call, conversation_of(id));
	db_bind_uuid(call, id);
	db_bind_int(call, seen);
	db_bind_int(call, STORE_TURN_BATCHES);
	return (flow_query(f, call));
}

bool
store_turn_batch(const struct db_call *rows, int row, int64_t *seq,
    const char **ends, const char **text)
{
	if (row >= db_rows(rows) || db_is_null(rows, row, 13))
		return (false);
	*seq = db_int(rows, row, 13);
	*ends = db_text(rows, row, 14);
	*text = db_text(rows, row, 15);
	return (true);
}

bool
store_turn_batches_end(const struct db_call *rows, int64_t *last)
{
	*last = db_int(rows, 0, 16);
	return (db_rows(rows) < STORE_TURN_BATCHES);
}

int
store_turn_stop(struct flow *f, const struct uuid *id)
{
	struct db_call *call = store_call_for(&f->user, &turn_stop);

	db_bind_int(call, conversation_of(id));
	db_bind_uuid(call, id);
	return (flow_query(f, call));
}
