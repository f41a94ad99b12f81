/*
 * What HTTP (RFC 9110) says about a request that failed, whoever the provider
 * is; each knows exceptions.
 */
#ifndef AICHAT_LLM_FAILURE_H
#define AICHAT_LLM_FAILURE_H

#include <stddef.h>

#include "llm/provider.h"

/* What a failure is called in the metrics; NULL for none. */
const char *llm_failure_name(size_t failure);

/* The class of a status that is not 200. */
enum llm_failure llm_failure_of_status(int status);

/*
 * Milliseconds of a Retry-After (seconds, or a date), or of a duration such
 * as Google's "46.7s"; at most a day. 0 for NULL and what is neither.
 */
int llm_failure_retry_ms(const char *value);

#endif
