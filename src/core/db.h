/*
 * Statements on PostgreSQL from a worker's loop, over Kore's pgsql.
 *
 * A statement is prepared, under its name, on every connection when that is
 * opened. A db_call is one run of it: bind what it takes in order, then send.
 * It is a wait (core/wait.h). Its rows are taken off the connection at once,
 * which is free again while the caller works.
 *
 * A call whose connection is lost, or that PostgreSQL asks to repeat, is sent
 * again unseen until its deadline: every write carries a key of its own (an
 * id, a hash), so that a repeated one meets itself as a conflict, or is refused
 * for what it did (db_repeated()). Only one
 * that counts attempts (store/store_throttle.h) may count too many. When
 * PostgreSQL cannot be reached for longer than DB_GRACE_MS, calls fail at once.
 */
#ifndef AICHAT_DB_H
#define AICHAT_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/uuid.h"
#include "core/wait.h"

#define DB_DEADLINE_MS 2500 /* a call is answered within this */
#define DB_GRACE_MS    2000 /* an outage this short is waited out */

struct db_statement {
	const char *name;
	const char *sql;
};

/*
 * Define a statement in a store file, with its parameters and columns in a
 * comment above. The linker gathers the pointers into one array, which is
 * what a new connection prepares.
 */
#define STATEMENT(ident, text) \
	static const struct db_statement        ident = {#ident, text}; \
	static const struct db_statement *const ident##_listed \
	    __attribute__((section("db_statements"), used)) = &ident

/* The i-th of them all, NULL behind the last. */
const struct db_statement *db_statement(size_t i);

struct db_call;

/* A call to bind into; freed through its wait. */
struct db_call *db_call_new(const struct db_statement *);

/* Bind the next parameter; text is copied, NULL binds SQL's NULL. */
void db_bind_text(struct db_call *, const char *);
void db_bind_int(struct db_call *, int64_t);
void db_bind_uuid(struct db_call *, const struct uuid *);

/* Start it. The owner of its wait is to be set before. */
void         db_send(struct db_call *);
struct wait *db_call_wait(struct db_call *);

/* Start one that no flow waits for: done() (or NULL) sees it, then it is freed.
 * Whether it failed is in db_call_wait(call)->error. */
void db_send_for(
    struct db_call *, void (*done)(struct db_call *, void *), void *arg);
struct db_call *db_call_of(struct wait *);

/*
 * What came back, valid until the call is freed. Rows and columns count from
 * 0; NULL columns read as 0, false and "".
 */
int         db_rows(const struct db_call *);
bool        db_is_null(const struct db_call *, int row, int col);
int64_t     db_int(const struct db_call *, int row, int col);
bool        db_bool(const struct db_call *, int row, int col);
const char *db_text(const struct db_call *, int row, int col);
size_t      db_length(const struct db_call *, int row, int col);
void        db_uuid(const struct db_call *, int row, int col, struct uuid *);
/* A timestamptz in microseconds since 1970. */
int64_t db_time(const struct db_call *, int row, int col);

/* The statement met a unique key that was there already, and did nothing. */
bool db_conflict(const struct db_call *);

/* It was sent more than once: where it says that it may not do something, it
 * may have done just that the first time. */
bool db_repeated(const struct db_call *);

/* How long PostgreSQL has been within this worker's reach, in ms; 0: it is
 * not. */
uint64_t db_reachable_ms(void);

/* Open this worker's connections, and keep them open. */
void db_init(void);

#endif
