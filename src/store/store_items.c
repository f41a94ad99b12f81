#include <string.h>

#include "store/store_allowance.h"
#include "store/store_conversations.h"
#include "store/store_items.h"
#include "store/store_page.h"

/*
 * $1-$4 actor, $5 conversation, $6 from, $7 page size
 * -> allowance, number, item, turns there would have been on the page
 */
/* clang-format off */
#define TURNS(compare) \
	"turns WHERE user_id = $1 AND conversation = (SELECT number FROM c)" \
	" AND id " compare " $6::uuid"
#define PAGE(compare, order) \
	"WITH a AS (" STORE_ALLOWANCE "), c AS (" \
	" SELECT number FROM conversations" \
	" WHERE user_id = $1 AND id = $5::uuid), " \
	STORE_PAGE(TURNS(compare), "id " order, STORE_ITEM_LENGTH("$6"), "$7") \
	" SELECT a.max, a.used, now(), c.number, " STORE_ITEM ", page.fetched" \
	" FROM a CROSS JOIN page LEFT JOIN c ON true" \
	STORE_PAGE_TURNS(TURNS(compare), "id " order)
/* clang-format on */

STATEMENT(item_page, PAGE(">=", "ASC"));
STATEMENT(item_page_back, PAGE("<=", "DESC"));

/* $1-$4 actor, $5 conversation, $6 turn -> allowance, number, item */
STATEMENT(item_get,
    "WITH a AS (" STORE_ALLOWANCE ") "
    "SELECT a.max, a.used, now(), c.number, " STORE_ITEM " FROM a"
    " LEFT JOIN conversations c ON c.user_id = $1 AND c.id = $5::uuid"
    " LEFT JOIN turns t ON t.user_id = $1 AND t.conversation = c.number"
    " AND t.id = $6::uuid");

/* $1-$4 actor, $5 conversation, $6 turns -> allowance, number */
/* clang-format off */
STATEMENT(item_add,
    "WITH a AS (" STORE_ALLOWANCE "), n AS ("
    " SELECT number FROM conversations WHERE user_id = $1 AND id = $5::uuid"
    " AND EXISTS (SELECT FROM a) FOR NO KEY UPDATE"
    "), t AS (" STORE_ITEM_INSERT " FROM n, " STORE_ITEM_RECORDS("$6")
    "), u AS ("
    " UPDATE conversations c SET updated_at = now(),"
    " listed_at = " STORE_LISTED_AT("$1") " FROM n"
    " WHERE user_id = $1 AND c.number = n.number) "
    "SELECT a.max, a.used, now(), n.number FROM a LEFT JOIN n ON true");
/* clang-format on */

/* What went on from a turn t that is deleted goes on from what that had. */
#define GO_ON_FROM_PREVIOUS \
	"g AS (" \
	" UPDATE turns SET parent = coalesce(t.previous," \
	" '00000000-0000-0000-0000-000000000000') FROM t" \
	" WHERE turns.user_id = $1 AND turns.conversation = t.conversation" \
	" AND turns.id > t.id AND t.there AND t.last AND (turns.parent = t.id" \
	" OR turns.parent IS NULL AND turns.id = (SELECT f.id FROM turns f" \
	" WHERE f.user_id = $1 AND f.conversation = t.conversation" \
	" AND f.id > t.id ORDER BY f.id LIMIT 1)))"

/*
 * $1-$4 actor, $5 conversation, $6 turn, $7 its prompt (else its answer)
 * -> allowance, number, enum store_item_deleted
 * What the turn said while it ran goes with its answer. Turns that went on
 * from a deleted one, by its name or because it was the one before, go on
 * from what that had gone on from.
 */
STATEMENT(item_delete,
    "WITH a AS (" STORE_ALLOWANCE "), c AS ("
    " SELECT number FROM conversations"
    " WHERE user_id = $1 AND id = $5::uuid FOR NO KEY UPDATE"
    "), t AS ("
    " SELECT t.*, " STORE_ITEM_PREVIOUS " AS previous, status <> 'running' AND"
    " CASE WHEN $7::boolean THEN prompt ELSE response END <> '' AS there,"
    " CASE WHEN $7::boolean THEN response ELSE prompt END = '' AS last"
    " FROM turns t WHERE user_id = $1 AND conversation ="
    " (SELECT number FROM c) AND id = $6::uuid AND EXISTS (SELECT FROM a)"
    " FOR UPDATE"
    "), e AS ("
    " DELETE FROM turn_events USING t WHERE turn_events.user_id = $1"
    " AND turn = t.id AND t.there AND NOT $7::boolean"
    "), d AS ("
    " DELETE FROM turns USING t WHERE turns.user_id = $1"
    " AND turns.conversation = t.conversation AND turns.id = t.id"
    " AND t.there AND t.last"
    "), u AS ("
    " UPDATE turns SET prompt = CASE WHEN $7::boolean THEN '' ELSE turns.prompt"
    " END, response = CASE WHEN $7::boolean THEN turns.response ELSE '' END"
    " FROM t WHERE turns.user_id = $1 AND turns.conversation = t.conversation"
    " AND turns.id = t.id AND t.there AND NOT t.last"
    "), " GO_ON_FROM_PREVIOUS " "
    "SELECT a.max, a.used, now(), c.number, CASE WHEN t.there THEN 0"
    " WHEN t.status = 'running' THEN 2 ELSE 1 END"
    " FROM a LEFT JOIN c ON true LEFT JOIN t ON true");

/*
 * $1-$4 actor, $5 conversation's number, $6 turn -> allowance, there was one
 * One that runs is taken off the day's running ones, and ends when its worker
 * finds it gone.
 */
STATEMENT(item_delete_turn,
    "WITH a AS (" STORE_ALLOWANCE "), t AS ("
    " SELECT t.*, " STORE_ITEM_PREVIOUS
    " AS previous, true AS there, true AS last"
    " FROM turns t WHERE user_id = $1 AND conversation = $5"
    " AND id = $6::uuid AND EXISTS (SELECT FROM a) FOR UPDATE"
    "), e AS ("
    " DELETE FROM turn_events USING t WHERE turn_events.user_id = $1"
    " AND turn = t.id"
    "), d AS ("
    " DELETE FROM turns USING t WHERE turns.user_id = $1"
    " AND turns.conversation = t.conversation AND turns.id = t.id"
    "), k AS ("
    " UPDATE daily_usage SET running = running - 1 FROM t"
    " WHERE daily_usage.user_id = $1 AND t.status = 'running'"
    " AND day = (t.created_at AT TIME ZONE 'UTC')::date"
    "), " GO_ON_FROM_PREVIOUS " "
    "SELECT a.max, a.used, now(), EXISTS (SELECT FROM t) FROM a");

/*
 * $1-$4 actor, $5 conversation's number, $6 turn -> allowance, number, item
 * The turn and those of the messages that came with its prompt.
 */
STATEMENT(item_of_turn,
    "WITH a AS (" STORE_ALLOWANCE "), m AS ("
    " SELECT conversation, id,"
    " coalesce(turn_id((details ->> 'first')::uuid, conversation), id)"
    " AS first FROM turns"
    " WHERE user_id = $1 AND conversation = $5 AND id = $6::uuid) "
    "SELECT a.max, a.used, now(), m.conversation, " STORE_ITEM " FROM a"
    " LEFT JOIN m ON true LEFT JOIN turns t ON t.user_id = $1"
    " AND t.conversation = m.conversation"
    " AND t.id >= m.first AND t.id <= m.id ORDER BY t.id");

/*
 * $1-$4 actor, $5 turns: [{"n", "id", "conversation": its number}] in JSON
 * -> allowance, n, role of its prompt, prompt, response, whether it is there
 */
STATEMENT(item_texts,
    "WITH a AS (" STORE_ALLOWANCE ") "
    "SELECT a.max, a.used, now(), w.n, coalesce(t.details ->> 'role', 'user'),"
    " t.prompt, t.response, t.id IS NOT NULL FROM a CROSS JOIN"
    " json_to_recordset($5::json) AS w (n integer, id uuid,"
    " conversation integer) LEFT JOIN turns t ON t.user_id = $1"
    " AND t.conversation = w.conversation AND t.id = w.id ORDER BY w.n");

int
store_item_page(struct flow *f, const struct uuid *conversation,
    const struct uuid *from, bool ascending, int limit)
{
	struct uuid     start;
	struct db_call *call = store_call_for(
	    &f->user, ascending ? &item_page : &item_page_back);

	memset(&start, ascending ? 0 : 0xff, sizeof(start));
	db_bind_uuid(call, conversation);
	db_bind_uuid(call, from != NULL ? from : &start);
	db_bind_int(call, limit);
	return (flow_query(f, call));
}

bool
store_item_page_cut(const struct db_call *rows)
{
	int count = store_item_count(rows);

	return (count > 0 && count < db_int(rows, 0, 13));
}

int
store_item_get(
    struct flow *f, const struct uuid *conversation, const struct uuid *turn)
{
	struct db_call *call = store_call_for(&f->user, &item_get);

	db_bind_uuid(call, conversation);
	db_bind_uuid(call, turn);
	return (flow_query(f, call));
}

bool
store_item_conversation(const struct db_call *rows)
{
	return (!db_is_null(rows, 0, 3));
}

int
store_item_count(const struct db_call *rows)
{
	if (db_rows(rows) == 0 || db_is_null(rows, 0, 4))
		return (0);
	return (db_rows(rows));
}

void
store_item_read(const struct db_call *rows, int row, struct store_item *i)
{
	memset(&i->previous, 0, sizeof(i->previous));
	db_uuid(rows, row, 4, &i->turn);
	if (!db_is_null(rows, row, 5))
		db_uuid(rows, row, 5, &i->previous);
	i->role = db_text(rows, row, 6);
	i->model = db_text(rows, row, 7);
	i->prompt = db_text(rows, row, 8);
	i->response = db_text(rows, row, 9);
	i->status = db_text(rows, row, 10);
	i->created = db_time(rows, row, 11);
	i->error_code = db_text(rows, row, 12);
}

int
store_item_add(
    struct flow *f, const struct uuid *conversation, const char *turns)
{
	struct db_call *call = store_call_for(&f->user, &item_add);

	db_bind_uuid(call, conversation);
	db_bind_text(call, turns);
	return (flow_query(f, call));
}

int
store_item_delete(struct flow *f, const struct uuid *conversation,
    const struct uuid *turn, bool prompt)
{
	struct db_call *call = store_call_for(&f->user, &item_delete);

	db_bind_uuid(call, conversation);
	db_bind_uuid(call, turn);
	db_bind_text(call, prompt ? "t" : "f");
	return (flow_query(f, call));
}

enum store_item_deleted
store_item_deleted(const struct db_call *rows)
{
	return ((enum store_item_deleted)db_int(rows, 0, 4));
}

/* The number in an id that a client may have made up; 0 is nobody's. */
static int64_t
number_of(const struct uuid *turn)
{
	uint32_t number = uuid_conversation(turn);

	return (number <= INT32_MAX ? number : 0);
}

int
store_item_delete_turn(struct flow *f, const struct uuid *turn)
{
	struct db_call *call = store_call_for(&f->user, &item_delete_turn);

	db_bind_int(call, number_of(turn));
	db_bind_uuid(call, turn);
	return (flow_query(f, call));
}

bool
store_item_turn_deleted(const struct db_call *rows)
{
	return (db_bool(rows, 0, 3));
}

int
store_item_of_turn(struct flow *f, const struct uuid *turn)
{
	struct db_call *call = store_call_for(&f->user, &item_of_turn);

	db_bind_int(call, number_of(turn));
	db_bind_uuid(call, turn);
	return (flow_query(f, call));
}

int
store_item_texts(struct flow *f, const char *turns)
{
	struct db_call *call = store_call_for(&f->user, &item_texts);

	db_bind_text(call, turns);
	return (flow_query(f, call));
}

bool
store_item_text(const struct db_call *rows, int row, struct store_item_text *t)
{
	t->n = db_int(rows, row, 3);
	t->role = db_text(rows, row, 4);
	t->prompt = db_text(rows, row, 5);
	t->response = db_text(rows, row, 6);
	return (db_bool(rows, row, 7));
}
