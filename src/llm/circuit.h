/*
 * A circuit breaker: after several failures in a row a provider is left alone
 * for a while, then one call may try whether it is back. Times are in
 * milliseconds of any steady clock. Pure.
 */
#ifndef AICHAT_CIRCUIT_H
#define AICHAT_CIRCUIT_H

#include <stdbool.h>
#include <stdint.h>

#define CIRCUIT_FAILURES 5 /* in a row open it */
#define CIRCUIT_OPEN_MS  10000

struct circuit {
	int      failures;   /* in a row */
	uint64_t open_until; /* 0: closed */
	bool     trying;     /* half open: one call is on its way */
};

/* Whether a call may be made now. Who is let through says how it went. */
bool circuit_allows(struct circuit *, uint64_t now);
void circuit_succeeded(struct circuit *);
void circuit_failed(struct circuit *, uint64_t now);

/* The call was given up by us: it says nothing about the provider. */
void circuit_abandoned(struct circuit *);

#endif
