/*
 * What the errors of OpenAI and of compatible servers mean
 * (https://platform.openai.com/docs/guides/error-codes), as a body or in the
 * midst of a stream.
 */
#ifndef AICHAT_OPENAI_ERROR_H
#define AICHAT_OPENAI_ERROR_H

#include "llm/llm_answer.h"

/* Fail with what was sent, NULL when it is not JSON; status 0: in a stream. */
void openai_error_read(struct llm_answer *, int status, const cJSON *root);

#endif
