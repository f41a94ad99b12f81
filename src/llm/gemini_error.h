/*
 * What Gemini's error objects mean: google.rpc.Status in JSON (Google AIP-193),
 * as a body or in the midst of a stream.
 */
#ifndef AICHAT_GEMINI_ERROR_H
#define AICHAT_GEMINI_ERROR_H

#include "llm/llm_answer.h"

/* The error of {"error":{...}}, or of an array that begins so; or NULL. */
const cJSON *gemini_error_find(const cJSON *root);

/* Fail with error, or NULL; status 0 takes that from its code. */
void gemini_error_read(struct llm_answer *, int status, const cJSON *error);

#endif
