#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_command.h"
#include "cli_db.h"
#include "cli_password.h"
#include "cli_user.h"
#include "core/names.h"
#include "core/reset_token.h"

#define RESET_HOURS     24
#define RESET_HOURS_MAX 720

/* Without the white space at its ends; the caller owns it. */
static char *
trimmed(const char *text)
{
	size_t size = strlen(text) + 1;
	char  *out;

	if ((out = malloc(size)) == NULL)
		abort();
	names_trim(text, out, size);
	return (out);
}

static void
refuse_taken(PGconn *db, const char *name, const char *email)
{
	const char *values[2] = {name, email};
	PGresult   *rows;

	rows = cli_db_run(db,
	    "SELECT EXISTS (SELECT FROM users"
	    " WHERE username_key = name_key($1)), EXISTS (SELECT FROM users"
	    " WHERE email_key = name_key($2))",
	    2, values);
	if (*PQgetvalue(rows, 0, 0) == 't')
		cli_fail("there is a user %s already", name);
	if (*PQgetvalue(rows, 0, 1) == 't')
		cli_fail("there is a user with the e-mail %s already", email);
	PQclear(rows);
}

void
cli_user_add(int argc, char **argv)
{
	PGconn     *db = cli_db_open();
	PGresult   *rows;
	char       *name = trimmed(argv[0]), *email = trimmed(argv[1]);
	const char *problem, *values[3];

	(void)argc;
	if ((problem = names_check_username(name)) != NULL ||
	    (problem = names_check_email(email)) != NULL)
		cli_fail("%s", problem);
	refuse_taken(db, name, email);
	values[0] = name;
	values[1] = email;
	values[2] = cli_password_hash(name, email);
	rows = cli_db_run(db,
	    "WITH u AS (INSERT INTO users (username, email, password_hash)"
	    " VALUES ($1, $2, $3) RETURNING id), " CLI_DB_AUDIT(
		"user_added", "NULL", "u") " SELECT id FROM u",
	    3, values);
	printf("user %s has the id %s\n", name, PQgetvalue(rows, 0, 0));
	PQclear(rows);
	PQfinish(db);
	free(name);
	free(email);
}

void
cli_user_passwd(int argc, char **argv)
{
	PGconn     *db = cli_db_open();
	PGresult   *user = cli_user_find(db, argv[0]);
	const char *values[2] = {PQgetvalue(user, 0, 0)};

	(void)argc;
	values[1] = cli_password_hash(argv[0], PQgetvalue(user, 0, 1));
	PQclear(cli_db_run(db,
	    "WITH u AS (UPDATE users SET password_hash = $2,"
	    " epoch = epoch + 1, tokens_from = now()"
	    " WHERE id = $1 RETURNING id), s AS ("
	    " UPDATE sessions SET ended_at = now()"
	    " WHERE user_id = $1 AND ended_at IS NULL), r AS ("
	    " DELETE FROM password_resets WHERE user_id = $1), " CLI_DB_AUDIT(
		"user_password", "NULL", "u") " SELECT FROM u",
	    2, values));
	PQclear(user);
	PQfinish(db);
}

static int
read_hours(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	int    hours = atoi(text);

	if (digits == 0 || digits > 3 || text[digits] != '\0' || hours < 1 ||
	    hours > RESET_HOURS_MAX)
		cli_misused(
		    "the hours are a number from 1 to %d", RESET_HOURS_MAX);
	return (hours);
}

/* A new one takes the place of the one before. */
void
cli_user_reset_link(int argc, char **argv)
{
	int         hours = argc > 1 ? read_hours(argv[1]) : RESET_HOURS;
	PGconn     *db = cli_db_open();
	PGresult   *user = cli_user_find(db, argv[0]), *rows;
	char        token[RESET_TOKEN_SIZE], hash[RESET_TOKEN_HASH_SIZE];
	char        number[12];
	const char *values[3] = {PQgetvalue(user, 0, 0), hash, number};

	reset_token_new(token);
	reset_token_hash(token, hash);
	snprintf(number, sizeof(number), "%d", hours);
	rows = cli_db_run(db,
	    "WITH u AS (INSERT INTO password_resets"
	    " (user_id, token_hash, expires_at)"
	    " SELECT id, $2::bytea, now() + make_interval(hours => $3::integer)"
	    " FROM users WHERE id = $1 AND disabled_at IS NULL"
	    " ON CONFLICT (user_id) DO UPDATE"
	    " SET token_hash = excluded.token_hash,"
	    " expires_at = excluded.expires_at, used_by = NULL"
	    " RETURNING user_id AS id, expires_at), " CLI_DB_AUDIT(
		"user_reset_link", "NULL",
		"u") " SELECT to_char(expires_at, 'YYYY-MM-DD HH24:MI') FROM u",
	    3, values);
	if (PQntuples(rows) == 0)
		cli_fail("the user %s is disabled", argv[0]);
	printf("%s\n", token);
	fflush(stdout);
	fprintf(stderr,
	    "Good once, until %s UTC, for: POST /auth/reset "
	    "{\"token\": ..., \"password\": ...}\n",
	    PQgetvalue(rows, 0, 0));
	sodium_memzero(token, sizeof(token));
	PQclear(rows);
	PQclear(user);
	PQfinish(db);
}
