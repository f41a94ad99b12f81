#include <stdio.h>

#include "core/json.h"
#include "llm/llm_failure.h"
#include "llm/openai_error.h"

/* Words of error.type and error.code. */
static const struct llm_word errors[] = {{"insufficient_quota", LLM_QUOTA},
    {"credit_balance_exhausted", LLM_QUOTA},
    {"billing_hard_limit_reached", LLM_QUOTA},
    {"rate_limit_exceeded", LLM_RATE_LIMIT},
    {"rate_limit_error", LLM_RATE_LIMIT}, {"slow_down", LLM_RATE_LIMIT},
    {"server_is_overloaded", LLM_OVERLOADED},
    {"service_unavailable_error", LLM_OVERLOADED},
    {"overloaded_error", LLM_OVERLOADED}, {"invalid_api_key", LLM_AUTH},
    {"authentication_error", LLM_AUTH}, {"model_not_found", LLM_NOT_FOUND},
    {"invalid_request_error", LLM_BAD_REQUEST}, {NULL, LLM_NO_FAILURE}};

static enum llm_failure
classify(int status, int64_t code_status, const char *type, const char *code)
{
	int meaning;

	/* The code is the more exact of the two. */
	meaning = llm_word_meaning(errors, type, LLM_NO_FAILURE);
	meaning = llm_word_meaning(errors, code, meaning);
	if (meaning == LLM_QUOTA)
		return (LLM_QUOTA);
	if (status != 0)
		return (llm_failure_of_status(status));
	if (meaning != LLM_NO_FAILURE)
		return ((enum llm_failure)meaning);
	return (llm_failure_of_status((int)code_status));
}

void
openai_error_read(struct llm_answer *a, int status, const cJSON *root)
{
	const cJSON *error = json_member(root, "error");
	const char  *type, *code;
	char         number[8];
	int64_t      code_status = 500;

	/* Some send the members of error without that object around them. */
	if (!cJSON_IsObject(error))
		error = root;
	type = llm_json_text(error, "type");
	code = llm_json_text(error, "code");
	if (json_to_integer(
		json_member(error, "code"), 400, 599, &code_status)) {
		snprintf(number, sizeof(number), "%d", (int)code_status);
		code = number;
	}
	llm_answer_refuse(
	    a, classify(status, code_status, type, code), status, type, code);
}
