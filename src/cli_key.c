#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_command.h"
#include "cli_db.h"
#include "cli_key.h"
#include "cli_user.h"
#include "core/api_key.h"
#include "core/names.h"

/* As POST /auth/keys has them. */
#define NAME_MAX_CHARACTERS 100
#define DAYS_MAX            3650
#define LIMIT_MAX           1000000

static void
list(int argc, char **argv)
{
	const char *values[1] = {argc > 0 ? argv[0] : NULL};
	PGconn     *db = cli_db_open();
	PGresult   *rows;

	if (argc > 0)
		PQclear(cli_user_find(db, argv[0]));
	rows = cli_db_run(db,
	    "SELECT k.id, u.username AS user, k.name, k.prefix,"
	    " to_char(k.created_at, 'YYYY-MM-DD') AS since,"
	    " coalesce(to_char(k.used_at, 'YYYY-MM-DD HH24:MI'), 'never')"
	    " AS used, coalesce(to_char(k.expires_at, 'YYYY-MM-DD HH24:MI'),"
	    " 'never') AS expires, coalesce(k.daily_limit::text, 'none')"
	    " AS limit, CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked'"
	    " WHEN k.expires_at <= now() THEN 'expired'"
	    " WHEN u.disabled_at IS NOT NULL THEN 'disabled'"
	    " ELSE 'active' END AS state"
	    " FROM api_keys k JOIN users u ON u.id = k.user_id"
	    " WHERE $1::text IS NULL OR u.username_key = name_key($1)"
	    " ORDER BY u.id, k.created_at",
	    1, values);
	cli_db_print(rows);
	PQclear(rows);
	PQfinish(db);
}

/* The value of --NAME among the arguments, NULL without; each is taken out. */
static const char *
take_option(int *argc, char **argv, const char *name, int max)
{
	const char *value = NULL;
	size_t      digits;
	int         i;

	for (i = 0; i < *argc && strcmp(argv[i], name) != 0; i++)
		continue;
	if (i == *argc)
		return (NULL);
	value = i + 1 < *argc ? argv[i + 1] : "";
	digits = strspn(value, "0123456789");
	if (digits == 0 || digits > 7 || value[digits] != '\0' ||
	    atoi(value) < 1 || atoi(value) > max)
		cli_misused("%s takes a number from 1 to %d", name, max);
	*argc -= 2;
	memmove(argv + i, argv + i + 2, (size_t)(*argc - i) * sizeof(*argv));
	return (value);
}

static void
check_name(const char *name)
{
	if (*name == '\0' || names_length(name) > NAME_MAX_CHARACTERS)
		cli_misused("the key's name must have 1 to %d characters",
		    NAME_MAX_CHARACTERS);
	if (names_check_username(name) != NULL)
		cli_misused("the key's name must be visible text");
}

static void
insert(PGconn *db, const struct api_key *key, const char *const values[3])
{
	struct actor actor;
	char         id[UUID_TEXT_SIZE], prefix[API_KEY_PREFIX_SIZE], user[24];
	const char  *all[7] = {
	     user, id, prefix, actor.key_hash, values[0], values[1], values[2]};

	api_key_actor(key, &actor);
	api_key_prefix(key, prefix);
	uuid_format(&key->id, id);
	snprintf(user, sizeof(user), "%lld", (long long)key->user_id);
	PQclear(cli_db_run(db,
	    "WITH k AS (INSERT INTO api_keys"
	    " (user_id, id, prefix, secret_hash, name, expires_at, daily_limit)"
	    " VALUES ($1::bigint, $2::uuid, $3, $4::bytea, $5,"
	    " now() + $6::integer * interval '1 day', $7::integer)"
	    " RETURNING user_id AS id), " CLI_DB_AUDIT(
		"key_created", "NULL", "k") " SELECT FROM k",
	    7, all));
}

/* It is shown here, and never again. */
static void
add(int argc, char **argv)
{
	const char    *values[3];
	char           text[API_KEY_SIZE];
	struct api_key key;
	PGresult      *user;
	PGconn        *db;

	values[1] = take_option(&argc, argv, "--days", DAYS_MAX);
	values[2] = take_option(&argc, argv, "--limit", LIMIT_MAX);
	if (argc != 2)
		cli_misused("a user and a name for the key are expected");
	check_name(values[0] = argv[1]);
	db = cli_db_open();
	user = cli_user_find(db, argv[0]);
	api_key_new(&key, atoll(PQgetvalue(user, 0, 0)));
	insert(db, &key, values);
	api_key_format(&key, text);
	printf("%s\n", text);
	sodium_memzero(text, sizeof(text));
	sodium_memzero(&key, sizeof(key));
	PQclear(user);
	PQfinish(db);
}

static void
revoke(int argc, char **argv)
{
	const char *values[1] = {argv[0]};
	struct uuid id;
	PGconn     *db;
	PGresult   *rows;

	(void)argc;
	if (!uuid_parse(argv[0], &id))
		cli_misused("%s is not the id of a key, as `aichat key list` "
			    "shows it",
		    argv[0]);
	db = cli_db_open();
	rows = cli_db_run(db,
	    "WITH k AS (UPDATE api_keys"
	    " SET revoked_at = coalesce(revoked_at, now())"
	    " WHERE id = $1::uuid RETURNING user_id AS id), " CLI_DB_AUDIT(
		"key_revoked", "NULL", "k") " SELECT FROM k",
	    1, values);
	if (PQntuples(rows) == 0)
		cli_fail("there is no key %s", argv[0]);
	PQclear(rows);
	PQfinish(db);
}

static const struct cli_command commands[] = {
    {"list", "[USER]", "show all, or a user's", 0, 1, list},
    {"add", "USER NAME [--days N] [--limit N]", "make one, shown once", 2, 6,
	add},
    {"revoke", "ID", "make it void", 1, 1, revoke},
};

void
cli_key(int argc, char **argv)
{
	cli_dispatch("key", commands, sizeof(commands) / sizeof(commands[0]),
	    argc, argv);
}
