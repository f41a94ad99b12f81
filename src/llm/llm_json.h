/*
 * Reads the JSON of providers, which is taken as it comes: unlike clients'
 * (core/json.h) it may repeat names and break surrogate pairs (RFC 8259,
 * section 8.2, leaves the latter open; one half of an emoji a delta is real).
 *
 * In the tree each \uD800 to \uDFFF stands as the three bytes UTF-8 would
 * give it (WTF-8), which cJSON passes on and llm_answer_put() makes
 * characters of. NUL is left out, as \u0000 and as a byte.
 */
#ifndef AICHAT_LLM_JSON_H
#define AICHAT_LLM_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cjson/cJSON.h>

/* The caller owns the tree (cJSON_Delete); NULL when text is not JSON. */
cJSON *llm_json_read(const char *text, size_t len);

/* These may be asked of anything, NULL included. */

/* The string called name, or NULL. */
const char *llm_json_text(const cJSON *object, const char *name);

/* The first element of the array called name, or NULL. */
const cJSON *llm_json_first(const cJSON *object, const char *name);

/* The count of tokens called name: true when there is a sane one. */
bool llm_json_count(const cJSON *object, const char *name, int64_t *out);

#endif
