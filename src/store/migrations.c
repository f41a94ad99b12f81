#include <libpq-fe.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kore/kore.h>
#include <kore/http.h>
#include "assets.h"

#include "store/migrations.h"

#define LOCK_KEY      "7236832742" /* pg_advisory_lock(), ours alone */
#define CHECKSUM_SIZE (crypto_hash_sha256_BYTES * 2 + 1)

struct migration {
	const char *name;
	const char *sql; /* NUL-terminated by kodev */
};

#define MIGRATION(name) \
	{ \
#name, (const char *)asset_##name##_sql \
	}

static const struct migration migrations[] = {
    MIGRATION(0001_initial),
    MIGRATION(0002_audit),
    MIGRATION(0003_throttle),
    MIGRATION(0004_actors),
    MIGRATION(0005_sessions),
    MIGRATION(0006_password_resets),
    MIGRATION(0007_conversations),
    MIGRATION(0008_adopted_users),
    MIGRATION(0009_v1),
    MIGRATION(0010_accounts),
    MIGRATION(0011_vacuum),
    MIGRATION(0012_search),
    MIGRATION(0013_key_by_user),
    MIGRATION(0014_totp_used),
    MIGRATION(0015_search_shelves),
    MIGRATION(0016_search_by_user),
    MIGRATION(0017_live_keys),
};

#define COUNT ((int)(sizeof(migrations) / sizeof(migrations[0])))

int
migrations_count(void)
{
	return (COUNT);
}

static void
checksum(const struct migration *m, char out[CHECKSUM_SIZE])
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, (const unsigned char *)m->sql, strlen(m->sql));
	sodium_bin2hex(out, CHECKSUM_SIZE, hash, sizeof(hash));
}

/* Messages of PostgreSQL end in a newline. */
static void
explain(struct buf *problem, const char *what, const PGconn *db)
{
	const char *message = PQerrorMessage(db);

	buf_printf(
	    problem, "%s: %.*s", what, (int)strcspn(message, "\n"), message);
}

static bool
execute(PGconn *db, const char *sql, struct buf *problem, const char *what)
{
	PGresult *result = PQexec(db, sql);
	bool      ok;

	ok = PQresultStatus(result) == PGRES_COMMAND_OK ||
	    PQresultStatus(result) == PGRES_TUPLES_OK;
	PQclear(result);
	if (!ok)
		explain(problem, what, db);
	return (ok);
}

static PGconn *
open_database(const char *conninfo, struct buf *problem)
{
	PGconn *db = PQconnectdb(conninfo);

	if (PQstatus(db) == CONNECTION_OK)
		return (db);
	explain(problem, "cannot connect to the database", db);
	PQfinish(db);
	return (NULL);
}

/* Compare what is recorded with what is compiled in. */
static enum migrations_state
compare(const PGresult *rows, struct buf *problem)
{
	char sum[CHECKSUM_SIZE];
	int  i, count = PQntuples(rows);

	for (i = 0; i < count && i < COUNT; i++) {
		checksum(&migrations[i], sum);
		if (atoi(PQgetvalue(rows, i, 0)) == i + 1 &&
		    strcmp(PQgetvalue(rows, i, 1), sum) == 0)
			continue;
		buf_printf(problem,
		    "migration %s is not the one that was "
		    "applied to this database",
		    migrations[i].name);
		return (MIGRATIONS_AHEAD);
	}
	if (count > COUNT) {
		buf_printf(problem,
		    "the database has schema version %d, "
		    "this program knows %d: run a newer aichat",
		    count, COUNT);
		return (MIGRATIONS_AHEAD);
	}
	if (count == COUNT)
		return (MIGRATIONS_CURRENT);
	buf_printf(problem,
	    "the database has schema version %d, this program "
	    "needs %d: run `aichat migrate`",
	    count, COUNT);
	return (MIGRATIONS_BEHIND);
}

static enum migrations_state
look(PGconn *db, struct buf *problem, int *version)
{
	enum migrations_state state;
	PGresult             *rows;
	const char           *sqlstate;

	rows = PQexec(
	    db, "SELECT version, checksum FROM schema_migrations ORDER BY 1");
	*version = PQntuples(rows);
	if (PQresultStatus(rows) == PGRES_TUPLES_OK) {
		state = compare(rows, problem);
		PQclear(rows);
		return (state);
	}
	sqlstate = PQresultErrorField(rows, PG_DIAG_SQLSTATE);
	state = MIGRATIONS_UNKNOWN;
	/* No such table: an empty database. */
	if (sqlstate != NULL && strcmp(sqlstate, "42P01") == 0) {
		buf_text(problem,
		    "the database has no schema yet: "
		    "run `aichat migrate`");
		state = MIGRATIONS_BEHIND;
	} else
		explain(problem, "cannot read schema_migrations", db);
	PQclear(rows);
	return (state);
}

enum migrations_state
migrations_check(const char *conninfo, struct buf *problem)
{
	enum migrations_state state;
	PGconn               *db;
	int                   version;

	if ((db = open_database(conninfo, problem)) == NULL)
		return (MIGRATIONS_UNKNOWN);
	state = look(db, problem, &version);
	PQfinish(db);
	return (state);
}

static bool
record(PGconn *db, int version, struct buf *problem)
{
	const struct migration *m = &migrations[version - 1];
	const char             *values[3];
	char                    number[12], sum[CHECKSUM_SIZE];
	PGresult               *result;
	bool                    ok;

	snprintf(number, sizeof(number), "%d", version);
	checksum(m, sum);
	values[0] = number;
	values[1] = m->name;
	values[2] = sum;
	result = PQexecParams(db,
	    "INSERT INTO schema_migrations"
	    " (version, name, checksum) VALUES ($1, $2, $3)",
	    3, NULL, values, NULL, NULL, 0);
	ok = PQresultStatus(result) == PGRES_COMMAND_OK;
	PQclear(result);
	if (!ok)
		explain(problem, m->name, db);
	return (ok);
}

static bool
apply(PGconn *db, int version, struct buf *problem)
{
	const struct migration *m = &migrations[version - 1];

	if (!execute(db, "BEGIN", problem, m->name) ||
	    !execute(db, m->sql, problem, m->name) ||
	    !record(db, version, problem) ||
	    !execute(db, "COMMIT", problem, m->name))
		return (false);
	printf("applied %s\n", m->name);
	return (true);
}

/* The advisory lock ends with the connection. */
static bool
apply_missing(PGconn *db, struct buf *problem)
{
	struct buf words = {0};
	int        version;
	bool       ok;

	if (!execute(db, "SELECT pg_advisory_lock(" LOCK_KEY ")", problem,
		"cannot lock") ||
	    !execute(db,
		"SET client_min_messages = warning;"
		"SET statement_timeout = 0;"
		"CREATE TABLE IF NOT EXISTS schema_migrations ("
		" version integer PRIMARY KEY, name text NOT NULL,"
		" checksum text NOT NULL,"
		" applied_at timestamptz NOT NULL DEFAULT now())",
		problem, "cannot create schema_migrations"))
		return (false);
	switch (look(db, &words, &version)) {
	case MIGRATIONS_CURRENT:
		ok = true;
		break;
	case MIGRATIONS_BEHIND:
		for (ok = true; ok && version < COUNT; version++)
			ok = apply(db, version + 1, problem);
		break;
	default:
		buf_text(problem, words.data);
		ok = false;
	}
	buf_release(&words);
	return (ok);
}

bool
migrations_apply(const char *conninfo, struct buf *problem)
{
	PGconn *db;
	bool    ok;

	if ((db = open_database(conninfo, problem)) == NULL)
		return (false);
	ok = apply_missing(db, problem);
	PQfinish(db);
	return (ok);
}
