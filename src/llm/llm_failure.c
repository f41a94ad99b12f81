#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "llm/llm_failure.h"

const char *
llm_failure_name(size_t failure)
{
	static const char *const names[LLM_FAILURE__MAX] = {
	    [LLM_AUTH] = "auth",
	    [LLM_BAD_REQUEST] = "bad_request",
	    [LLM_NOT_FOUND] = "not_found",
	    [LLM_RATE_LIMIT] = "rate_limit",
	    [LLM_QUOTA] = "quota",
	    [LLM_OVERLOADED] = "overloaded",
	    [LLM_SERVER] = "server",
	    [LLM_TIMEOUT] = "timeout",
	    [LLM_NETWORK] = "network",
	    [LLM_PROTOCOL] = "protocol",
	};

	return (failure < LLM_FAILURE__MAX ? names[failure] : NULL);
}

#define RETRY_MAX 86400 /* seconds */

enum llm_failure
llm_failure_of_status(int status)
{
	switch (status) {
	case 401:
	case 403:
		return (LLM_AUTH);
	case 402: /* out of credits */
		return (LLM_QUOTA);
	case 404:
		return (LLM_NOT_FOUND);
	case 408:
	case 504:
	case 524: /* Cloudflare: the origin is silent */
		return (LLM_TIMEOUT);
	case 409: /* a conflict over there, gone when asked again */
	case 499: /* Google: cancelled over there */
		return (LLM_SERVER);
	case 429:
		return (LLM_RATE_LIMIT);
	case 503:
	case 529: /* Anthropic */
		return (LLM_OVERLOADED);
	}
	if (status >= 500)
		return (LLM_SERVER);
	/* A redirect is not followed, and other 2xx are no answer. */
	return (status >= 400 ? LLM_BAD_REQUEST : LLM_PROTOCOL);
}

/* Seconds until an IMF-fixdate (RFC 9110, section 5.6.7); 0 when past. */
static double
until(const char *date)
{
	struct tm   tm;
	const char *end;
	double      seconds;

	memset(&tm, 0, sizeof(tm));
	end = strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	if (end == NULL || *end != '\0')
		return (0);
	seconds = difftime(timegm(&tm), time(NULL));
	return (seconds > 0 ? seconds : 0);
}

int
llm_failure_retry_ms(const char *value)
{
	double seconds;

	if (value == NULL)
		return (0);
	value += strspn(value, " \t");
	if (isdigit((unsigned char)*value))
		seconds = strtod(value, NULL);
	else
		seconds = until(value);
	if (seconds > RETRY_MAX)
		seconds = RETRY_MAX;
	return ((int)(seconds * 1000));
}
