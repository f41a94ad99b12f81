/*
 * A call to an upstream over HTTPS, through Kore's curl: one POST whose answer
 * is taken as it arrives. Redirects are not followed, certificates are
 * checked, and every way to wait for ever has its limit.
 */
#ifndef AICHAT_UPSTREAM_H
#define AICHAT_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

struct upstream;

enum upstream_end {
	UPSTREAM_COMPLETE,  /* the body ended as HTTP says it does */
	UPSTREAM_TIMED_OUT, /* connecting, first byte, idle, or in all */
	UPSTREAM_BROKEN     /* cannot connect, TLS, cut short */
};

struct upstream_call {
	const char *url;
	const char *headers; /* "name: value\n" lines */
	const char *body;
	size_t      body_len;

	/* Bytes of the body; false ends the call at once, without end(). */
	bool (*data)(void *arg, int status, const char *bytes, size_t len);

	/* The call is over, and is freed after this. */
	void (*end)(void *arg, enum upstream_end, int status,
	    const char *retry_after, const char *problem);
	void *arg;
};

/* Begin; everything in the call but arg is copied. Never NULL. */
struct upstream *upstream_begin(const struct upstream_call *);

/* End it now, without end(); not from inside data(). Takes NULL. */
void upstream_abort(struct upstream *);

/* Let it come to its end unheard, so that its connection can be used again;
 * may be called from inside data(). */
void upstream_detach(struct upstream *);

/* In the parent: make the CA bundle readable to confined workers. */
#define UPSTREAM_CA_FILE "etc/ca.pem" /* in a worker's root */

#endif
