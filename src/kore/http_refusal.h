/*
 * An answer where there is no request.
 */
#ifndef AICHAT_HTTP_REFUSAL_H
#define AICHAT_HTTP_REFUSAL_H

#include <kore/kore.h>

#include <stdbool.h>

#include "core/errors.h"

/*
 * Queue the error as JSON with CORS and X-Request-Id, without the body for a
 * HEAD; it is logged and counted. The connection is the caller's to close.
 */
void http_refusal_send(struct connection *, enum error, bool head_only);

#endif
