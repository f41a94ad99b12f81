/*
 * Turns page by page. The first page of a conversation, which is asked for
 * most, is fetched together with those that others ask for (core/db_group.h):
 * PostgreSQL needs half as long for it.
 */
#include <string.h>

#include "core/config.h"
#include "core/db_group.h"
#include "store/store_allowance.h"
#include "store/store_page.h"
#include "store/store_turns.h"

/* clang-format off */
#define COLUMNS "id, conversation, model, prompt, response, status, created_at"
/* The status that nearly all have is not sent. */
#define TURN \
	"t.id, t.conversation, t.model, t.prompt, t.response," \
	" nullif(t.status, 'completed')::text, t.created_at, t.last"

/* Of each turn, whether the texts have come to what a page may hold; one pass
 * over the rows. */
#define UP_TO(order) \
	"sum(" STORE_PAGE_LENGTH ") OVER (ORDER BY " order \
	" ROWS UNBOUNDED PRECEDING)"
#define PAGE(with, more, from, order, limit) \
	"WITH a AS (" STORE_ALLOWANCE ")" with \
	" SELECT a.max, a.used, now(), " TURN more " FROM a LEFT JOIN LATERAL (" \
	"SELECT * FROM (SELECT " COLUMNS more ", " \
	UP_TO(order) " - (" STORE_PAGE_LENGTH ") < " STORE_PAGE_BYTES \
	" AS fits, " UP_TO(order) " >= " STORE_PAGE_BYTES " AS last" \
	" FROM " from " ORDER BY " order " LIMIT " limit ") x WHERE fits" \
	") t ON true"

/* $1-$4 actor, $5 conversation, $6 after, $7 page size -> allowance, turn */
STATEMENT(turn_page,
    PAGE("", "", "turns WHERE user_id = $1 AND conversation = $5"
	" AND id > $6::uuid", "id", "$7"));

/*
 * $1-$4 actor, $5 after, $6 page size -> allowance, turn
 * The page is chosen from the primary key alone, then its rows are fetched.
 */
STATEMENT(turn_page_of_all,
    PAGE(", p AS MATERIALIZED (SELECT conversation, id FROM turns"
	" WHERE user_id = $1 AND id > $5::uuid ORDER BY id LIMIT $6)", "",
	"p JOIN turns USING (conversation, id) WHERE user_id = $1", "id", "$6"));

/*
 * $1-$4 actor, $5 conversation, $6 after, $7 page size
 * -> allowance, turn, tokens of prompt and response
 * In the order of the primary key: a page costs the same in the largest
 * account.
 */
STATEMENT(turn_page_stored,
    PAGE("", ", prompt_tokens, response_tokens", "turns WHERE user_id = $1"
	" AND (conversation, id) > ($5::integer, $6::uuid)",
	"conversation, id", "$7"));

/*
 * A first page adds nothing up: so few turns fit if none is larger than its
 * part. A larger one comes without its text, and ends the page. How many they
 * are is hidden from the planner, which would else rather fetch and sort a
 * whole conversation than follow the key.
 */
#define DIGITS_OF(number) #number
#define DIGITS(number)    DIGITS_OF(number)
#define TURNS             DIGITS(STORE_TURN_FIRST)
#define IF_SMALL(text) \
	"CASE WHEN " STORE_PAGE_LENGTH " <= " STORE_PAGE_BYTES " / " TURNS \
	" THEN " text " END AS " text
#define FIRST(user, number) \
	"(SELECT id, conversation, model, " IF_SMALL("prompt") ", " \
	IF_SMALL("response") ", status, created_at, false AS last FROM turns" \
	" WHERE user_id = " user " AND conversation = " number \
	" ORDER BY id LIMIT (SELECT " TURNS ")) t"

/* $1-$4 actor, $5 conversation -> allowance, turn */
STATEMENT(turn_first,
    "WITH a AS (" STORE_ALLOWANCE ") SELECT a.max, a.used, now(), " TURN
    " FROM a LEFT JOIN LATERAL " FIRST("$1", "$5") " ON true");

/*
 * Arrays: $1 user, $2 session, $3 the server's limit, $4 conversation
 * -> what turn_first answers, and which of them it is about (1 ...)
 * OFFSET 0 has each user looked up once, by key.
 */
STATEMENT(turn_first_group,
    "SELECT a.max, a.used, now(), " TURN ", w.row FROM unnest($1::bigint[],"
    " $2::uuid[], $3::integer[], $4::integer[]) WITH ORDINALITY"
    " AS w (who, session, max, conversation, row) CROSS JOIN LATERAL ("
    STORE_ALLOWANCE_OF("w.who", "w.session", "NULL::bytea", "w.max")
    " OFFSET 0) a LEFT JOIN LATERAL " FIRST("w.who", "w.conversation")
    " ON true ORDER BY w.row");
/* clang-format on */

/* Where turn_first has what those arrays are made of. */
static const int first_params[] = {0, 1, 3, 4, -1};

/* Few, as each may bring a whole page. */
DB_GROUP_KIND(firsts, turn_first_group, 8, first_params);

int
store_turn_first(struct flow *f, int64_t conversation)
{
	struct db_call *call = store_call_for(&f->user, &turn_first);

	db_bind_int(call, conversation);
	if (f->user.key_hash[0] != '\0')
		return (flow_query(f, call));
	return (flow_query_together(f, &firsts, call));
}

int
store_turn_page(
    struct flow *f, int64_t conversation, const struct uuid *after, int limit)
{
	struct db_call *call;

	call = store_call_for(
	    &f->user, conversation != 0 ? &turn_page : &turn_page_of_all);
	if (conversation != 0)
		db_bind_int(call, conversation);
	db_bind_uuid(call, after);
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

int
store_turn_page_count(const struct db_call *rows, int limit, bool *more)
{
	int count = store_turn_count(rows), n = 0;

	while (n < count && !db_is_null(rows, n, 6))
		n++;
	*more = n < count || n == limit || (n > 0 && db_bool(rows, n - 1, 10));
	return (n);
}

void
store_turn_read_page(const struct db_call *rows, int row, struct store_turn *t)
{
	memset(t, 0, sizeof(*t));
	db_uuid(rows, row, 3, &t->id);
	t->conversation = db_int(rows, row, 4);
	t->model = db_text(rows, row, 5);
	t->prompt = db_text(rows, row, 6);
	t->response = db_text(rows, row, 7);
	t->status = "completed";
	if (!db_is_null(rows, row, 8))
		t->status = db_text(rows, row, 8);
	t->created = db_time(rows, row, 9);
}

void
store_turn_read_stored(
    const struct db_call *rows, int row, struct store_turn *t)
{
	store_turn_read_page(rows, row, t);
	t->prompt_tokens = db_int(rows, row, 11);
	t->response_tokens = db_int(rows, row, 12);
}
