#include <ctype.h>
#include <string.h>

#include "core/json.h"
#include "llm/gemini_error.h"
#include "llm/llm_failure.h"

/* The first string called name in a detail of error, or NULL. */
static const char *
find_detail(const cJSON *error, const char *name)
{
	const cJSON *detail;
	const char  *text;

	cJSON_ArrayForEach(detail, json_member(error, "details"))
		if ((text = llm_json_text(detail, name)) != NULL)
			return (text);
	return (NULL);
}

/* Whether a quota of a day is violated (google.rpc.QuotaFailure). */
static bool
day_is_used_up(const cJSON *error)
{
	const cJSON *detail, *violation;
	const char  *id;

	cJSON_ArrayForEach(detail, json_member(error, "details"))
		cJSON_ArrayForEach(
		    violation, json_member(detail, "violations")) {
			id = llm_json_text(violation, "quotaId");
			if (id != NULL && strstr(id, "PerDay") != NULL)
				return (true);
		}
	return (false);
}

/* Whether the message says that the model is not for this account at all. */
static bool
limit_is_none(const cJSON *error)
{
	static const char none[] = "limit: 0";
	const char       *p = llm_json_text(error, "message");

	while (p != NULL && (p = strstr(p, none)) != NULL) {
		p += sizeof(none) - 1;
		if (!isdigit((unsigned char)*p))
			return (true);
	}
	return (false);
}

static enum llm_failure
classify(int status, const cJSON *error, const char *reason)
{
	/* A wrong key is a 400 like a wrong field. */
	if (reason != NULL && strcmp(reason, "API_KEY_INVALID") == 0)
		return (LLM_AUTH);
	if (status == 429 && (day_is_used_up(error) || limit_is_none(error)))
		return (LLM_QUOTA);
	return (llm_failure_of_status(status));
}

const cJSON *
gemini_error_find(const cJSON *root)
{
	if (cJSON_IsArray(root))
		root = root->child;
	return (json_member(root, "error"));
}

void
gemini_error_read(struct llm_answer *a, int status, const cJSON *error)
{
	const char *reason = find_detail(error, "reason");
	int64_t     code = 500;
	int         delay;

	json_to_integer(json_member(error, "code"), 400, 599, &code);
	delay = llm_failure_retry_ms(find_detail(error, "retryDelay"));
	if (delay > 0)
		a->retry_after_ms = delay;
	llm_answer_refuse(a,
	    classify(status != 0 ? status : (int)code, error, reason), status,
	    llm_json_text(error, "status"), reason);
}
