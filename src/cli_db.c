#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli_command.h"
#include "cli_db.h"
#include "core/config.h"
#include "core/db_conninfo.h"
#include "core/names.h"
#include "store/migrations.h"

#define WIDTH_MAX 40 /* of a column that is filled up with spaces */

static void
check_schema(const char *conninfo)
{
	struct buf problem = {0};

	if (migrations_check(conninfo, &problem) != MIGRATIONS_CURRENT)
		cli_fail("%s", problem.data);
	buf_release(&problem);
}

/* Who runs the command; behind sudo the one who called it. */
static const char *
operator_name(void)
{
	const char          *name = getenv("SUDO_USER");
	const struct passwd *user;

	if (geteuid() == 0 && name != NULL && *name != '\0')
		return (name);
	user = getpwuid(getuid());
	return (user != NULL ? user->pw_name : "unknown");
}

PGconn *
cli_db_open(void)
{
	const char *values[1] = {operator_name()};
	PGconn     *db;
	char       *conninfo;

	cli_load_config();
	conninfo = db_conninfo(config.database_url);
	check_schema(conninfo);
	db = PQconnectdb(conninfo);
	free(conninfo);
	if (PQstatus(db) != CONNECTION_OK)
		cli_fail(
		    "cannot connect to the database: %s", PQerrorMessage(db));
	cli_db_do(db,
	    "SET statement_timeout = 0;"
	    "SET idle_in_transaction_session_timeout = 0;"
	    "SET plan_cache_mode = auto; SET enable_seqscan = on;"
	    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'");
	PQclear(cli_db_run(
	    db, "SELECT set_config('aichat.operator', $1, false)", 1, values));
	return (db);
}

static void
check(PGconn *db, const PGresult *result)
{
	const char *message = PQerrorMessage(db);

	if (PQresultStatus(result) != PGRES_TUPLES_OK &&
	    PQresultStatus(result) != PGRES_COMMAND_OK)
		cli_fail(
		    "database: %.*s", (int)strcspn(message, "\n"), message);
}

PGresult *
cli_db_run(PGconn *db, const char *sql, int n, const char *const *values)
{
	PGresult *result;

	result = PQexecParams(db, sql, n, NULL, values, NULL, NULL, 0);
	check(db, result);
	return (result);
}

void
cli_db_do(PGconn *db, const char *sql)
{
	PGresult *result = PQexec(db, sql);

	check(db, result);
	PQclear(result);
}

/* What a terminal could take for a command is not passed on. */
static void
put(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	for (; *p != '\0'; p++) {
		if (*p < 0x20 || *p == 0x7f) {
			putchar('?');
		} else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) {
			putchar('?');
			p++;
		} else
			putchar(*p);
	}
}

static int
measure(const PGresult *rows, int col)
{
	int i, n, width = names_length(PQfname(rows, col));

	for (i = 0; i < PQntuples(rows); i++) {
		n = names_length(PQgetvalue(rows, i, col));
		if (n > width)
			width = n;
	}
	return (width < WIDTH_MAX ? width : WIDTH_MAX);
}

/* The last column is not filled up. */
static void
put_column(const char *text, int width, bool last)
{
	put(text);
	if (last)
		putchar('\n');
	else if (width == 0)
		putchar('\t');
	else
		printf("%*s",
		    width - names_length(text) > 0
			? width - names_length(text) + 2
			: 2,
		    "");
}

void
cli_db_print(const PGresult *rows)
{
	int  row, col, columns = PQnfields(rows);
	int *widths;
	bool aligned = isatty(STDOUT_FILENO) == 1;

	if ((widths = calloc((size_t)columns + 1, sizeof(*widths))) == NULL)
		abort();
	for (col = 0; aligned && col < columns; col++)
		widths[col] = measure(rows, col);
	for (row = -1; row < PQntuples(rows); row++)
		for (col = 0; col < columns; col++)
			put_column(row == -1 ? PQfname(rows, col)
					     : PQgetvalue(rows, row, col),
			    widths[col], col == columns - 1);
	free(widths);
}
