#include <stdio.h>
#include <string.h>

#include "core/config_check.h"
#include "core/json.h"
#include "llm/models_check.h"

/* A misspelt base_url would send somebody's prompts elsewhere, so no name is
 * passed over. */
static const struct {
	const char *name;
	int         type; /* of cJSON */
	const char *expected;
} members[] = {
    {"id", cJSON_String, "a string"},
    {"provider", cJSON_String, "a string"},
    {"model", cJSON_String, "a string"},
    {"base_url", cJSON_String, "a string"},
    {"api_key", cJSON_String, "a string"},
    {"api_key_env", cJSON_String, "a string"},
    {"api_version", cJSON_String, "a string"},
    {"max_tokens", cJSON_Number, "a number"},
    {"extra", cJSON_Object, "an object"},
    {"old_max_tokens", cJSON_True | cJSON_False, "true or false"},
    {"no_usage", cJSON_True | cJSON_False, "true or false"},
    {"sampling", cJSON_True | cJSON_False, "true or false"},
};

/* NULL: it is what it should be. */
static const char *
complaint_of(const cJSON *member)
{
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(member->string, members[i].name) == 0)
			return ((member->type & members[i].type) != 0
				? NULL
				: members[i].expected);
	return ("nothing of that name is");
}

bool
models_check(const cJSON *entry, int number, struct buf *problems)
{
	const size_t before = problems->len;
	const cJSON *member;
	const char  *complaint;
	char         name[96];

	if (!cJSON_IsObject(entry)) {
		buf_printf(problems,
		    "MODELS_FILE: entry %d: an object is expected\n", number);
		return (false);
	}
	cJSON_ArrayForEach(member, entry) {
		if ((complaint = complaint_of(member)) != NULL)
			buf_printf(problems,
			    "MODELS_FILE: entry %d: %.40s: %s expected\n",
			    number, member->string, complaint);
	}
	member = json_member(entry, "base_url");
	if (cJSON_IsString(member)) {
		snprintf(name, sizeof(name), "MODELS_FILE: entry %d: base_url",
		    number);
		config_check_url(name, member->valuestring, problems);
	}
	return (problems->len == before);
}
