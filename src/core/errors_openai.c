#include <stddef.h>

#include "core/errors_openai.h"

#define ERRORS_OPENAI_ROW(name, type, code) [ERR_##name] = {type, code},
static const struct error_openai table[ERR__MAX] = {
    ERRORS_OPENAI(ERRORS_OPENAI_ROW)};

static const char *
type_of_status(int status)
{
	switch (status) {
	case 429:
		return ("rate_limit_exceeded");
	case 503:
		return ("service_unavailable_error");
	default:
		return (
		    status >= 500 ? "server_error" : "invalid_request_error");
	}
}

struct error_openai
error_openai(enum error e)
{
	const struct error_info *info = error_info(e);

	if (e > ERR_NONE && e < ERR__MAX && table[e].type != NULL)
		return (table[e]);
	return (
	    (struct error_openai){type_of_status(info->status), info->code});
}
