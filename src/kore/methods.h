/*
 * The methods of a route, declared in kore.conf by `restrict`. Kore would
 * answer others itself, without a body and without CORS, and OPTIONS cannot
 * be listed; so the lists are taken over at start, and Kore lets all pass.
 */
#ifndef AICHAT_METHODS_H
#define AICHAT_METHODS_H

#include <kore/kore.h>
#include <kore/http.h>

#include <stdbool.h>

#include "core/buf.h"

/* Take the lists over, in each worker. */
void methods_init(void);

/* Whether the request's route has its method. HEAD goes with GET. */
bool methods_allow(const struct http_request *);

/* Append the methods of the request's route: "GET, HEAD, OPTIONS". */
void methods_list(const struct http_request *, struct buf *);

#endif
