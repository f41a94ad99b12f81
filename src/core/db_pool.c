/*
 * This worker's connections. They are opened on a thread, so that neither a
 * slow name server nor a PostgreSQL that does not answer holds up the loop,
 * and get every statement prepared there, so that no request pays for it.
 * Kore, which believes that it connects itself, is handed the open ones.
 */
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "core/config.h"
#include "core/db_call.h"
#include "core/db_conninfo.h"
#include "core/db_connect.h"
#include "core/json.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/work.h"

#define POOL_NAME      "db"
#define RETRY_FIRST_MS 50
#define RETRY_MAX_MS   1000
#define PREPARE_MAX_MS 2000 /* all statements of a connection */

struct connecting {
	struct work work; /* first */
	PGconn     *db;
	char        problem[128];
};

PGconn *__real_PQconnectdb(const char *);
PGconn *__wrap_PQconnectdb(const char *);
int     __real_PQsendQueryParams(PGconn *, const char *, int, const Oid *,
	const char *const *, const int *, const int *, int);
int     __wrap_PQsendQueryParams(PGconn *, const char *, int, const Oid *,
	const char *const *, const int *, const int *, int);

/* The linker's bounds of what STATEMENT() listed. */
extern const struct db_statement *const __start_db_statements[];
extern const struct db_statement *const __stop_db_statements[];

static char             *conninfo;
static struct work_pool *thread;
static PGconn           *opened;     /* not yet Kore's */
static int               open_count; /* alive: opened, idle and busy */
static int               busy_count;
static bool              connecting;
static uint64_t          away_since; /* kore_time_ms(); 0 is reachable */
static uint64_t          back_since; /* the same; 0 is from the start */
static uint64_t          retry_ms;

static void connect_one(void);

static void
measure(void)
{
	metrics_set(METRIC_DB_CONNECTIONS, METRIC_BUSY, busy_count);
	metrics_set(
	    METRIC_DB_CONNECTIONS, METRIC_IDLE, open_count - busy_count);
	metrics_set(METRIC_DB_AWAY, 0, away_since != 0);
}

/* Kore's pgsql, which was registered without a string, is handed the one that
 * was opened; subcommands connect as usual. */
PGconn *
__wrap_PQconnectdb(const char *string)
{
	PGconn *db = opened;

	if (string[0] != '\0')
		return (__real_PQconnectdb(string));
	opened = NULL;
	return (db);
}

/* What db.c gives Kore as the query is the name of a prepared statement. */
int
__wrap_PQsendQueryParams(PGconn *db, const char *name, int count,
    const Oid *types, const char *const *values, const int *lengths,
    const int *formats, int binary)
{
	(void)types;
	return (PQsendQueryPrepared(
	    db, name, count, values, lengths, formats, binary));
}

/*
 * On the thread: the next result, NULL when it does not come in time, and
 * meanwhile what is still to be sent. libpq's own functions would wait for ever
 * on a server that has fallen silent.
 */
static PGresult *
await_result(PGconn *db, uint64_t deadline)
{
	struct pollfd pfd = {.fd = PQsocket(db)};
	uint64_t      now;
	int           unsent;

	while ((unsent = PQflush(db)) != 0 || PQisBusy(db)) {
		pfd.events = unsent ? POLLIN | POLLOUT : POLLIN;
		now = kore_time_ms();
		if (unsent == -1 || now >= deadline ||
		    poll(&pfd, 1, (int)(deadline - now)) <= 0 ||
		    !PQconsumeInput(db))
			return (NULL);
	}
	return (PQgetResult(db));
}

/* On the thread. */
static bool
prepared(struct connecting *c, const struct db_statement *s, uint64_t deadline)
{
	PGresult   *result = await_result(c->db, deadline);
	const char *state;
	bool        ok = PQresultStatus(result) == PGRES_COMMAND_OK;

	if (result == NULL) {
		snprintf(c->problem, sizeof(c->problem),
		    "no answer to the preparing of %s", s->name);
	} else if (!ok) {
		state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
		snprintf(c->problem, sizeof(c->problem),
		    "cannot prepare %s: SQLSTATE %s", s->name,
		    state != NULL ? state : "08006");
	}
	PQclear(result);
	return (ok && await_result(c->db, deadline) == NULL);
}

const struct db_statement *
db_statement(size_t i)
{
	return (__start_db_statements + i < __stop_db_statements
		? __start_db_statements[i]
		: NULL);
}

/*
 * On the thread: all at once, in libpq's pipeline mode, so that a connection
 * costs two round trips and not one for each statement.
 */
static bool
prepare_all(struct connecting *c)
{
	const struct db_statement *const *s;
	uint64_t                          deadline;
	PGresult                         *result;
	bool                              ok;

	deadline = kore_time_ms() + PREPARE_MAX_MS;
	ok = PQsetnonblocking(c->db, 1) == 0 && PQenterPipelineMode(c->db);
	for (s = __start_db_statements; s < __stop_db_statements; s++)
		ok = ok && PQsendPrepare(c->db, (*s)->name, (*s)->sql, 0, NULL);
	ok = ok && PQpipelineSync(c->db);
	if (!ok)
		snprintf(c->problem, sizeof(c->problem),
		    "the statements could not be sent");
	for (s = __start_db_statements; ok && s < __stop_db_statements; s++)
		ok = prepared(c, *s, deadline);
	result = ok ? await_result(c->db, deadline) : NULL;
	ok = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
	PQclear(result);
	return (
	    ok && PQexitPipelineMode(c->db) && PQsetnonblocking(c->db, 0) == 0);
}

/* libpq would write what the server says by the way to standard error, in
 * between the log's lines; what matters of it comes back as an error. */
static void
ignore_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

/* On the thread. */
static void
run_connect(struct work *work)
{
	struct connecting *c = (struct connecting *)work;

	if ((c->db = db_connect(conninfo)) == NULL) {
		snprintf(c->problem, sizeof(c->problem), "cannot connect");
		return;
	}
	PQsetNoticeProcessor(c->db, ignore_notice, NULL);
	if (prepare_all(c))
		return;
	PQfinish(c->db);
	c->db = NULL;
}

static void
retry_connect(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
	connecting = false;
	connect_one();
}

static void
connect_failed(const char *problem)
{
	if (open_count == 0 && away_since == 0) {
		away_since = kore_time_ms();
		log_event(LOG_LEVEL_WARN, "database_away", "%s", problem);
		measure();
	}
	retry_ms = MIN(MAX(retry_ms * 2, RETRY_FIRST_MS), RETRY_MAX_MS);
	kore_timer_add(retry_connect, retry_ms, NULL, KORE_TIMER_ONESHOT);
}

static void
connected(void *arg)
{
	struct connecting *c = arg;

	if (c->db == NULL) {
		connect_failed(c->problem);
		wait_release(&c->work.wait);
		return;
	}
	opened = c->db;
	wait_release(&c->work.wait);
	open_count++;
	connecting = false;
	retry_ms = 0;
	if (away_since != 0) {
		back_since = kore_time_ms();
		log_event(LOG_LEVEL_INFO, "database_back", "after %llu ms",
		    (unsigned long long)(back_since - away_since));
	}
	away_since = 0;
	measure();
	db_dispatch();
	connect_one();
}

static void
free_connecting(struct wait *w)
{
	free(w);
}

/* Open the next connection, if one is missing and none is being opened; the
 * last one opened must have been taken first. */
static void
connect_one(void)
{
	struct connecting *c;

	if (connecting || opened != NULL || open_count >= config.db_pool)
		return;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		abort();
	c->work.run = run_connect;
	c->work.wait.free = free_connecting;
	wait_own(&c->work.wait, connected, c);
	connecting = true;
	if (!work_submit(thread, &c->work))
		fatalx("two connections opened at once");
}

/* An idle connection has nothing to read, unless PostgreSQL closed it. */
static bool
alive(const struct db_call *call)
{
	PGconn *db = call->sql.conn->db;
	char    byte;

	return (PQstatus(db) == CONNECTION_OK &&
	    recv(PQsocket(db), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1 &&
	    (errno == EAGAIN || errno == EWOULDBLOCK));
}

bool
db_pool_acquire(struct db_call *call,
    void (*progress)(struct kore_pgsql *, void *), void (*event)(void *, int))
{
	while (busy_count < open_count) {
		kore_pgsql_init(&call->sql);
		kore_pgsql_bind_callback(&call->sql, progress, call);
		if (!kore_pgsql_setup(
			&call->sql, POOL_NAME, KORE_PGSQL_ASYNC)) {
			kore_pgsql_cleanup(&call->sql);
			break;
		}
		busy_count++;
		measure();
		call->sql.conn->evt.handle = event;
		if (alive(call)) {
			connect_one();
			return (true);
		}
		db_pool_destroy(call);
	}
	connect_one();
	return (false);
}

void
db_pool_released(void)
{
	busy_count--;
	measure();
}

void
db_pool_destroy(struct db_call *call)
{
	if (call->sql.conn != NULL) {
		kore_pgsql_handle(call->sql.conn, 1);
		busy_count--;
		open_count--;
		measure();
	}
	kore_pgsql_cleanup(&call->sql);
	connect_one();
}

bool
db_pool_away(void)
{
	return (away_since != 0 && open_count == 0 &&
	    kore_time_ms() - away_since > DB_GRACE_MS);
}

uint64_t
db_reachable_ms(void)
{
	return (away_since != 0 ? 0 : kore_time_ms() - back_since);
}

void
db_pool_init(void)
{
	conninfo = db_conninfo(config.database_url);
	thread = work_pool_new("connect", 1, 0, 1);
	/* No string: see __wrap_PQconnectdb(). */
	kore_pgsql_register(POOL_NAME, "");
	connect_one();
}
