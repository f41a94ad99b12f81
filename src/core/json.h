/*
 * JSON in and out.
 *
 * In: cJSON behind a stricter door (RFC 8259 with the interoperability rules
 * of RFC 7493): valid UTF-8, no NUL and no lone surrogate in a string, no
 * name twice in one object, bounded depth and width, nothing after the value.
 *
 * Out: a writer that appends to a struct buf and puts the commas itself. It
 * exists because building a cJSON tree to print it costs several times what
 * the statement behind a page of history does.
 */
#ifndef AICHAT_JSON_H
#define AICHAT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cjson/cJSON.h>

#include "core/buf.h"

#define JSON_DEPTH_MAX   32  /* nested objects and arrays */
#define JSON_MEMBERS_MAX 128 /* names in one object */

struct json_error {
	size_t      offset;  /* byte at which reading stopped */
	const char *problem; /* static text, for people */
};

/*
 * Read one JSON value. The caller owns the tree (cJSON_Delete). NULL when the
 * text is refused, and then *error says where and why.
 */
cJSON *json_read(const char *text, size_t len, struct json_error *error);

/* Whether these bytes are well-formed UTF-8 (RFC 3629) without NUL. */
bool json_utf8(const char *text, size_t len, size_t *bad_offset);

/* Member called name, or NULL when it is absent or null. */
const cJSON *json_member(const cJSON *object, const char *name);

/* A whole number within [min, max], exactly representable; else false. */
bool
json_to_integer(const cJSON *value, int64_t min, int64_t max, int64_t *out);

/*
 * The writer. Key is the member's name, or NULL for an array's element or a
 * value of its own. Text is UTF-8; what is not is written as U+FFFD, so that
 * the output is valid whatever a provider sent.
 */
void json_open_object(struct buf *, const char *key);
void json_close_object(struct buf *);
void json_open_array(struct buf *, const char *key);
void json_close_array(struct buf *);
void json_put_text(struct buf *, const char *key, const char *text);
void
json_put_bytes(struct buf *, const char *key, const char *text, size_t len);
void json_put_int(struct buf *, const char *key, int64_t value);
/* RFC 3339, UTC, of microseconds since 1970. */
void json_put_time(struct buf *, const char *key, int64_t microseconds);
void json_put_double(struct buf *, const char *key, double value); /* finite */
void json_put_bool(struct buf *, const char *key, bool value);
void json_put_null(struct buf *, const char *key);
/* The same, or null when text is NULL. */
void json_put_text_or_null(struct buf *, const char *key, const char *text);
/* What is JSON already; null when it is NULL. */
void json_put_raw(struct buf *, const char *key, const char *json);
void json_put_tree(struct buf *, const char *key, const cJSON *);

#endif
