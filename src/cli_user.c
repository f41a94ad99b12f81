#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_command.h"
#include "cli_db.h"
#include "cli_user.h"

PGresult *
cli_user_find(PGconn *db, const char *name)
{
	PGresult *rows;

	rows = cli_db_run(db,
	    "SELECT id, email FROM users WHERE username_key = name_key($1)", 1,
	    &name);
	if (PQntuples(rows) == 0)
		cli_fail("there is no user %s", name);
	return (rows);
}

static void
list(int argc, char **argv)
{
	PGconn   *db = cli_db_open();
	PGresult *rows;

	(void)argc;
	(void)argv;
	rows = cli_db_run(db,
	    "SELECT u.id, u.username AS name, u.email,"
	    " to_char(u.created_at, 'YYYY-MM-DD') AS since,"
	    " coalesce(to_char((SELECT max(s.used_at) FROM sessions s"
	    " WHERE s.user_id = u.id), 'YYYY-MM-DD HH24:MI'), 'never') AS seen,"
	    " coalesce(d.used, 0) AS today,"
	    " coalesce(u.daily_limit::text, 'default') AS limit,"
	    " CASE WHEN u.disabled_at IS NULL THEN 'active' ELSE 'disabled' END"
	    " AS state FROM users u LEFT JOIN daily_usage d ON d.user_id = u.id"
	    " AND d.day = (now() AT TIME ZONE 'UTC')::date ORDER BY u.id",
	    0, NULL);
	cli_db_print(rows);
	PQclear(rows);
	PQfinish(db);
}

/* Run a statement that changes the user of this name and returns a row. */
static void
change(const char *sql, const char *name, const char *value)
{
	const char *values[2] = {name, value};
	PGconn     *db = cli_db_open();
	PGresult   *rows;

	rows = cli_db_run(db, sql, value == NULL ? 1 : 2, values);
	if (PQntuples(rows) == 0)
		cli_fail("there is no user %s", name);
	PQclear(rows);
	PQfinish(db);
}

/* Every statement looks at disabled_at; what was given out ends as well, so
 * that nothing of it comes back when the user is enabled. */
static void
disable(int argc, char **argv)
{
	(void)argc;
	change(
	    "WITH u AS (UPDATE users"
	    " SET disabled_at = coalesce(disabled_at, now()), epoch = epoch + 1"
	    " WHERE username_key = name_key($1) RETURNING id), s AS ("
	    " UPDATE sessions SET ended_at = now() FROM u"
	    " WHERE user_id = u.id AND ended_at IS NULL), k AS ("
	    " UPDATE api_keys SET revoked_at = now() FROM u"
	    " WHERE user_id = u.id AND revoked_at IS NULL), r AS ("
	    " DELETE FROM password_resets USING u WHERE user_id = u.id), " CLI_DB_AUDIT(
		"user_disabled", "NULL", "u") " SELECT FROM u",
	    argv[0], NULL);
}

static void
enable(int argc, char **argv)
{
	(void)argc;
	change(
	    "WITH u AS (UPDATE users SET disabled_at = NULL"
	    " WHERE username_key = name_key($1) RETURNING id), " CLI_DB_AUDIT(
		"user_enabled", "NULL", "u") " SELECT FROM u",
	    argv[0], NULL);
}

static void
limit(int argc, char **argv)
{
	const char *value = argv[1];
	size_t      digits = strspn(value, "0123456789");

	(void)argc;
	if (strcmp(value, "default") == 0)
		value = "";
	else if (digits == 0 || digits > 9 || value[digits] != '\0')
		cli_misused("the limit is a number of messages a day, or "
			    "\"default\"");
	change(
	    "WITH u AS (UPDATE users SET daily_limit = nullif($2, '')::integer"
	    " WHERE username_key = name_key($1) RETURNING id), " CLI_DB_AUDIT(
		"user_limit", "'limit ' || coalesce(nullif($2, ''), 'default')",
		"u") " SELECT FROM u",
	    argv[0], value);
}

/* For one who lost the device and the recovery codes. */
static void
totp_off(int argc, char **argv)
{
	(void)argc;
	change("WITH u AS (SELECT id FROM users"
	       " WHERE username_key = name_key($1)), t AS ("
	       " DELETE FROM totp USING u WHERE user_id = u.id), " CLI_DB_AUDIT(
		   "totp_disabled", "NULL", "u") " SELECT FROM u",
	    argv[0], NULL);
}

static const struct cli_command commands[] = {
    {"list", "", "show all", 0, 0, list},
    {"add", "NAME EMAIL", "create an account", 2, 2, cli_user_add},
    {"disable", "NAME", "lock out; sessions and keys end", 1, 1, disable},
    {"enable", "NAME", "let in again", 1, 1, enable},
    {"limit", "NAME N|default", "set the messages a day", 2, 2, limit},
    {"passwd", "NAME", "set the password; sessions end", 1, 1, cli_user_passwd},
    {"reset-link", "NAME [HOURS]", "let the user set a new one", 1, 2,
	cli_user_reset_link},
    {"totp-off", "NAME", "no one-time passwords any more", 1, 1, totp_off},
    {"delete", "NAME [--yes]", "remove the account and its data", 1, 2,
	cli_user_delete},
};

void
cli_user(int argc, char **argv)
{
	cli_dispatch("user", commands, sizeof(commands) / sizeof(commands[0]),
	    argc, argv);
}
