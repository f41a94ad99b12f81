/*
 * Turns that arrive together in a worker begin by one statement and one
 * commit, which costs PostgreSQL little more than a single one. Only the
 * usual case is grouped: a session's turn, answered at once, in a conversation
 * that is there. Everything else, and any group that fails, takes the single
 * statement.
 */
#include <string.h>

#include "core/config.h"
#include "core/db_group.h"
#include "store/store_allowance.h"
#include "store/store_conversations.h"
#include "store/store_turns.h"

/* Longer ones are not worth copying once more. */
#define TEXT_MAX 4096 /* bytes, of prompt and response */

/*
 * Arrays: $1 user, $2 session, $3 the server's limit, $4 conversation, $5 id,
 * $6 model, $7 prompt, $8 response, $9 prompt_tokens, $10 response_tokens
 * -> what turn_begin answers, and which of them it is about (1 ...); no row:
 * may not act
 *
 * It does what turn_begin does, and note [taking one] holds. OFFSET 0 has users
 * looked up one by one, where a join would hash them all. There is one turn
 * of each user in it, and they stand in the order of their users: so groups
 * lock in one order and wait for each other without a deadlock.
 */
/* clang-format off */
STATEMENT(turn_begin_group,
    "WITH w AS MATERIALIZED ("
    " SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::integer[],"
    " $4::integer[], $5::uuid[], $6::text[], $7::text[], $8::text[],"
    " $9::integer[], $10::integer[]) WITH ORDINALITY"
    " AS w (who, session, max, conversation, id, model, prompt, response,"
    " prompt_tokens, response_tokens, row)"
    "), u AS MATERIALIZED ("
    " SELECT w.row, w.who, u.max FROM w CROSS JOIN LATERAL ("
    "SELECT coalesce(u.daily_limit, w.max) AS max"
    " FROM " STORE_MAY_ACT("w.who", "w.session", "NULL::bytea")
    " OFFSET 0) u), l AS MATERIALIZED ("
    " SELECT c.user_id, c.number, c.id FROM w JOIN conversations c"
    " ON c.user_id = w.who AND c.number = w.conversation"
    " ORDER BY c.user_id FOR NO KEY UPDATE OF c"
    "), d AS ("
    " INSERT INTO daily_usage AS d (user_id, day, used, models)"
    " SELECT w.who, " STORE_TODAY ", 1,"
    " usage_add('{}', lower(w.model), 1, w.prompt_tokens, w.response_tokens)"
    " FROM w JOIN u ON u.who = w.who JOIN l ON l.user_id = w.who"
    " WHERE u.max > 0 ORDER BY w.who"
    " ON CONFLICT (user_id, day) DO UPDATE SET used = d.used + 1,"
    " models = (SELECT usage_add(d.models, lower(w.model), 1,"
    " w.prompt_tokens, w.response_tokens) FROM w WHERE w.who = d.user_id)"
    " WHERE d.used < (SELECT max FROM u WHERE u.who = d.user_id)"
    " RETURNING user_id, used"
    "), a AS ("
    " UPDATE conversations c SET updated_at = now(),"
    " listed_at = " STORE_LISTED_AT("c.user_id") ","
    " title = CASE WHEN title <> '' THEN title ELSE " STORE_TITLE("w.prompt")
    " END FROM d JOIN w ON w.who = d.user_id"
    " WHERE c.user_id = d.user_id AND c.number = w.conversation"
    "), t AS ("
    " INSERT INTO turns (user_id, conversation, id, model, prompt, response,"
    " status, prompt_tokens, response_tokens, created_at, finished_at)"
    " SELECT w.who, w.conversation, w.id, w.model, w.prompt, w.response,"
    " 'completed', w.prompt_tokens, w.response_tokens, now(), now()"
    " FROM d JOIN w ON w.who = d.user_id"
    ") "
    "SELECT u.max, coalesce(d.used, u.max), now(), CASE"
    " WHEN d.used IS NOT NULL THEN 0 WHEN l.number IS NULL THEN 1 ELSE 3 END,"
    " CASE WHEN d.used IS NOT NULL THEN l.number END, l.id, u.row"
    " FROM u LEFT JOIN d ON d.user_id = u.who"
    " LEFT JOIN l ON l.user_id = u.who ORDER BY u.row");
/* clang-format on */

/* Where turn_begin has what those arrays are made of. */
static const int params[] = {0, 1, 3, 4, 5, 6, 7, 8, 10, 11, -1};

DB_GROUP_KIND(turns, turn_begin_group, 32, params);

static bool
is_usual(const struct actor *actor, const struct store_turn *t, const char *key)
{
	return (actor->key_hash[0] == '\0' && key == NULL &&
	    t->conversation != 0 && t->more == NULL && !t->has_parent &&
	    t->details == NULL &&
	    strlen(t->prompt) + strlen(t->response) <= TEXT_MAX);
}

int
store_turn_complete(struct flow *f, const struct store_turn *t, const char *key,
    const char *fingerprint)
{
	struct db_call *call;

	call = store_turn_begin(&f->user, t, key, fingerprint);
	if (!is_usual(&f->user, t, key))
		return (flow_query(f, call));
	return (flow_query_together(f, &turns, call));
}
