/*
 * The life of a call: waiting for a connection, sent, and complete. The
 * sending side of Note [taking the rows]: kore_pgsql_cleanup() before a
 * statement's end would cancel it with a blocking request and drain the
 * connection in place, so the rows are taken out of Kore's hands and the
 * connection is driven to its end by kore_pgsql_continue().
 */
#include "core/clock.h"
#include "core/db_call.h"
#include "core/json.h"
#include "core/log.h"
#include "core/metrics.h"

#define WAITING_MAX    2000 /* calls; beyond that a worker is overloaded */
#define SWEEP_EVERY_MS 100

static struct db_calls waiting = TAILQ_HEAD_INITIALIZER(waiting);
static struct db_calls sent = TAILQ_HEAD_INITIALIZER(sent);
static int             waiting_count;
static bool            sweeping;

static void progress(struct kore_pgsql *, void *);
static void connection_event(void *, int);

static void
queue(struct db_call *call, bool again)
{
	if (again)
		TAILQ_INSERT_HEAD(&waiting, call, list);
	else
		TAILQ_INSERT_TAIL(&waiting, call, list);
	waiting_count++;
	metrics_set(METRIC_DB_WAITING, 0, waiting_count);
}

static void
unqueue(struct db_call *call)
{
	TAILQ_REMOVE(&waiting, call, list);
	waiting_count--;
	metrics_set(METRIC_DB_WAITING, 0, waiting_count);
}

static void
log_failure(const struct db_call *call)
{
	struct buf *line;

	if ((line = log_begin(LOG_LEVEL_ERROR, "statement_failed")) == NULL)
		return;
	/* The message may quote values, so it is not logged. */
	json_put_text(line, "statement", call->statement->name);
	json_put_text(line, "sqlstate", call->sqlstate);
	log_end();
}

static bool
state_is(const struct db_call *call, const char *prefix)
{
	return (strncmp(call->sqlstate, prefix, strlen(prefix)) == 0);
}

/* The connection is of no use after these: class 08, the shutdowns of 57P,
 * a standby that was the primary, a server that forgot what was prepared. */
static bool
connection_lost(const struct db_call *call)
{
	return (state_is(call, "08") || state_is(call, "57P") ||
	    state_is(call, "25006") || state_is(call, "26000"));
}

/* Serialization failure and deadlock: PostgreSQL asks to try again. */
static bool
repeatable(const struct db_call *call)
{
	return (state_is(call, "40001") || state_is(call, "40P01"));
}

static void
complete_as(struct db_call *call, size_t result, enum error error)
{
	const char *before;

	metrics_count(METRIC_DB_STATEMENTS, result, 1);
	metrics_observe(METRIC_DB_DURATION, 0, clock_us() - call->began);
	before = log_set_request(call->request);
	if (result == METRIC_FAILED)
		log_failure(call);
	wait_complete(&call->wait, error);
	log_set_request(before);
}

static void
complete(struct db_call *call)
{
	if (call->sqlstate[0] == '\0') {
		complete_as(call, METRIC_OK, ERR_NONE);
	} else if (state_is(call, "23505")) {
		call->conflict = true;
		complete_as(call, METRIC_CONFLICT, ERR_NONE);
	} else if (connection_lost(call) || state_is(call, "57014") ||
	    state_is(call, "53")) {
		complete_as(call, METRIC_UNAVAILABLE, ERR_DATABASE_AWAY);
	} else
		complete_as(call, METRIC_FAILED, ERR_INTERNAL);
}

/* The call is off its connection. */
static void
finish(struct db_call *call)
{
	TAILQ_REMOVE(&sent, call, list);
	if ((connection_lost(call) || repeatable(call)) &&
	    kore_time_ms() < call->deadline && !db_pool_away()) {
		call->sqlstate[0] = '\0';
		call->repeated = true;
		metrics_count(METRIC_DB_RETRIES, 0, 1);
		queue(call, true);
	} else
		complete(call);
	db_dispatch();
}

static void
lose_connection(struct db_call *call)
{
	if (call->sqlstate[0] == '\0')
		strcpy(call->sqlstate, "08006");
	db_call_drop(call);
	db_pool_destroy(call);
	finish(call);
}

static void
note_failure(struct db_call *call)
{
	const char *state = NULL;

	if (call->sql.result != NULL)
		state = PQresultErrorField(call->sql.result, PG_DIAG_SQLSTATE);
	snprintf(call->sqlstate, sizeof(call->sqlstate), "%s",
	    state != NULL ? state : "08006");
}

/* Kore tells of each step of a statement; see Note [taking the rows]. */
static void
progress(struct kore_pgsql *sql, void *arg)
{
	struct db_call *call = arg;

	switch (sql->state) {
	case KORE_PGSQL_STATE_RESULT:
		db_call_take(call, sql->result);
		sql->result = NULL;
		kore_pgsql_continue(sql);
		break;
	case KORE_PGSQL_STATE_ERROR:
		note_failure(call);
		if (connection_lost(call) ||
		    PQstatus(sql->conn->db) != CONNECTION_OK)
			lose_connection(call);
		else
			kore_pgsql_continue(sql);
		break;
	case KORE_PGSQL_STATE_DONE:
		/* Kore exits when it is to give back a dead connection. */
		if (PQstatus(sql->conn->db) != CONNECTION_OK)
			lose_connection(call);
		else
			kore_pgsql_continue(sql);
		break;
	case KORE_PGSQL_STATE_COMPLETE:
		db_pool_released();
		finish(call);
		break;
	}
}

/* In place of Kore's handler, which tells nobody of a lost connection. */
static void
connection_event(void *arg, int error)
{
	struct pgsql_conn *conn = arg;
	struct db_call    *call;

	if (!error && PQstatus(conn->db) == CONNECTION_OK) {
		kore_pgsql_handle(conn, 0);
		return;
	}
	TAILQ_FOREACH(call, &sent, list) {
		if (call->sql.conn == conn) {
			lose_connection(call);
			return;
		}
	}
}

static void
transmit(struct db_call *call)
{
	const char *values[DB_PARAMS_MAX];
	int         lengths[DB_PARAMS_MAX], formats[DB_PARAMS_MAX], i;

	for (i = 0; i < call->count; i++) {
		values[i] = call->offsets[i] < 0
		    ? NULL
		    : call->args.data + call->offsets[i];
		lengths[i] = 0;
		formats[i] = 0;
	}
	TAILQ_INSERT_TAIL(&sent, call, list);
	if (!kore_pgsql_query_param_fields(&call->sql, call->statement->name,
		KORE_PGSQL_FORMAT_BINARY, call->count, values, lengths,
		formats))
		lose_connection(call);
}

static void
expire(struct db_call *call, bool is_sent)
{
	strcpy(call->sqlstate, "57014");
	if (is_sent) {
		lose_connection(call);
		return;
	}
	unqueue(call);
	complete(call);
}

static void
sweep(void *arg, u_int64_t now)
{
	struct db_call *call, *next;

	(void)arg;
	for (call = TAILQ_FIRST(&sent); call != NULL; call = next) {
		next = TAILQ_NEXT(call, list);
		if (now >= call->deadline)
			expire(call, true);
	}
	for (call = TAILQ_FIRST(&waiting); call != NULL; call = next) {
		next = TAILQ_NEXT(call, list);
		if (now >= call->deadline || db_pool_away())
			expire(call, false);
	}
	sweeping = !TAILQ_EMPTY(&sent) || !TAILQ_EMPTY(&waiting);
	if (sweeping)
		kore_timer_add(sweep, SWEEP_EVERY_MS, NULL, KORE_TIMER_ONESHOT);
}

void
db_dispatch(void)
{
	struct db_call *call;

	while ((call = TAILQ_FIRST(&waiting)) != NULL &&
	    db_pool_acquire(call, progress, connection_event)) {
		unqueue(call);
		transmit(call);
	}
}

void
db_send(struct db_call *call)
{
	if (call->deadline == 0)
		call->deadline = kore_time_ms() + DB_DEADLINE_MS;
	call->began = clock_us();
	if (db_pool_away() || kore_time_ms() >= call->deadline) {
		complete_as(call, METRIC_UNAVAILABLE, ERR_DATABASE_AWAY);
		return;
	}
	if (waiting_count >= WAITING_MAX) {
		complete_as(call, METRIC_UNAVAILABLE, ERR_OVERLOADED);
		return;
	}
	if (!sweeping) {
		sweeping = true;
		kore_timer_add(sweep, SWEEP_EVERY_MS, NULL, KORE_TIMER_ONESHOT);
	}
	queue(call, false);
	db_dispatch();
}

void
db_init(void)
{
	db_pool_init();
}
