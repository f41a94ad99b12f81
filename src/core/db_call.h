/*
 * The inside of a db_call, shared by core/db*.c only.
 */
#ifndef AICHAT_DB_CALL_H
#define AICHAT_DB_CALL_H

#include <kore/kore.h>
#include <kore/pgsql.h>
#include <sys/queue.h>

#include "core/buf.h"
#include "core/db.h"
#include "core/log.h"

#define DB_PARAMS_MAX 24

/* What came back; the calls of a group share it. */
struct db_rows {
	PGresult *result;
	int       users;
};

struct db_call {
	struct wait                wait; /* first */
	const struct db_statement *statement;
	struct buf                 args; /* the parameters' texts */
	long                       offsets[DB_PARAMS_MAX]; /* -1: NULL */
	int                        count;

	char request[LOG_REQUEST_SIZE];         /* it is made for */
	void (*done)(struct db_call *, void *); /* db_send_for()'s */
	void *done_arg;

	struct kore_pgsql sql;
	struct db_rows   *rows;
	int               first, count_of_rows; /* those that are its own */
	char              sqlstate[6];          /* "" is success */
	bool              conflict;
	bool              repeated; /* sent more than once */
	uint64_t          deadline; /* kore_time_ms(); 0: of db_send() */
	uint64_t          began;    /* clock_us() */
	TAILQ_ENTRY(db_call) list;
};

TAILQ_HEAD(db_calls, db_call);

/* db_call.c: the call has these rows, and owns them. */
void db_call_take(struct db_call *, PGresult *);
/* It has so many of the rows of another one, from the first on. */
void
db_call_share(struct db_call *, const struct db_call *of, int first, int count);
/* It has none any more. */
void db_call_drop(struct db_call *);

/* db.c: connections came or were lost, the waiting calls are looked at. */
void db_dispatch(void);

/* db_pool.c: take a connection for the call, checked to be alive. */
bool db_pool_acquire(struct db_call *,
    void (*progress)(struct kore_pgsql *, void *), void (*event)(void *, int));
/* The call's connection went back to Kore's free list. */
void db_pool_released(void);
/* Close the call's connection: it is lost, or nobody knows its state. */
void db_pool_destroy(struct db_call *);
/* Whether PostgreSQL has been away for longer than DB_GRACE_MS. */
bool db_pool_away(void);
void db_pool_init(void);

#endif
