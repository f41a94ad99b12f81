/*
 * What is measured, in memory that all processes share: every process has a
 * slot of its own and is the only one that writes there, so nothing is locked;
 * whoever is asked sums the slots up. A worker that was replaced goes on with
 * the counts of its slot. docs/metrics.md tells what the names mean.
 *
 * Labels come from sets of fixed values, never from a client. Pure but for
 * the memory.
 */
#ifndef AICHAT_METRICS_H
#define AICHAT_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

#define METRICS_PREFIX "aichat_"

/* Sets of label values. */
enum metric_set {
	SET_NONE,
	SET_ROUTE, /* named by metrics_name_set(), as all without values */
	SET_CLASS,
	SET_CODE,
	SET_RESULT,
	SET_POOL,
	SET_TURN,
	SET_MODEL,
	SET_TOKENS,
	SET_STATE,
	SET_FAILURE,
	SET_PROCESS,
	SET_RELOAD,
	SET__MAX
};

enum metric_type {
	METRIC_COUNTER,
	METRIC_GAUGE,    /* the sum of all processes' values */
	METRIC_HISTOGRAM /* observed in microseconds, told in seconds */
};

/* name, type, one or two sets of labels, help */
#define METRICS(X) \
	X(HTTP_REQUESTS, COUNTER, "http_requests_total", ROUTE, CLASS, \
	    "Answered requests.") \
	X(HTTP_DURATION, HISTOGRAM, "http_request_duration_seconds", ROUTE, \
	    NONE, "From a request to the end of its answer.") \
	X(ERRORS, COUNTER, "errors_total", CODE, NONE, "Error answers.") \
	X(HTTP_OPEN, GAUGE, "http_requests_open", NONE, NONE, \
	    "Requests being worked on.") \
	X(CONNECTIONS, GAUGE, "connections_open", NONE, NONE, \
	    "Client connections.") \
	X(STREAMS, GAUGE, "streams_open", NONE, NONE, \
	    "Answers being streamed.") \
	X(DB_STATEMENTS, COUNTER, "db_statements_total", RESULT, NONE, \
	    "Statements on PostgreSQL.") \
	X(DB_DURATION, HISTOGRAM, "db_statement_duration_seconds", NONE, NONE, \
	    "Statements, the waiting for a connection included.") \
	X(DB_RETRIES, COUNTER, "db_retries_total", NONE, NONE, \
	    "Statements sent again after a lost connection.") \
	X(DB_CONNECTIONS, GAUGE, "db_connections", POOL, NONE, \
	    "Connections to PostgreSQL.") \
	X(DB_WAITING, GAUGE, "db_waiting", NONE, NONE, \
	    "Statements that have no connection yet.") \
	X(DB_AWAY, GAUGE, "db_away", NONE, NONE, \
	    "Workers that cannot reach PostgreSQL.") \
	X(TURNS, COUNTER, "turns_total", TURN, NONE, "Turns that ended.") \
	X(TOKENS, COUNTER, "tokens_total", MODEL, TOKENS, \
	    "Tokens as the provider counts them.") \
	X(GENERATIONS, GAUGE, "generations", STATE, NONE, \
	    "Answers being written.") \
	X(FIRST_TOKEN, HISTOGRAM, "generation_first_token_seconds", MODEL, \
	    NONE, "From the start of an answer to its first character.") \
	X(GENERATION, HISTOGRAM, "generation_duration_seconds", MODEL, NONE, \
	    "From the start of an answer to its end.") \
	X(FAILURES, COUNTER, "provider_failures_total", MODEL, FAILURE, \
	    "Failed calls of a provider, those tried again included.") \
	X(CIRCUITS, GAUGE, "circuits_open", MODEL, NONE, \
	    "Workers that leave the model alone for now.") \
	X(MEMORY, GAUGE, "process_resident_memory_bytes", PROCESS, NONE, \
	    "Resident memory.") \
	X(RESTARTS, COUNTER, "worker_restarts_total", NONE, NONE, \
	    "Workers that died and were replaced.") \
	X(DRAINING, GAUGE, "draining", NONE, NONE, \
	    "1 from SIGTERM to the end.") \
	X(CERTIFICATE, GAUGE, "tls_certificate_not_after_seconds", NONE, NONE, \
	    "When the certificate expires, Unix time.") \
	X(RELOADS, COUNTER, "tls_reloads_total", RELOAD, NONE, \
	    "Reloads of the certificate.")

#define METRICS_ENUM(id, type, name, first, second, help) METRIC_##id,
enum metric {
	METRICS(METRICS_ENUM) METRIC__MAX
};

/* Values of the sets that have few. */
enum {
	METRIC_OK,
	METRIC_CONFLICT,
	METRIC_FAILED,
	METRIC_UNAVAILABLE
};
enum {
	METRIC_BUSY,
	METRIC_IDLE
};
enum {
	METRIC_PROMPT,
	METRIC_RESPONSE
};
enum {
	METRIC_RUNNING,
	METRIC_ENDING
};
enum {
	METRIC_RELOAD_OK,
	METRIC_RELOAD_REFUSED
};
enum {
	METRIC_PARENT,
	METRIC_KEYMGR,
	METRIC_WORKER /* of the first one, then the others */
};

/*
 * Say what a set's values are called: name(i) for i below count, NULL where
 * there is none. To be called before metrics_init(); name() is called by
 * metrics_write() only.
 */
void
metrics_name_set(enum metric_set, size_t count, const char *(*name)(size_t));

/*
 * Make the memory, in the parent before it forks: a slot for itself, 0, and
 * one each for the workers 1..workers. Without it nothing is counted.
 */
void metrics_init(int workers);

/* Take a slot, in a process that was just started: its gauges are 0. */
void metrics_use_slot(int slot);

/* The index of a pair of labels. */
size_t metrics_pair(enum metric, size_t first, size_t second);

/* The index of a value of a set that has fixed ones; 0 if it has not. */
size_t metrics_index(enum metric_set, const char *value);

/* Count, and set or change a gauge of this process. */
void metrics_count(enum metric, size_t index, uint64_t n);
void metrics_set(enum metric, size_t index, int64_t value);
void metrics_change(enum metric, size_t index, int64_t by);
void metrics_observe(enum metric, size_t index, uint64_t microseconds);

/* Everything, in Prometheus's text format 0.0.4 (prometheus.io/docs/
 * instrumenting/exposition_formats). */
void metrics_write(struct buf *);

#endif
