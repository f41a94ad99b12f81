#include <math.h>
#include <string.h>

#include "api/send.h"
#include "api/v1_metadata.h"
#include "api/v1_param.h"
#include "core/json.h"
#include "core/reply.h"

bool
v1_param_is_empty(const cJSON *value)
{
	return (cJSON_IsFalse(value) ||
	    (cJSON_IsString(value) && value->valuestring[0] == '\0') ||
	    ((cJSON_IsArray(value) || cJSON_IsObject(value)) &&
		value->child == NULL));
}

bool
v1_param_is_zero(const cJSON *value)
{
	return (v1_param_is_empty(value) ||
	    (cJSON_IsNumber(value) && value->valuedouble == 0));
}

bool
v1_param_is_one(const cJSON *value)
{
	return (cJSON_IsNumber(value) && value->valuedouble == 1);
}

static bool
is_string(const cJSON *value, const char *text)
{
	return (cJSON_IsString(value) && strcmp(value->valuestring, text) == 0);
}

bool
v1_param_is_text(const cJSON *value)
{
	return (v1_param_is_empty(value) ||
	    is_string(json_member(value, "type"), "text"));
}

bool
v1_param_is_choice(const cJSON *value)
{
	return (is_string(value, "none") || is_string(value, "auto"));
}

bool
v1_param_supported(struct flow *f, const struct v1_unsupported *table)
{
	const cJSON *value;

	for (; table->name != NULL; table++) {
		value = json_member(f->body, table->name);
		if (value == NULL || table->is_harmless(value))
			continue;
		reply_error_param(f, ERR_UNSUPPORTED_PARAMETER, table->name,
		    "Unsupported parameter: '%s' is not supported here",
		    table->name);
		return (false);
	}
	return (true);
}

int
v1_param_missing(struct flow *f, const char *param)
{
	return (reply_error_param(f, ERR_MISSING_PARAMETER, param,
	    "Missing required parameter: '%s'", param));
}

int
v1_param_invalid(struct flow *f, const char *param, const char *problem)
{
	return (reply_error_param(
	    f, ERR_INVALID_FIELD, param, "Invalid '%s': %s", param, problem));
}

bool
v1_param_number(struct flow *f, const char *name, double min, double max,
    bool *given, double *out)
{
	const cJSON *value = json_member(f->body, name);

	*given = value != NULL;
	if (value == NULL)
		return (true);
	if (cJSON_IsNumber(value) && isfinite(value->valuedouble) &&
	    value->valuedouble >= min && value->valuedouble <= max) {
		*out = value->valuedouble;
		return (true);
	}
	reply_error_param(f, ERR_INVALID_FIELD, name,
	    "Invalid '%s': a number from %g to %g is expected", name, min, max);
	return (false);
}

bool
v1_param_sampling(struct flow *f, struct llm_options *o)
{
	return (v1_param_number(f, "temperature", 0, 2, &o->has_temperature,
		    &o->temperature) &&
	    v1_param_number(f, "top_p", 0, 1, &o->has_top_p, &o->top_p));
}

bool
v1_param_model(struct flow *f, struct model **model, const char **name)
{
	if (!request_text(f, "model", SEND_MODEL_MAX, name))
		return (false);
	if (*name == NULL) {
		v1_param_missing(f, "model");
		return (false);
	}
	if ((*model = models_find(*name)) != NULL)
		return (true);
	reply_error_param(f, ERR_MODEL_NOT_FOUND, "model", "%s",
	    error_info(ERR_MODEL_NOT_FOUND)->message);
	return (false);
}

/* Of UTF-8 that was checked: every byte but continuations. */
static size_t
characters(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return (n);
}

bool
v1_param_metadata(struct flow *f, const cJSON **out)
{
	const cJSON *pair;
	const char  *problem = NULL;

	if ((*out = json_member(f->body, "metadata")) == NULL)
		return (true);
	if (!cJSON_IsObject(*out))
		problem = "an object is expected";
	else if (cJSON_GetArraySize(*out) > V1_METADATA_PAIRS)
		problem = "it may have 16 pairs at most";
	else
		cJSON_ArrayForEach(pair, *out)
			if (!cJSON_IsString(pair) ||
			    characters(pair->string) > V1_METADATA_NAME ||
			    characters(pair->valuestring) > V1_METADATA_TEXT)
				problem = "names of up to 64 and strings of "
					  "up to 512 characters are expected";
	if (problem != NULL)
		v1_param_invalid(f, "metadata", problem);
	return (problem == NULL);
}
