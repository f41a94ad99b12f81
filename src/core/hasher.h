/*
 * Passwords hashed and checked on threads, for flows (core/password.h does
 * the work). When too many wait, the request is answered 503.
 */
#ifndef AICHAT_HASHER_H
#define AICHAT_HASHER_H

#include <stdbool.h>

#include "core/flow.h"
#include "core/password.h"

/* Start this worker's pool. */
void hasher_init(void);

/* Begin; they return what the step is to return. */
int hasher_hash(struct flow *, const char *password);
int hasher_verify(struct flow *, const char *password, const char *hash);

/* What came of it, until the flow's next wait. */
const char *hasher_result(struct flow *);
bool        hasher_matched(struct flow *);
bool        hasher_wants_upgrade(struct flow *);

#endif
