/*
 * The table audit, from a worker's side.
 */
#ifndef AICHAT_STORE_AUDIT_H
#define AICHAT_STORE_AUDIT_H

#include <stdint.h>

#include "core/flow.h"
#include "store/audit_event.h"

/*
 * Append to the audit log. Nobody waits for it: a row may be lost when the
 * machine crashes in the same moment; one that cannot be written is logged.
 * user_id 0 is nobody known; address and detail may be NULL and are copied.
 * detail is a few words: never a name, a secret or what a client typed.
 */
void store_audit(
    enum audit_event, int64_t user_id, const char *address, const char *detail);

/* The same with the address of the request. */
void store_audit_of(
    struct flow *, enum audit_event, int64_t user_id, const char *detail);

#endif
