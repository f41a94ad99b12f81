#include "store/store_allowance.h"
#include "store/store_export.h"

/* $1-$4 actor, $5 after, $6 page size -> conversation */
STATEMENT(export_conversations,
    "WITH a AS (SELECT u.id, $4::integer FROM " STORE_ACTIVE_USER ") "
    "SELECT c.number, c.id, c.title, c.instructions, c.metadata::text,"
    " c.created_at, c.updated_at FROM a LEFT JOIN ("
    " SELECT * FROM conversations WHERE user_id = $1"
    " AND number > $5::integer ORDER BY number LIMIT $6) c ON true"
    " ORDER BY c.number");

int
store_export_conversations(struct flow *f, int64_t after, int limit)
{
	struct db_call *call = store_call_for(&f->user, &export_conversations);

	db_bind_int(call, after);
	db_bind_int(call, limit);
	return (flow_query(f, call));
}

int
store_export_count(const struct db_call *rows)
{
	if (db_rows(rows) == 0 || db_is_null(rows, 0, 0))
		return (0);
	return (db_rows(rows));
}

static const char *
text_of(const struct db_call *rows, int row, int col)
{
	return (db_is_null(rows, row, col) ? NULL : db_text(rows, row, col));
}

void
store_export_read(const struct db_call *rows, int row, struct store_exported *c)
{
	c->number = db_int(rows, row, 0);
	db_uuid(rows, row, 1, &c->id);
	c->title = db_text(rows, row, 2);
	c->instructions = text_of(rows, row, 3);
	c->metadata = text_of(rows, row, 4);
	c->created = db_time(rows, row, 5);
	c->updated = db_time(rows, row, 6);
}
