#include "store/store_allowance.h"
#include "store/store_search.h"

/*
 * Note [order]: all whose titles match, and the WINDOW newest in which turns
 * do, are sorted: titles first, then by latest activity. What is older follows
 * by number. So of what is rare everything is sorted; of what is common a page
 * costs the same wherever it is, and each conversation is on one page.
 *
 * How turns are found is in migrations/0015_search_shelves.sql, and 0016.
 */
#define WINDOW "20"

/* number, turn of so many of the newest below a number (NULL: of none). */
#define NEWEST(below, without, most) \
	" SELECT s.number, s.turn FROM q, search_newest($1, q.whole, q.begun," \
	" " below ", $6::boolean, " without ", " most ") s" \
	" ORDER BY s.number DESC LIMIT " most

#define BY_ACTIVITY(of) "ORDER BY c.updated_at DESC, " #of ".number DESC"

/*
 * The longest word typed is what the snippet is cut around; a part of a word
 * at its beginning is left out.
 */
#define SNIPPET_BEFORE "60" /* characters */
#define SNIPPET        "240"

#define MARKS \
	"'HighlightAll=true, StartSel=' || chr(57344) || ', StopSel=' ||" \
	" chr(57345)"

/* The parser takes a run of Han for one word, so there the marks are about
 * what was typed of it. */
#define MARKED \
	"CASE WHEN l.parsed THEN" \
	" ts_headline('simple', s.text, l.query, " MARKS ")" \
	" ELSE replace(s.text, l.word," \
	" chr(57344) || l.word || chr(57345)) END"

/* clang-format off */
/*
 * $1-$4 actor, $5 typed, $6 archived (NULL: either), $7 after, $8 page size
 * -> allowance, conversation, whether $7 is there or NULL, snippet or NULL
 *
 * q what is looked for; n the titles; w the window, unless the titles fill the
 * page; r both, sorted; f where the page begins; e the oldest of a full
 * window; x the rest of r; o what is older; p the page; l the longest word,
 * whether the parser takes it for one, and what is to be marked.
 */
STATEMENT(search,
    "WITH a AS (" STORE_ALLOWANCE "), q AS MATERIALIZED ("
    " SELECT search_query(chr(1), $5 || ' ')::text AS whole,"
    " search_query(chr(1), $5)::text AS begun"
    "), n AS MATERIALIZED ("
    " SELECT c.id, s.number, row_number() OVER (" BY_ACTIVITY(s) ") AS rank"
    " FROM search_titles($1, search_query($1 || '/', $5)) s, LATERAL ("
    " SELECT id, updated_at, archived FROM conversations"
    " WHERE user_id = $1 AND number = s.number LIMIT 1) c"
    " WHERE $6::boolean IS NULL OR c.archived = $6::boolean"
    "), w AS MATERIALIZED ("
    NEWEST("(SELECT max(number) + 1 FROM conversations WHERE user_id = $1 AND ("
	"SELECT count(*) FROM n WHERE $7::uuid IS NULL OR rank > ("
	"SELECT rank FROM n WHERE id = $7::uuid)) < $8)", "'{}'", WINDOW)
    "), r AS MATERIALIZED ("
    " SELECT n.id, n.number, w.turn, n.rank FROM n LEFT JOIN w USING (number)"
    " UNION ALL SELECT c.id, w.number, w.turn, (SELECT count(*) FROM n) +"
    " row_number() OVER (" BY_ACTIVITY(w) ") FROM w, LATERAL ("
    " SELECT id, updated_at FROM conversations"
    " WHERE user_id = $1 AND number = w.number LIMIT 1) c"
    " WHERE w.number NOT IN (SELECT number FROM n)"
    "), f AS MATERIALIZED ("
    " SELECT number, (SELECT rank FROM r WHERE id = $7::uuid) AS rank"
    " FROM conversations WHERE user_id = $1 AND id = $7::uuid"
    "), e AS MATERIALIZED ("
    " SELECT min(number) AS number FROM w HAVING count(*) = " WINDOW
    "), x AS MATERIALIZED ("
    " SELECT * FROM r WHERE $7::uuid IS NULL OR rank > (SELECT rank FROM f)"
    "), o AS ("
    NEWEST("(SELECT least(e.number, CASE WHEN f.rank IS NULL THEN f.number END)"
	" FROM e LEFT JOIN f ON true WHERE (SELECT count(*) FROM x) < $8)",
	"ARRAY(SELECT number FROM n)",
	"greatest($8 - (SELECT count(*) FROM x), 0)::integer")
    "), p AS MATERIALIZED ("
    " SELECT y.number, coalesce(y.turn, search_turn($1, y.number, q.whole,"
    " q.begun)) AS turn, y.rank FROM q, ("
    " SELECT number, turn, rank FROM x"
    " UNION ALL SELECT number, turn, 4294967296 - number FROM o"
    " ORDER BY rank LIMIT $8) y"
    "), l AS MATERIALIZED ("
    " SELECT word, search_runs(word) = word AS parsed,"
    " search_query('', $5) AS query"
    " FROM unnest(tsvector_to_array(to_tsvector('simple', $5)))"
    " AS word ORDER BY length(word) DESC LIMIT 1) "
    "SELECT a.max, a.used, now(), " STORE_CONVERSATION ","
    " $7::uuid IS NULL OR EXISTS (SELECT FROM f LEFT JOIN e ON true"
    " WHERE rank IS NOT NULL OR f.number < e.number),"
    " " MARKED " FROM a LEFT JOIN l ON true LEFT JOIN p ON true"
    " LEFT JOIN LATERAL (SELECT * FROM conversations"
    " WHERE user_id = $1 AND number = p.number LIMIT 1) c ON true"
    " LEFT JOIN LATERAL (SELECT prompt, response FROM turns WHERE user_id = $1"
    " AND conversation = p.number AND id = p.turn LIMIT 1) t ON true"
    " LEFT JOIN LATERAL ("
    " SELECT translate(CASE WHEN x.start > 1 THEN"
    " regexp_replace(substr(x.text, x.start, " SNIPPET "), '^\\S{1,20}\\s', '')"
    " ELSE left(x.text, " SNIPPET ") END, chr(57344) || chr(57345), '')"
    " AS text FROM (SELECT o.text,"
    " strpos(lower(o.text), l.word) - " SNIPPET_BEFORE " AS start FROM ("
    " SELECT left(t.prompt, 20000) || ' ' || left(t.response, 20000)"
    " AS text) o) x"
    ") s ON true ORDER BY p.rank");
/* clang-format on */

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
