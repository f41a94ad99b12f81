#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/db_array.h"
#include "store/store_generations.h"

/*
 * A batch may be there already, from a sending whose success was not heard
 * of: the same deltas, or those that there were then. The longer one counts.
 */
#define LONGER_COUNTS \
	" ON CONFLICT (user_id, turn, seq) DO UPDATE" \
	" SET ends = excluded.ends, text = excluded.text" \
	" WHERE length(turn_events.ends) < length(excluded.ends)"

/*
 * $1 users, $2 conversations, $3 turns, $4 seqs, $5 ends, $6 texts, $7 renew
 * -> turn, still running, to be stopped; one that was deleted runs no more
 */
STATEMENT(generation_log,
    "WITH w AS ("
    " SELECT * FROM unnest($1::bigint[], $2::integer[], $3::uuid[],"
    " $4::integer[], $5::text[], $6::text[])"
    " AS w (user_id, conversation, turn, seq, ends, text)"
    "), e AS ("
    " INSERT INTO turn_events (user_id, turn, seq, ends, text)"
    " SELECT w.user_id, turn, seq, ends, text FROM w JOIN turns t"
    " ON t.user_id = w.user_id AND t.conversation = w.conversation"
    " AND t.id = w.turn AND t.status = 'running' WHERE ends <> ''" LONGER_COUNTS
    "), h AS ("
    " UPDATE turns SET heartbeat_at = now() FROM w WHERE $7::boolean"
    " AND turns.user_id = w.user_id AND turns.conversation = w.conversation"
    " AND turns.id = w.turn AND turns.status = 'running'"
    ") "
    "SELECT w.turn, coalesce(t.status = 'running', false),"
    " coalesce(t.stop_requested, false)"
    " FROM w LEFT JOIN turns t ON t.user_id = w.user_id"
    " AND t.conversation = w.conversation AND t.id = w.turn");

/* Whoever ends a turn takes it off the day's running ones. */
#define DAY_AFTER \
	" UPDATE daily_usage SET running = running - 1," \
	" used = used - t.give_back::integer," \
	" keys = CASE WHEN t.give_back AND t.api_key IS NOT NULL" \
	" THEN keys_add(keys, t.api_key, -1) ELSE keys END," \
	" models = CASE WHEN t.give_back THEN models" \
	" ELSE usage_add(models, t.model, 1, t.prompt_tokens," \
	" t.response_tokens) END FROM t" \
	" WHERE day = (t.created_at AT TIME ZONE 'UTC')::date"
#define USERS_DAY_AFTER DAY_AFTER " AND user_id = $1 RETURNING used"

/*
 * $1 user, $2 conversation, $3 turn, $4 seqs, $5 ends, $6 texts, $7 status,
 * $8 response, $9 prompt_tokens, $10 response_tokens, $11 finish_reason,
 * $12 error_code, $13 first_token_ms, $14 total_ms, $15 give back
 * -> ended by this, status before, used
 */
STATEMENT(generation_end,
    "WITH t AS ("
    " UPDATE turns SET status = $7::turn_status, response = $8,"
    " prompt_tokens = $9, response_tokens = $10, finish_reason = $11,"
    " error_code = $12, first_token_ms = nullif($13::integer, -1),"
    " total_ms = $14, finished_at = now()"
    " WHERE user_id = $1 AND conversation = $2 AND id = $3::uuid"
    " AND status = 'running' RETURNING id, created_at, lower(model) AS model,"
    " prompt_tokens, response_tokens, api_key, $15::boolean AS give_back"
    "), e AS ("
    " INSERT INTO turn_events (user_id, turn, seq, ends, text)"
    " SELECT $1, t.id, w.seq, w.ends, w.text FROM t, unnest("
    " $4::integer[], $5::text[], $6::text[]) AS w (seq, ends, text)" LONGER_COUNTS
    "), d AS (" USERS_DAY_AFTER ") "
    "SELECT t.id IS NOT NULL, s.status::text, d.used FROM ("
    " SELECT status FROM turns"
    " WHERE user_id = $1 AND conversation = $2 AND id = $3::uuid) s"
    " LEFT JOIN t ON true LEFT JOIN d ON true");

/*
 * $1 user, $2 turn in no conversation, $3 give back, $4 prompt_tokens,
 * $5 response_tokens -> true, nothing, used: nothing of it is left
 */
STATEMENT(generation_drop,
    "WITH t AS ("
    " DELETE FROM turns WHERE user_id = $1 AND conversation = 0"
    " AND id = $2::uuid AND status = 'running'"
    " RETURNING created_at, lower(model) AS model, api_key,"
    " $3::boolean AS give_back, $4::bigint AS prompt_tokens,"
    " $5::bigint AS response_tokens"
    "), d AS (" USERS_DAY_AFTER ") "
    "SELECT true, '', (SELECT used FROM d)");

#define SAID_OF \
	"turns.user_id = said.user_id" \
	" AND turns.conversation = said.conversation AND turns.id = said.id"
#define ENDED \
	"turns.user_id, turns.created_at, lower(turns.model) AS model," \
	" turns.prompt_tokens, turns.response_tokens, turns.api_key," \
	" said.text = '' AS give_back"

/*
 * $1 dead after, in seconds, $2 what time it should be here, in microseconds
 * -> how many, what time it is
 * The one statement that names no user: it looks after everybody's; of each
 * one turn, for a row is changed once by a statement. A heartbeat from the
 * future is from before the clock was set back. When it has just been set
 * nobody could tell that he lives: then nothing is ended.
 */
STATEMENT(generation_reap,
    "WITH late AS ("
    " SELECT DISTINCT ON (user_id) user_id, conversation, id FROM turns"
    " WHERE status = 'running' AND abs(extract(epoch FROM"
    " now() - heartbeat_at)) > $1::integer AND abs(extract(epoch FROM now())"
    " * 1000000 - $2::bigint) < $1::integer * 500000"
    " ORDER BY user_id LIMIT 100"
    "), dead AS ("
    " SELECT turns.user_id, turns.conversation, turns.id FROM turns JOIN late"
    " USING (user_id, conversation, id) WHERE status = 'running'"
    " AND abs(extract(epoch FROM now() - heartbeat_at)) > $1::integer"
    " FOR UPDATE OF turns SKIP LOCKED"
    "), said AS ("
    " SELECT dead.*, coalesce((SELECT string_agg(e.text, '' ORDER BY e.seq)"
    " FROM turn_events e WHERE e.user_id = dead.user_id"
    " AND e.turn = dead.id), '') AS text FROM dead"
    "), kept AS ("
    " UPDATE turns SET status = 'interrupted', response = said.text,"
    " error_code = 'interrupted', finished_at = now() FROM said"
    " WHERE said.conversation <> 0 AND " SAID_OF " RETURNING " ENDED
    "), gone AS ("
    " DELETE FROM turns USING said WHERE said.conversation = 0"
    " AND " SAID_OF " RETURNING " ENDED
    "), t AS (TABLE kept UNION ALL TABLE gone"
    "), d AS (" DAY_AFTER " AND daily_usage.user_id = t.user_id) "
    "SELECT (SELECT count(*) FROM t), now()");

static void
put_number(struct buf *array, int64_t number)
{
	buf_printf(
	    array, "%c%lld", array->len == 0 ? '{' : ',', (long long)number);
}

/* 5,9,14: where each delta of the batch ends, in bytes of its text. */
static void
put_ends(struct buf *out, const struct store_batch *b)
{
	size_t i;

	for (i = 0; i < b->count; i++)
		buf_printf(
		    out, "%s%u", i == 0 ? "" : ",", b->ends[i] - b->offset);
}

enum {
	USERS,
	CONVERSATIONS,
	TURNS,
	SEQS,
	ENDS,
	TEXTS,
	ARRAYS
};

static void
put_batch(struct buf arrays[ARRAYS], const struct store_batch *b)
{
	struct buf ends = {0};
	char       id[UUID_TEXT_SIZE];

	uuid_format(&b->turn, id);
	put_ends(&ends, b);
	put_number(&arrays[USERS], b->user_id);
	put_number(&arrays[CONVERSATIONS], uuid_conversation(&b->turn));
	db_array_add(&arrays[TURNS], id, sizeof(id) - 1);
	put_number(&arrays[SEQS], b->seq);
	db_array_add(&arrays[ENDS], ends.data, ends.len);
	db_array_add(&arrays[TEXTS], b->text, b->len);
	buf_release(&ends);
}

struct store_batch *
store_batches_add(struct store_batches *b)
{
	if (b->count == b->room) {
		b->room = b->room > 0 ? b->room * 2 : 16;
		b->list = realloc(b->list, b->room * sizeof(*b->list));
		if (b->list == NULL)
			abort();
	}
	memset(&b->list[b->count], 0, sizeof(*b->list));
	return (&b->list[b->count++]);
}

void
store_batches_release(struct store_batches *b)
{
	free(b->list);
	memset(b, 0, sizeof(*b));
}

/* The batches as arrays, from the one called first on. */
static void
bind_batches(struct db_call *call, const struct store_batches *b, int first)
{
	struct buf arrays[ARRAYS] = {{0}};
	size_t     i;

	for (i = 0; i < b->count; i++)
		put_batch(arrays, &b->list[i]);
	for (i = 0; i < ARRAYS; i++) {
		if ((int)i >= first)
			db_bind_array(call, &arrays[i]);
		else
			buf_wipe(&arrays[i]);
	}
}

struct db_call *
store_generation_log(const struct store_batches *batches, bool renew)
{
	struct db_call *call = db_call_new(&generation_log);

	bind_batches(call, batches, USERS);
	db_bind_text(call, renew ? "t" : "f");
	return (call);
}

void
store_generation_log_row(const struct db_call *rows, int row, struct uuid *turn,
    bool *running, bool *stop)
{
	db_uuid(rows, row, 0, turn);
	*running = db_bool(rows, row, 1);
	*stop = db_bool(rows, row, 2);
}

static struct db_call *
drop(const struct store_ending *e)
{
	struct db_call *call = db_call_new(&generation_drop);

	db_bind_int(call, e->user_id);
	db_bind_uuid(call, &e->turn);
	db_bind_text(call, e->give_back ? "t" : "f");
	db_bind_int(call, e->prompt_tokens);
	db_bind_int(call, e->response_tokens);
	return (call);
}

struct db_call *
store_generation_end(const struct store_ending *e)
{
	struct db_call *call;

	if (uuid_conversation(&e->turn) == 0)
		return (drop(e));
	call = db_call_new(&generation_end);
	db_bind_int(call, e->user_id);
	db_bind_int(call, uuid_conversation(&e->turn));
	db_bind_uuid(call, &e->turn);
	bind_batches(call, &e->last, SEQS);
	db_bind_text(call, e->status);
	db_bind_text(call, e->response);
	db_bind_int(call, e->prompt_tokens);
	db_bind_int(call, e->response_tokens);
	db_bind_text(call, e->finish_reason);
	db_bind_text(call, e->error_code);
	db_bind_int(call, e->first_token_ms);
	db_bind_int(call, e->total_ms);
	db_bind_text(call, e->give_back ? "t" : "f");
	return (call);
}

bool
store_generation_ended(const struct db_call *rows, const char *status)
{
	return (db_rows(rows) > 0 &&
	    (db_bool(rows, 0, 0) || strcmp(db_text(rows, 0, 1), status) == 0));
}

bool
store_generation_used(const struct db_call *rows, int64_t *used)
{
	if (db_rows(rows) == 0 || db_is_null(rows, 0, 2))
		return (false);
	*used = db_int(rows, 0, 2);
	return (true);
}

struct db_call *
store_generation_reap(int64_t expected)
{
	struct db_call *call = db_call_new(&generation_reap);

	db_bind_int(call, STORE_DEAD_SECONDS);
	db_bind_int(call, expected);
	return (call);
}
