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

/*
 * Where a request is counted: its route's number, and by that a label for it,
 * such as /chat/messages/{id}/stop; NULL when there is no such route. The last
 * number is that of requests no route was looked for.
 */
#define METHODS_ROUTES 129
size_t      methods_route(const struct http_request *);
const char *methods_route_label(size_t);

/* Append the methods of the request's route: "GET, HEAD, OPTIONS". */
void methods_list(const struct http_request *, struct buf *);

#endif
