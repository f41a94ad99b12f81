#include "store/store_allowance.h"
#include "store/store_search.h"

#define OWN_WORDS "search_query($1::text || '/', $5)"

/*
 * The longest word typed is what the snippet is cut around; a part of a word
 * at its beginning is left out.
 */
#define SNIPPET_BEFORE "60" /* characters */
#define SNIPPET        "240"

#define MARKS \
	"'HighlightAll=true, StartSel=' || chr(57344) || ', StopSel=' ||" \
	" chr(57345)"

/*
 * $1-$4 actor, $5 typed, $6 archived (NULL: either), $7 after, $8 page size
 * -> allowance, conversation, whether $7 is there or NULL, snippet or NULL
 *
 * Note [a common word]: what matches is found by the index, which has the
 * user in every word; to know the conversations their rows are read, of a word
 * that is in more than MATCHES_MAX turns of the user those only.
 */
#define MATCHES_MAX "4000"

STATEMENT(search,
    "WITH a AS (" STORE_ALLOWANCE "), m AS MATERIALIZED ("
    " SELECT conversation, id FROM turns WHERE user_id = $1"
    " AND status <> 'running' AND search_words(user_id, prompt, response)"
    " @@ " OWN_WORDS " LIMIT " MATCHES_MAX "), h AS ("
    " SELECT conversation AS number, ln(1 + count(*)) AS weight,"
    " (array_agg(id ORDER BY id DESC))[1] AS turn FROM m GROUP BY 1"
    "), n AS MATERIALIZED ("
    " SELECT number, 3 AS weight FROM conversations WHERE user_id = $1"
    " AND search_words(user_id, title, '') @@ " OWN_WORDS
    "), r AS MATERIALIZED ("
    " SELECT c.id, number, h.turn, row_number() OVER (ORDER BY"
    " coalesce(h.weight, 0) + coalesce(n.weight, 0) + 2 / (1 + extract("
    " epoch FROM now() - c.updated_at) / 2592000) DESC, number DESC) AS rank"
    " FROM h FULL JOIN n USING (number)"
    " JOIN conversations c USING (number) WHERE c.user_id = $1"
    " AND ($6::boolean IS NULL OR c.archived = $6::boolean)"
    "), p AS ("
    " SELECT number, turn, rank FROM r WHERE rank >"
    " coalesce((SELECT rank FROM r WHERE id = $7::uuid), 0)"
    " ORDER BY rank LIMIT $8"
    "), w AS ("
    " SELECT word FROM unnest(tsvector_to_array(to_tsvector('simple', $5)))"
    " AS word ORDER BY length(word) DESC LIMIT 1) "
    "SELECT a.max, a.used, now(), " STORE_CONVERSATION ","
    " $7::uuid IS NULL OR EXISTS (SELECT FROM r WHERE id = $7::uuid),"
    " ts_headline('simple', s.text, search_query('', $5), " MARKS ")"
    " FROM a LEFT JOIN p ON true"
    " LEFT JOIN conversations c ON c.user_id = $1 AND c.number = p.number"
    " LEFT JOIN turns t ON t.user_id = $1 AND t.conversation = p.number"
    " AND t.id = p.turn LEFT JOIN LATERAL ("
    " SELECT translate(CASE WHEN x.start > 1 THEN"
    " regexp_replace(substr(x.text, x.start, " SNIPPET "), '^\\S{1,20}\\s', '')"
    " ELSE left(x.text, " SNIPPET ") END, chr(57344) || chr(57345), '')"
    " AS text FROM (SELECT o.text, strpos(lower(o.text),"
    " (SELECT word FROM w)) - " SNIPPET_BEFORE " AS start FROM ("
    " SELECT left(t.prompt, 20000) || ' ' || left(t.response, 20000)"
    " AS text) o) x"
    ") s ON true ORDER BY p.rank");

int
store_search(struct flow *f, const char *typed, enum store_archived archived,
    const struct uuid *after, int limit)
{
	struct db_call *call = store_call_for(&f->user, &search);

	db_bind_text(call, typed);
	db_bind_text(call, store_archived_text(archived));
	db_bind_uuid(call, after);
	db_bind_int(call, limit);
	return (flow_query(f, call));
}

bool
store_search_begins(const struct db_call *rows)
{
	return (db_bool(rows, 0, 10));
}

const char *
store_search_snippet(const struct db_call *rows, int row)
{
	return (db_is_null(rows, row, 11) ? NULL : db_text(rows, row, 11));
}
