#include <string.h>

#include "store/store_allowance.h"
#include "store/store_items.h"
#include "store/store_page.h"
#include "store/store_shares.h"

#define NO_TURN "'00000000-0000-0000-0000-000000000000'"

/*
 * $1-$4 actor, $5 conversation, $6 hash, $7 links that stay
 * -> allowance, made
 */
STATEMENT(share_make,
    "WITH a AS (" STORE_ALLOWANCE "), c AS ("
    " SELECT number FROM conversations WHERE user_id = $1 AND id = $5::uuid"
    " AND EXISTS (SELECT FROM a) FOR NO KEY UPDATE"
    "), s AS ("
    " INSERT INTO shares (user_id, conversation, token_hash, last_turn)"
    " SELECT $1, number, $6::bytea, coalesce((SELECT id FROM turns"
    " WHERE user_id = $1 AND conversation = number"
    " ORDER BY id DESC LIMIT 1), " NO_TURN ") FROM c"
    " ON CONFLICT (user_id, conversation, token_hash) DO UPDATE"
    " SET created_at = shares.created_at RETURNING created_at"
    "), d AS ("
    " DELETE FROM shares USING (SELECT token_hash FROM shares"
    " WHERE user_id = $1 AND conversation = (SELECT number FROM c)"
    " ORDER BY created_at DESC OFFSET $7::integer - 1) o"
    " WHERE user_id = $1 AND conversation = (SELECT number FROM c)"
    " AND shares.token_hash = o.token_hash AND o.token_hash <> $6::bytea) "
    "SELECT a.max, a.used, now(), s.created_at FROM a LEFT JOIN s ON true");

/* $1-$4 actor, $5 conversation -> allowance, whether it is there */
STATEMENT(share_end,
    "WITH a AS (" STORE_ALLOWANCE "), c AS ("
    " SELECT number FROM conversations WHERE user_id = $1 AND id = $5::uuid"
    " AND EXISTS (SELECT FROM a)"
    "), d AS ("
    " DELETE FROM shares WHERE user_id = $1"
    " AND conversation = (SELECT number FROM c)) "
    "SELECT a.max, a.used, now(), EXISTS (SELECT FROM c) FROM a");

/*
 * $1 owner, $2 hash, $3 from, $4 page size -> title, created, shared, number,
 * item, turns there would have been on the page
 */
/* clang-format off */
#define TURNS \
	"turns WHERE user_id = $1 AND conversation = (SELECT conversation" \
	" FROM s) AND id >= $3::uuid AND id <= (SELECT last_turn FROM s)"
STATEMENT(share_view,
    "WITH s AS MATERIALIZED ("
    " SELECT s.conversation, s.last_turn, s.created_at AS shared, c.title,"
    " c.created_at FROM shares s"
    " JOIN users u ON u.id = s.user_id AND u.disabled_at IS NULL"
    " JOIN conversations c ON c.user_id = $1 AND c.number = s.conversation"
    " WHERE s.user_id = $1 AND s.token_hash = $2::bytea), "
    STORE_PAGE(TURNS, "id", STORE_ITEM_LENGTH("$3"), "$4")
    " SELECT s.title, s.created_at, s.shared, s.conversation, " STORE_ITEM
    ", page.fetched FROM s CROSS JOIN page" STORE_PAGE_TURNS(TURNS, "id"));
/* clang-format on */

int
store_share_make(
    struct flow *f, const struct uuid *conversation, const char *hash)
{
	struct db_call *call = store_call_for(&f->user, &share_make);

	db_bind_uuid(call, conversation);
	db_bind_text(call, hash);
	db_bind_int(call, STORE_SHARES_MAX);
	return (flow_query(f, call));
}

int64_t
store_share_made(const struct db_call *rows)
{
	return (db_is_null(rows, 0, 3) ? 0 : db_time(rows, 0, 3));
}

int
store_share_end(struct flow *f, const struct uuid *conversation)
{
	struct db_call *call = store_call_for(&f->user, &share_end);

	db_bind_uuid(call, conversation);
	return (flow_query(f, call));
}

bool
store_share_ended(const struct db_call *rows)
{
	return (db_bool(rows, 0, 3));
}

int
store_share_view(struct flow *f, int64_t owner, const char *hash,
    const struct uuid *from, int limit)
{
	static const struct uuid start;
	struct db_call          *call = db_call_new(&share_view);

	db_bind_int(call, owner);
	db_bind_text(call, hash);
	db_bind_uuid(call, from != NULL ? from : &start);
	db_bind_int(call, limit);
	return (flow_query(f, call));
}

bool
store_share_read(const struct db_call *rows, struct store_share *s)
{
	if (db_rows(rows) == 0)
		return (false);
	s->title = db_text(rows, 0, 0);
	s->created = db_time(rows, 0, 1);
	s->shared = db_time(rows, 0, 2);
	return (true);
}
