#include <string.h>
#include <strings.h>

#include "core/negotiate.h"

#define SPACE " \t"

/* ";q=0", with up to three zeros behind the point (section 12.4.2). */
static bool
weighs_nothing(const char *at, const char *end)
{
	at += strspn(at, SPACE);
	if (at == end || *at != ';')
		return (false);
	at++;
	at += strspn(at, SPACE);
	if (strncasecmp(at, "q=0", 3) != 0)
		return (false);
	at += 3;
	at += strspn(at, ".0");
	return (at + strspn(at, SPACE) == end);
}

bool
negotiate_coding(const char *field, const char *coding)
{
	const char *at = field, *end;
	size_t      len = strlen(coding);

	while (at != NULL && *at != '\0') {
		at += strspn(at, SPACE ",");
		end = at + strcspn(at, ",");
		if (strncasecmp(at, coding, len) == 0 &&
		    strchr(SPACE ";,", at[len]) != NULL)
			return (!weighs_nothing(at + len, end));
		at = end;
	}
	return (false);
}

bool
negotiate_matches(const char *field, const char *etag)
{
	const char *at = field;
	size_t      len = strlen(etag);

	while (at != NULL && *at != '\0') {
		at += strspn(at, SPACE ",");
		if (*at == '*')
			return (true);
		if (strncmp(at, "W/", 2) == 0)
			at += 2;
		if (strncmp(at, etag, len) == 0)
			return (true);
		/* A tag may hold a comma, but no quotation mark. */
		if (*at != '"' || (at = strchr(at + 1, '"')) == NULL)
			return (false);
		at++;
	}
	return (false);
}
