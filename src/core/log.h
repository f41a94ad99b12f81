/*
 * The log: one JSON object a line on standard output. An event is written
 * with its members by the caller:
 *
 *	struct buf *l = log_begin(LOG_LEVEL_WARN, "db_lost");
 *	if (l != NULL) {
 *		json_put_text(l, "sqlstate", state);
 *		log_end();
 *	}
 *
 * Never pass a key, a token, a password or a prompt.
 *
 * Whoever works for a request says so by log_set_request(), and every line
 * until the next call has its id: so one id finds all that became of it.
 */
#ifndef AICHAT_LOG_H
#define AICHAT_LOG_H

#include "core/buf.h"

#define LOG_REQUEST_SIZE 65 /* a request id with its NUL */

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* Lines above this level are dropped; info until told otherwise. */
void log_set_level(enum log_level);

/* The number that marks this process's lines: 0 the parent, then workers. */
void log_set_worker(int);

/*
 * The request that is worked for from here on; NULL or "" is none. The text
 * stays the caller's. Returns the one before, to be put back afterwards.
 */
const char *log_set_request(const char *id);
const char *log_get_request(void); /* "" is none */

/*
 * Open a line with time, level, worker and event; NULL when the level is
 * dropped. The buf is the log's own, valid until log_end().
 */
struct buf *log_begin(enum log_level, const char *event);
void        log_end(void);

/* A line whose only member is "msg". */
void log_event(enum log_level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Lines are written at once, unless a function was given that will have
 * log_flush() called soon: then they are collected, and written together.
 * From error upwards they are always written at once.
 */
void log_defer(void (*schedule)(void));
void log_flush(void);

#endif
