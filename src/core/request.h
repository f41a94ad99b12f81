/*
 * What a request carries, read strictly. Each function that finds something
 * wrong has replied already: the step returns FLOW_DONE then.
 */
#ifndef AICHAT_REQUEST_H
#define AICHAT_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/flow.h"

#define REQUEST_BODY_MAX (256 * 1024) /* bytes */
#define REQUEST_KEY_MAX  255          /* of an Idempotency-Key */

/* The JSON object in the body, the flow's own; NULL after a reply. */
const cJSON *request_body(struct flow *);
/* The same for an endpoint with a limit of its own, in bytes. */
const cJSON *request_body_within(struct flow *, size_t max);

/*
 * A text member. *out is NULL when it is absent, null or empty. False after
 * a reply: it is of another type, or longer than max bytes.
 */
bool
request_text(struct flow *, const char *name, size_t max, const char **out);

/* The same for a whole number in [min, max]; *out is 0 when it is absent. */
bool request_number(
    struct flow *, const char *name, int64_t min, int64_t max, int64_t *out);

/*
 * A number in the query string, which kore.conf's params let through or
 * not. 0 when absent; false after a reply: it was there, but not valid.
 */
bool request_query_number(
    struct flow *, const char *name, int64_t max, int64_t *out);

/* The same for a text, the request's own; NULL when it is absent. */
bool request_query_text(struct flow *, const char *name, const char **out);

/*
 * The id in a path like /chat/messages/ID/stream, whose shape the route has
 * checked: the UUID behind prefix. False after a reply: it is not one.
 */
bool request_path_uuid(
    struct flow *, const char *prefix, enum error, struct uuid *out);

/* What the client calls itself (User-Agent), shortened, in plain ASCII. */
#define REQUEST_DEVICE_SIZE 121
void request_device(struct flow *, char out[REQUEST_DEVICE_SIZE]);

/* Whether the client asks for server-sent events by its Accept field. */
bool request_accepts_events(struct flow *);

/* A member that is true or false; *out is false when it is absent. */
bool request_bool(struct flow *, const char *name, bool *out);

/* The Idempotency-Key, NULL when there is none; false after a reply. */
bool request_idempotency_key(struct flow *, const char **key);

/*
 * What the key is bound to: a hash of method, path and body, as text, so
 * that the same key with another request is noticed.
 */
#define REQUEST_FINGERPRINT_SIZE 44
void request_fingerprint(struct flow *, char out[REQUEST_FINGERPRINT_SIZE]);

#endif
