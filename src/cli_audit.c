#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_audit.h"
#include "cli_command.h"
#include "cli_db.h"

/* "30m", "24h" or "7d" as PostgreSQL reads an interval; NULL: it is a time. */
static const char *
read_ago(const char *text)
{
	static char interval[32];
	size_t      digits = strspn(text, "0123456789");
	const char *unit;

	if (digits == 0 || digits > 6 || text[digits] == '\0' ||
	    text[digits + 1] != '\0')
		return (NULL);
	switch (text[digits]) {
	case 'm':
		unit = "minutes";
		break;
	case 'h':
		unit = "hours";
		break;
	case 'd':
		unit = "days";
		break;
	default:
		return (NULL);
	}
	snprintf(
	    interval, sizeof(interval), "%.*s %s", (int)digits, text, unit);
	return (interval);
}

/* The rows come one by one: the log may be long. */
static void
print_rows(PGconn *db)
{
	PGresult *row;
	int       i;

	printf("number\ttime\tevent\tuser\taddress\tdetail\n");
	PQsetSingleRowMode(db);
	while ((row = PQgetResult(db)) != NULL) {
		if (PQresultStatus(row) == PGRES_FATAL_ERROR)
			cli_fail("database: %.*s",
			    (int)strcspn(PQerrorMessage(db), "\n"),
			    PQerrorMessage(db));
		for (i = 0; PQntuples(row) > 0 && i < PQnfields(row); i++)
			printf("%s%c", PQgetvalue(row, 0, i),
			    i + 1 < PQnfields(row) ? '\t' : '\n');
		PQclear(row);
	}
}

static void
list(int argc, char **argv)
{
	const char *values[2] = {NULL, NULL};
	PGconn     *db;

	if (argc > 0 && strcmp(argv[0], "--since") != 0)
		cli_misused("%s is not known, --since is", argv[0]);
	if (argc == 1)
		cli_misused("--since needs a time, such as 24h or 2026-01-31");
	if (argc == 2 && (values[0] = read_ago(argv[1])) == NULL)
		values[1] = argv[1];
	db = cli_db_open();
	PQclear(PQprepare(db, "list",
	    "SELECT seq, to_char(at, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'),"
	    " event, coalesce(user_id::text, '-'), coalesce(address, '-'),"
	    " coalesce(detail, '-') FROM audit"
	    " WHERE at >= coalesce(now() - $1::interval, $2::timestamptz,"
	    " '-infinity') ORDER BY seq",
	    0, NULL));
	/* Not PQsendQueryParams(), which is the pool's (core/db_pool.c). */
	if (PQsendQueryPrepared(db, "list", 2, values, NULL, NULL, 0) != 1)
		cli_fail("database: %s", PQerrorMessage(db));
	print_rows(db);
	PQfinish(db);
}

/* SEQ:HASH as an earlier verify printed it: was it cut off or rewritten? */
static void
check_known(PGconn *db, const char *known)
{
	PGresult *rows;

	rows = cli_db_run(db,
	    "SELECT EXISTS (SELECT FROM audit"
	    " WHERE seq || ':' || encode(hash, 'hex') = $1)",
	    1, &known);
	if (*PQgetvalue(rows, 0, 0) != 't')
		cli_fail("the log does not contain %s: it was rewritten or "
			 "cut off",
		    known);
	PQclear(rows);
}

static void
verify(int argc, char **argv)
{
	PGconn   *db = cli_db_open();
	PGresult *rows;

	cli_db_do(db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
	rows = cli_db_run(db,
	    "SELECT counted, good FROM ("
	    " SELECT row_number() OVER w AS counted, seq, hash = audit_hash("
	    " coalesce(lag(hash) OVER w, ''), a) AS good"
	    " FROM audit a WINDOW w AS (ORDER BY seq)) v"
	    " WHERE seq <> counted OR NOT good ORDER BY counted LIMIT 1",
	    0, NULL);
	if (PQntuples(rows) > 0)
		cli_fail(
		    "the chain is broken at entry %s", PQgetvalue(rows, 0, 0));
	PQclear(rows);
	if (argc > 0)
		check_known(db, argv[0]);
	rows = cli_db_run(db,
	    "SELECT seq, encode(hash, 'hex') FROM audit"
	    " ORDER BY seq DESC LIMIT 1",
	    0, NULL);
	if (PQntuples(rows) == 0)
		printf("the log is empty\n");
	else
		printf("%s entries, the chain is whole; its end is %s:%s\n",
		    PQgetvalue(rows, 0, 0), PQgetvalue(rows, 0, 0),
		    PQgetvalue(rows, 0, 1));
	PQclear(rows);
	PQfinish(db);
}

static const struct cli_command commands[] = {
    {"verify", "[END]", "check the chain, and that END is in it", 0, 1, verify},
    {NULL, "[--since 24h|TIME]", "show what happened", 0, 2, list},
};

void
cli_audit(int argc, char **argv)
{
	cli_dispatch("audit", commands, sizeof(commands) / sizeof(commands[0]),
	    argc, argv);
}
