#include "harness.h"

static void
ignore_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

static PGconn *
connect_to(const char *url)
{
	PGconn *db = PQconnectdb(url);

	if (PQstatus(db) != CONNECTION_OK)
		fail_msg("cannot connect: %s", PQerrorMessage(db));
	PQsetNoticeProcessor(db, ignore_notice, NULL);
	return (db);
}

/* A connection that PostgreSQL ended meanwhile is made anew. */
static PGconn *
connection(struct server *s)
{
	PGresult *result;
	bool      alive;

	if (s->sql != NULL) {
		result = PQexec(s->sql, "SELECT 1");
		alive = PQresultStatus(result) == PGRES_TUPLES_OK;
		PQclear(result);
		if (alive)
			return (s->sql);
		sql_close(s);
	}
	s->sql = connect_to(s->url);
	return (s->sql);
}

void
sql_close(struct server *s)
{
	PQfinish(s->sql);
	s->sql = NULL;
}

/* Run it; the first value of the first row, or NULL. */
static char *
execute(PGconn *db, const char *sql)
{
	PGresult *result = PQexec(db, sql);
	char     *value = NULL;

	if (PQresultStatus(result) != PGRES_TUPLES_OK &&
	    PQresultStatus(result) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", sql, PQresultErrorMessage(result));
	if (PQntuples(result) > 0 && !PQgetisnull(result, 0, 0))
		value = scratch_printf("%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	return (value);
}

static char *run(struct server *, const char *, va_list)
    __attribute__((format(printf, 2, 0)));

static char *
run(struct server *s, const char *fmt, va_list args)
{
	char *sql, *value;

	if (vasprintf(&sql, fmt, args) == -1)
		abort();
	value = execute(connection(s), sql);
	free(sql);
	return (value);
}

void
sql_run(struct server *s, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	run(s, fmt, args);
	va_end(args);
}

const char *
sql_text(struct server *s, const char *fmt, ...)
{
	va_list     args;
	const char *value;

	va_start(args, fmt);
	value = run(s, fmt, args);
	va_end(args);
	return (value);
}

long long
sql_int(struct server *s, const char *fmt, ...)
{
	va_list     args;
	const char *value;

	va_start(args, fmt);
	value = run(s, fmt, args);
	va_end(args);
	assert_non_null(value);
	return (strtoll(value, NULL, 10));
}

void
sql_await(struct server *s, long long number, const char *fmt, ...)
{
	long long   deadline = now_ms() + 5000;
	const char *value;
	va_list     args;

	for (;;) {
		va_start(args, fmt);
		value = run(s, fmt, args);
		va_end(args);
		if (value != NULL && strtoll(value, NULL, 10) == number)
			return;
		assert_true(now_ms() < deadline);
		sleep_ms(20);
	}
}

static void
execute_as_admin(const char *sql)
{
	PGconn *db = connect_to(setting("TEST_DATABASE_ADMIN_URL"));

	execute(db, sql);
	PQfinish(db);
}

void
database_create(const char *name)
{
	execute_as_admin(scratch_printf("CREATE DATABASE %s", name));
}

/* With (FORCE): what the program left open is closed. */
void
database_drop(const char *name)
{
	execute_as_admin(
	    scratch_printf("DROP DATABASE IF EXISTS %s WITH (FORCE)", name));
}

/* The administrator's, with another name behind the last slash. */
char *
database_url(const char *name)
{
	const char *admin = setting("TEST_DATABASE_ADMIN_URL");

	return (scratch_printf(
	    "%.*s/%s", (int)(strrchr(admin, '/') - admin), admin, name));
}
