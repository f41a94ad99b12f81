#include <string.h>

#include "core/config.h"
#include "store/store_allowance.h"
#include "store/store_conversations.h"
#include "store/store_turns.h"

#define TURN_COLUMNS \
	"t.id, t.conversation, t.model, t.prompt, t.response," \
	" t.status::text, t.prompt_tokens, t.response_tokens, t.created_at," \
	" t.error_code"

/* Beside those, where c is the conversation. */
#define TURN_MORE "t.finish_reason, t.parent, t.details::text, c.id"

/*
 * $1-$4 actor, $5 conversation, $6 id, $7 key, $8 the conversation's id
 * -> allowance, turn, fingerprint, more of the turn
 */
STATEMENT(turn_find,
    "WITH a AS (" STORE_ALLOWANCE "), n AS ("
    " SELECT coalesce((SELECT number FROM conversations"
    " WHERE user_id = $1 AND id = $8::uuid), $5) AS number) "
    "SELECT a.max, a.used, now(), " TURN_COLUMNS ", k.fingerprint, " TURN_MORE
    " FROM a LEFT JOIN idempotency_keys k ON k.user_id = $1 AND k.key = $7"
    " LEFT JOIN turns t ON t.user_id = $1"
    " AND t.conversation = coalesce(k.conversation, (SELECT number FROM n))"
    " AND t.id = coalesce(k.turn, turn_id($6::uuid, (SELECT number FROM n)))"
    " LEFT JOIN conversations c"
    " ON c.user_id = $1 AND c.number = t.conversation");

/*
 * Note [branches]: a turn goes on from the one before it, by id, unless it has
 * a parent. So the way back is runs of neighbours: from one turn (hi) to the
 * first before it that has a parent (lo), then from that parent, and so on.
 * A conversation without branches is one run, read by one range of the index.
 */
#define CONTEXT_TURNS "500" /* of the newest at most */
#define CONTEXT_RUNS  "100"
#define NONE          "'00000000-0000-0000-0000-000000000000'::uuid"
#define IN_CONVERSATION \
	" turns WHERE user_id = $1 AND conversation = (SELECT number FROM n)"

#define LAST_WITH_PARENT(hi) \
	" LEFT JOIN LATERAL (SELECT id, parent FROM (" \
	" SELECT id, parent FROM" IN_CONVERSATION " AND id <= " hi \
	" ORDER BY id DESC LIMIT " CONTEXT_TURNS ") x" \
	" WHERE parent IS NOT NULL ORDER BY id DESC LIMIT 1) lo ON true"

/* What is worth telling a model: an answer, or a message that was given. */
#define IS_TOLD \
	"(response <> '' OR status = 'completed' AND finish_reason IS NULL)"

/*
 * $1-$4 actor, $5 conversation, $6 from, $7 bytes, $8 the conversation's id,
 * $9 with that turn -> allowance, prompt, response, role, the conversation's
 * number and instructions, whether there is the turn; note [branches]
 */
/* clang-format off */
STATEMENT(turn_context,
    "WITH RECURSIVE a AS (" STORE_ALLOWANCE "), n AS ("
    " SELECT coalesce(nullif($5, 0), (SELECT number FROM conversations"
    " WHERE user_id = $1 AND id = $8::uuid)) AS number"
    "), r AS ("
    " SELECT 1 AS run, h.hi, lo.id AS lo, lo.parent AS next"
    " FROM (SELECT $6::uuid AS hi) h" LAST_WITH_PARENT("h.hi")
    " UNION ALL SELECT r.run + 1, r.next, lo.id, lo.parent"
    " FROM r" LAST_WITH_PARENT("r.next")
    " WHERE r.next > " NONE " AND r.run < " CONTEXT_RUNS
    "), t AS ("
    " SELECT r.run, x.* FROM r JOIN LATERAL ("
    " SELECT id, prompt, response, details ->> 'role' AS role"
    " FROM" IN_CONVERSATION
    " AND id <= r.hi AND id >= coalesce(r.lo, " NONE ")"
    " AND (id <> $6::uuid OR $9::boolean) AND " IS_TOLD
    " ORDER BY id DESC LIMIT " CONTEXT_TURNS ") x ON true"
    "), w AS ("
    " SELECT *, sum(octet_length(prompt) + octet_length(response) + 16)"
    " OVER p AS bytes, row_number() OVER p AS place"
    " FROM t WINDOW p AS (ORDER BY run, id DESC)) "
    "SELECT a.max, a.used, now(), w.prompt, w.response, w.role, c.number,"
    " c.instructions, EXISTS (SELECT FROM" IN_CONVERSATION
    " AND id = $6::uuid) FROM a"
    " LEFT JOIN conversations c"
    " ON c.user_id = $1 AND c.number = (SELECT number FROM n)"
    " LEFT JOIN w ON w.bytes <= $7::bigint AND w.place <= " CONTEXT_TURNS
    " ORDER BY w.place DESC");
/* clang-format on */

/* The number of a batch's last delta: one less than it has ends. */
#define LAST_DELTA "seq + length(ends) - length(replace(ends, ',', ''))"

/*
 * $1-$4 actor, $5 conversation, $6 id, $7 seen, $8 page size
 * -> allowance, turn, seq, ends, text, last delta, more of the turn: its
 * batches from the one with event seen + 1 on. The turn's response is in the
 * first row only, and only when the page is the last one: until then nobody
 * needs it.
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
    " CASE WHEN t.response = '' THEN 1 ELSE 2 END), " TURN_MORE
    " FROM a LEFT JOIN turns t ON t.user_id = $1 AND t.conversation = $5"
    " AND t.id = $6::uuid LEFT JOIN conversations c"
    " ON c.user_id = $1 AND c.number = t.conversation"
    " LEFT JOIN e ON true ORDER BY e.seq");

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

/* TURN_COLUMNS, and from column more on, TURN_MORE. */
static void
read_turn(const struct db_call *rows, int more, struct store_turn *t)
{
	memset(t, 0, sizeof(*t));
	db_uuid(rows, 0, 3, &t->id);
	t->conversation = db_int(rows, 0, 4);
	t->model = db_text(rows, 0, 5);
	t->prompt = db_text(rows, 0, 6);
	t->response = db_text(rows, 0, 7);
	t->status = db_text(rows, 0, 8);
	t->prompt_tokens = db_int(rows, 0, 9);
	t->response_tokens = db_int(rows, 0, 10);
	t->created = db_time(rows, 0, 11);
	t->error_code = db_text(rows, 0, 12);
	t->finish_reason = db_text(rows, 0, more);
	t->has_parent = !db_is_null(rows, 0, more + 1);
	db_uuid(rows, 0, more + 1, &t->parent);
	if (!db_is_null(rows, 0, more + 2))
		t->details = db_text(rows, 0, more + 2);
	db_uuid(rows, 0, more + 3, &t->conversation_id);
}

struct db_call *
store_turn_lookup(
    const struct actor *actor, const struct store_turn *t, const char *key)
{
	struct db_call *call = store_call_for(actor, &turn_find);

	db_bind_int(call, conversation_of(&t->id));
	db_bind_uuid(call, &t->id);
	db_bind_text(call, key);
	db_bind_uuid(call, &t->conversation_id);
	return (call);
}

int
store_turn_find(struct flow *f, const struct store_turn *t, const char *key)
{
	return (flow_query(f, store_turn_lookup(&f->user, t, key)));
}

bool
store_turn_found(const struct db_call *rows, const char *fingerprint,
    struct store_turn *t, bool *same)
{
	*same = db_is_null(rows, 0, 13) || fingerprint == NULL ||
	    strcmp(db_text(rows, 0, 13), fingerprint) == 0;
	read_turn(rows, 14, t);
	return (!db_is_null(rows, 0, 3));
}

int
store_turn_count(const struct db_call *rows)
{
	if (db_rows(rows) == 0 || db_is_null(rows, 0, 3))
		return (0);
	return (db_rows(rows));
}

void
store_turn_read_followed(const struct db_call *rows, struct store_turn *t)
{
	read_turn(rows, 17, t);
}

struct db_call *
store_turn_context(const struct actor *actor,
    const struct store_turn_context *c, int64_t bytes)
{
	struct db_call *call = store_call_for(actor, &turn_context);
	struct uuid     end;

	memset(&end, 0xff, sizeof(end));
	db_bind_int(call, c->conversation);
	db_bind_uuid(call, c->from != NULL ? c->from : &end);
	db_bind_int(call, bytes);
	db_bind_uuid(call, &c->conversation_id);
	db_bind_text(call, c->with ? "t" : "f");
	return (call);
}

bool
store_turn_context_found(const struct db_call *rows, bool *turn)
{
	*turn = db_bool(rows, 0, 8);
	return (!db_is_null(rows, 0, 6));
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
store_turn_context_role(const struct db_call *rows, int row)
{
	return (db_text(rows, row, 5));
}

const char *
store_turn_context_instructions(const struct db_call *rows)
{
	if (db_rows(rows) == 0 || db_is_null(rows, 0, 7))
		return (NULL);
	return (db_text(rows, 0, 7));
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
