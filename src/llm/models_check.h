/*
 * What an entry of MODELS_FILE may say: see llm/models.h for what it means.
 */
#ifndef AICHAT_MODELS_CHECK_H
#define AICHAT_MODELS_CHECK_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "core/buf.h"

/*
 * True when every member is known, of its type, and base_url, if there is one,
 * a URL without a key or a query. Otherwise a line for each that is not is
 * appended to problems, with the number of the entry, from 1, and without any
 * value: one might be a key.
 */
bool models_check(const cJSON *entry, int number, struct buf *problems);

#endif
