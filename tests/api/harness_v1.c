#include "harness.h"

static bool
is(const cJSON *error, const char *member, const char *value)
{
	const cJSON *found = cJSON_GetObjectItemCaseSensitive(error, member);

	if (value == NULL)
		return (cJSON_IsNull(found));
	return (
	    cJSON_IsString(found) && strcmp(found->valuestring, value) == 0);
}

void
v1_assert_error(const struct reply *r, int status, const char *type,
    const char *code, const char *param, const char *file, int line)
{
	const cJSON *error, *message;

	reply_assert_status(r, status, file, line);
	reply_assert_obligations(r, file, line);
	reply_assert_header(r, "OpenAI-Processing-Ms", NULL, file, line);
	error = cJSON_GetObjectItemCaseSensitive(r->json, "error");
	message = cJSON_GetObjectItemCaseSensitive(error, "message");
	if (cJSON_GetArraySize(r->json) == 1 &&
	    cJSON_GetArraySize(error) == 4 && cJSON_IsString(message) &&
	    message->valuestring[0] != '\0' && is(error, "type", type) &&
	    is(error, "code", code) && is(error, "param", param))
		return;
	print_error("%s, %s, param %s expected in the answer:\n%s%s\n", type,
	    code, param != NULL ? param : "null", r->headers, r->body);
	_fail(file, line);
}
