/*
 * The gate between a connection's bytes and Kore's HTTP parser: what RFC 9112
 * forbids is refused here with an error of ours, what Kore would lose
 * (pipelined requests, a missing Content-Length) is put right.
 */
#ifndef AICHAT_HTTP_GATE_H
#define AICHAT_HTTP_GATE_H

#include <kore/kore.h>

#include "core/errors.h"

/*
 * Answer on a connection that has no request (kore/http_refusal.h), then
 * close, having read on for a moment so that the answer is not lost to a
 * reset. Always returns KORE_RESULT_OK; the caller must not touch the request
 * any more.
 */
int gate_refuse(struct connection *, enum error);

#endif
