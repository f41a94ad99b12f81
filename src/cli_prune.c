#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_command.h"
#include "cli_db.h"
#include "cli_prune.h"
#include "core/buf.h"
#include "core/config.h"

#define BATCH "1000" /* rows of one transaction */
#define USERS "200"  /* looked at in one statement */

/*
 * Rows of a few users, found by the table's key, so that no statement looks
 * through a table and each touches only what is its own to remove. Rows
 * somebody has locked are in use.
 */
#define REMOVE(table, key, join, condition) \
	"WITH old AS (SELECT " key " FROM " table " t" \
	" WHERE t.user_id = ANY ($1::bigint[]) AND " condition " LIMIT " BATCH \
	" FOR UPDATE SKIP LOCKED)," \
	" gone AS (DELETE FROM " table " t USING old WHERE " join \
	" RETURNING 1) SELECT count(*) FROM gone"

#define RETAINED "now() - make_interval(days => $2::integer)"

static const struct pruning {
	const char *what;
	bool        retention; /* only if there is one; $2: its days */
	bool        by_user;   /* $1: their ids */
	const char *sql;
} prunings[] = {
    /* An id begins with the time it was made (RFC 9562, version 7): the index
     * tells what may be old, the row whether it is. */
    {"turns", true, true,
	REMOVE("turns", "user_id, conversation, id",
	    "t.user_id = old.user_id AND t.conversation = old.conversation"
	    " AND t.id = old.id",
	    "t.id < (rpad(lpad(to_hex((extract(epoch FROM " RETAINED
	    ") * 1000)::bigint), 12, '0'), 32, '0'))::uuid"
	    " AND t.created_at < " RETAINED " AND t.status <> 'running'")},
    /* Locking a row looks at it again, if a turn was begun there meanwhile. */
    {"conversations", true, true,
	"WITH old AS (SELECT user_id, number FROM conversations c"
	" WHERE user_id = ANY ($1::bigint[]) AND updated_at < " RETAINED
	" AND NOT EXISTS (SELECT FROM turns t WHERE t.user_id = c.user_id"
	" AND t.conversation = c.number) LIMIT " BATCH
	" FOR UPDATE SKIP LOCKED), shared AS (DELETE FROM shares s USING old"
	" WHERE s.user_id = old.user_id AND s.conversation = old.number), gone"
	" AS (DELETE FROM conversations c USING old WHERE"
	" c.user_id = old.user_id AND c.number = old.number RETURNING 1)"
	" SELECT count(*) FROM gone"},
    /* A turn's number of its conversation ends its id (src/core/uuid.h). */
    {"events", false, true,
	REMOVE("turn_events", "user_id, turn, seq",
	    "t.user_id = old.user_id AND t.turn = old.turn AND t.seq = old.seq",
	    "NOT EXISTS (SELECT FROM turns r WHERE r.user_id = t.user_id"
	    " AND r.conversation ="
	    " ('x' || right(t.turn::text, 8))::bit(32)::integer"
	    " AND r.id = t.turn AND (r.finished_at IS NULL"
	    " OR r.finished_at > now() - interval '2 days'))")},
    /* An access token may outlive its session's refresh tokens by hours. */
    {"sessions", false, true,
	REMOVE("sessions", "user_id, id",
	    "t.user_id = old.user_id AND t.id = old.id",
	    "least(t.expires_at, t.ended_at) < now() - interval '1 day'")},
    {"idempotency keys", false, true,
	REMOVE("idempotency_keys", "user_id, key",
	    "t.user_id = old.user_id AND t.key = old.key",
	    "t.created_at < now() - interval '2 days'")},
    {"reset links", false, true,
	REMOVE("password_resets", "user_id", "t.user_id = old.user_id",
	    "t.expires_at < now() - interval '1 day'")},
    {"counts of attempts", false, false,
	"WITH old AS (SELECT key FROM throttle WHERE expires_at <= now()"
	" LIMIT " BATCH " FOR UPDATE SKIP LOCKED), gone AS ("
	"DELETE FROM throttle t USING old WHERE t.key = old.key RETURNING 1)"
	" SELECT count(*) FROM gone"},
};

#define PRUNINGS (sizeof(prunings) / sizeof(prunings[0]))

/* One kind, until a transaction finds less than its most. */
static long long
prune(PGconn *db, const struct pruning *p, const char *users)
{
	char        days[12];
	const char *values[] = {users, days};
	PGresult   *rows;
	long long   n, total = 0;

	snprintf(days, sizeof(days), "%d", config.retention_days);
	do {
		rows = cli_db_run(
		    db, p->sql, p->by_user + p->retention, values);
		n = atoll(PQgetvalue(rows, 0, 0));
		total += n;
		PQclear(rows);
	} while (n >= atoll(BATCH));
	return (total);
}

/* The users behind this one as an array, and the last of them; false: there
 * are no more. */
static bool
next_users(PGconn *db, struct buf *last, struct buf *users)
{
	const char *values[] = {last->data};
	PGresult   *rows;
	bool        found;

	rows = cli_db_run(db,
	    "SELECT max(id), array_agg(id) FROM (SELECT id FROM users"
	    " WHERE id > $1::bigint ORDER BY id LIMIT " USERS ") u",
	    1, values);
	found = !PQgetisnull(rows, 0, 0);
	buf_release(last);
	buf_release(users);
	buf_text(last, PQgetvalue(rows, 0, 0));
	buf_text(users, PQgetvalue(rows, 0, 1));
	PQclear(rows);
	return (found);
}

static void
prune_all(PGconn *db, bool by_user, const char *users, long long *removed)
{
	size_t i;

	for (i = 0; i < PRUNINGS; i++)
		if (prunings[i].by_user == by_user &&
		    (!prunings[i].retention || config.retention_days > 0))
			removed[i] += prune(db, &prunings[i], users);
}

void
cli_prune(void)
{
	PGconn    *db = cli_db_open();
	long long  removed[PRUNINGS] = {0};
	struct buf last = {0}, users = {0};
	size_t     i;

	cli_db_do(db, "SET enable_seqscan = off");
	buf_text(&last, "0");
	while (next_users(db, &last, &users))
		prune_all(db, true, users.data, removed);
	prune_all(db, false, NULL, removed);
	printf("removed");
	for (i = 0; i < PRUNINGS; i++)
		printf("%s %lld %s", i > 0 ? "," : "", removed[i],
		    prunings[i].what);
	printf("\n");
	buf_release(&last);
	buf_release(&users);
	PQfinish(db);
	exit(0);
}
