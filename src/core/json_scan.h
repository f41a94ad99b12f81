/*
 * Checks that a text is JSON without building anything. cJSON takes more than
 * JSON (a byte order mark, control characters as white space or in strings,
 * "01", "+1", "1.", lone surrogates), so json_read() asks here first.
 */
#ifndef AICHAT_JSON_SCAN_H
#define AICHAT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json.h"

/*
 * Whether text is one JSON value and nothing else, within the limits of
 * core/json.h; names may still repeat. Fills *error when it is not.
 */
bool json_scan(const char *text, size_t len, struct json_error *error);

/* Where the n-th name (from 1, over all objects) of an accepted text is. */
size_t json_scan_name(const char *text, size_t len, size_t n);

#endif
