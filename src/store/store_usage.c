#include "store/store_allowance.h"
#include "store/store_usage.h"

/*
 * $1-$4 actor, $5 days -> allowance, day, model, messages, prompt tokens,
 * response tokens
 */
STATEMENT(usage_list,
    "WITH a AS (" STORE_ALLOWANCE "), d AS ("
    " SELECT day::text, m.key AS model, (m.value ->> 0)::bigint AS messages,"
    " (m.value ->> 1)::bigint AS prompt, (m.value ->> 2)::bigint AS response"
    " FROM daily_usage, jsonb_each(models) AS m WHERE user_id = $1"
    " AND day > " STORE_TODAY " - $5::integer) "
    "SELECT a.max, a.used, now(), d.* FROM a LEFT JOIN d ON true"
    " ORDER BY d.day, d.model");

int
store_usage_list(struct flow *f, int64_t days)
{
	struct db_call *call = store_call_for(&f->user, &usage_list);

	db_bind_int(call, days);
	return (flow_query(f, call));
}

int
store_usage_count(const struct db_call *rows)
{
	if (db_rows(rows) == 0 || db_is_null(rows, 0, 3))
		return (0);
	return (db_rows(rows));
}

void
store_usage_read(const struct db_call *rows, int row, struct store_usage *u)
{
	u->date = db_text(rows, row, 3);
	u->model = db_text(rows, row, 4);
	u->messages = db_int(rows, row, 5);
	u->prompt_tokens = db_int(rows, row, 6);
	u->response_tokens = db_int(rows, row, 7);
}
