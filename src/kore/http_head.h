/*
 * Reads the head of an HTTP request (RFC 9112) strictly and rewrites it into
 * what Kore's own parser understands without harm. Pure: bytes in, verdict
 * out; src/kore/http_gate.c applies it to connections.
 */
#ifndef AICHAT_HTTP_HEAD_H
#define AICHAT_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/errors.h"

#define HTTP_HEAD_GROWTH 34 /* bytes a rewritten head can gain */

struct http_head {
	size_t   size;          /* bytes of the head as received */
	uint64_t body_size;     /* announced; 0 when there is none */
	bool     has_body_size; /* Content-Length was sent */
	bool     expects_continue;
	bool     version_1_0;
	bool     is_delete_with_body; /* Kore reads none: it is given
				       * PATCH, and put right later */
	const char *host;             /* in the caller's buffer, no port;
				       * empty: HTTP/1.0 without Host */
	size_t      host_len;
	const char *method; /* in the caller's buffer */
	size_t      method_len;
};

/*
 * Look for a complete head in data[0..len). Returns ERR_NONE and head->size
 * 0 while the blank line has not come (and nothing so far is illegal),
 * ERR_NONE and the filled head when it is acceptable, or the error to answer
 * with before the connection is closed.
 */
enum error http_head_read(const char *data, size_t len, struct http_head *head);

/*
 * Write the head again for Kore: the request line and the fields somebody
 * reads, each on one line, empty ones left out, Content-Length added to a
 * POST, PUT or PATCH without one and Host to an HTTP/1.0 request without.
 * data and head are those http_head_read() accepted; head->size +
 * HTTP_HEAD_GROWTH bytes always suffice. Returns the bytes written to out,
 * which has room for out_size; 0 when they do not fit.
 */
size_t http_head_rewrite(
    const char *data, const struct http_head *head, char *out, size_t out_size);

#endif
