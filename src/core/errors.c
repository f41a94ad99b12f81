#include <string.h>

#include "core/errors.h"

#define ERRORS_ROW(name, code, status, message) \
	[ERR_##name] = {status, code, message},
static const struct error_info table[ERR__MAX] = {ERRORS(ERRORS_ROW)};

const struct error_info *
error_info(enum error e)
{
	if (e <= ERR_NONE || e >= ERR__MAX)
		e = ERR_INTERNAL;
	return (&table[e]);
}

enum error
error_by_code(const char *code)
{
	int e;

	for (e = ERR_NONE + 1; e < ERR__MAX; e++)
		if (strcmp(table[e].code, code) == 0)
			return ((enum error)e);
	return (ERR_INTERNAL);
}
