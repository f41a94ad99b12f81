/*
 * Replies: JSON with the headers every reply carries (CORS, X-Request-Id,
 * no-store, nosniff, Date, and the day's allowance when it is known). One
 * call fails a request: it logs, answers and ends it. All return FLOW_DONE.
 */
#ifndef AICHAT_REPLY_H
#define AICHAT_REPLY_H

#include "core/buf.h"
#include "core/flow.h"

/* Send body, which is released. */
int reply_json(struct flow *, int status, struct buf *body);

/* The same of {"msg": message}, with status 200. */
int reply_message(struct flow *, const char *message);

/* Only the headers every reply carries, personal or not. */
void reply_headers_common(struct flow *);

/* Those, and what belongs to a personal one, for core/stream.h. */
void reply_headers(struct flow *, const char *content_type);

/* A further field behind others, for reply_headers(). */
void reply_field(struct buf *, const char *name, const char *value);
void reply_field_number(struct buf *, const char *name, int64_t value);

/* Send the error with the words of its row. */
int reply_error(struct flow *, enum error);

/* The same with words of its own; never pass a secret. */
int reply_error_detail(struct flow *, enum error, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, and which parameter is to blame, as OpenAI's clients would write
 * it (input[0].content); NULL is none. */
int reply_error_param(struct flow *, enum error, const char *param,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Answer OPTIONS: what the route takes, for browsers (CORS preflight). */
int reply_preflight(struct flow *);

#endif
