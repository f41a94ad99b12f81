/*
 * A page of turns, as parts of a statement: so many, or fewer when those are
 * large, so that neither the worker nor a client has to hold more; the last one
 * begins within STORE_PAGE_BYTES of texts. Their lengths are known without
 * fetching the texts.
 *
 * "from" is what the turns are chosen from and by, with columns of turns:
 * "turns WHERE ..."; "order" are columns that say their order, "length" is what
 * of a turn counts, "limit" how many there are at most.
 */
#ifndef AICHAT_STORE_PAGE_H
#define AICHAT_STORE_PAGE_H

#define STORE_PAGE_BYTES  "262144"
#define STORE_PAGE_LENGTH "octet_length(prompt) + octet_length(response)"

/* A WITH query of one row: how many turns there would have been (fetched), and
 * how many are on the page. */
#define STORE_PAGE(from, order, length, limit) \
	"page AS (SELECT count(*) AS fetched," \
	" count(*) FILTER (WHERE begins < " STORE_PAGE_BYTES \
	") AS turns FROM (" \
	" SELECT sum(" length ") OVER (ORDER BY " order \
	" ROWS UNBOUNDED PRECEDING) - (" length ") AS begins" \
	" FROM " from " ORDER BY " order " LIMIT " limit ") lengths)"

/*
 * Joins them as t to a row of page and what is before it; one without turns
 * stays. What one row is joined to laterally comes in its own order, so nobody
 * sorts the texts once more.
 */
#define STORE_PAGE_TURNS(from, order) \
	" LEFT JOIN LATERAL (SELECT * FROM " from " ORDER BY " order \
	" LIMIT page.turns) t ON true"

#endif
