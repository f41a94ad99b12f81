/*
 * What the table of errors (core/errors.h) is called by clients of /v1:
 * OpenAI's types and codes
 * (https://platform.openai.com/docs/guides/error-codes), which decide, for
 * one, whether a client tries again.
 */
#ifndef AICHAT_ERRORS_OPENAI_H
#define AICHAT_ERRORS_OPENAI_H

#include "core/errors.h"

/* Errors whose type or code follows from neither their status nor their own
 * code. */
#define ERRORS_OPENAI(X) \
	X(INVALID_FIELD, "invalid_request_error", "invalid_value") \
	X(TOKEN_MISSING, "invalid_request_error", "invalid_api_key") \
	X(TOKEN_MALFORMED, "invalid_request_error", "invalid_api_key") \
	X(TOKEN_INVALID, "invalid_request_error", "invalid_api_key") \
	X(TOKEN_EXPIRED, "invalid_request_error", "invalid_api_key") \
	X(TOKEN_NOT_ACCESS, "invalid_request_error", "invalid_api_key") \
	X(TOKEN_REVOKED, "invalid_request_error", "invalid_api_key") \
	X(RATE_LIMIT_REACHED, "insufficient_quota", "insufficient_quota") \
	X(KEY_LIMIT_REACHED, "insufficient_quota", "insufficient_quota") \
	X(TOO_MANY_RUNNING, "rate_limit_exceeded", "rate_limit_exceeded") \
	X(TOO_MANY_ATTEMPTS, "rate_limit_exceeded", "rate_limit_exceeded")

struct error_openai {
	const char *type;
	const char *code;
};

struct error_openai error_openai(enum error);

#endif
