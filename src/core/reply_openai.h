/*
 * What differs in replies below /v1, where OpenAI's clients read them: the
 * body of an error and some headers.
 */
#ifndef AICHAT_REPLY_OPENAI_H
#define AICHAT_REPLY_OPENAI_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/flow.h"

/* Whether this request's path is one of those. */
bool reply_openai_is(const struct flow *);

/* "error": {"message", "type", "param", "code"}, as a member; param is the
 * parameter that is to blame, or NULL. */
void reply_openai_put_error(
    struct buf *, enum error, const char *message, const char *param);

/* The headers of every reply, behind others; of one that is an error. */
void reply_openai_headers(const struct flow *, struct buf *fields);
void reply_openai_error_headers(struct flow *, enum error);

#endif
