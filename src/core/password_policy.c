#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/common_passwords.h"
#include "core/names.h"
#include "core/password.h"
#include "core/password_policy.h"

static int
compare(const void *password, const void *entry)
{
	return (strcasecmp(password, *(const char *const *)entry));
}

static bool
is_common(const char *password)
{
	return (bsearch(password, common_passwords, common_passwords_count,
		    sizeof(common_passwords[0]), compare) != NULL);
}

/* Whether password is the part of email before its last @. */
static bool
is_local_part(const char *password, const char *email)
{
	const char *at = strrchr(email, '@');
	char        part[NAMES_EMAIL_MAX + 1];

	if (at == NULL || (size_t)(at - email) >= sizeof(part))
		return (false);
	snprintf(part, sizeof(part), "%.*s", (int)(at - email), email);
	return (names_equal(password, part));
}

const char *
password_policy_check(
    const char *password, const char *name, const char *email, int min_length)
{
	static char words[64];

	if (strlen(password) > PASSWORD_MAX)
		snprintf(words, sizeof(words),
		    "password must not be longer than %d bytes", PASSWORD_MAX);
	else if (names_length(password) < min_length)
		snprintf(words, sizeof(words),
		    "password must have at least %d characters", min_length);
	else if (is_common(password))
		return ("password is one of the most common ones");
	else if (names_equal(password, name))
		return ("password must not be the username");
	else if (email != NULL &&
	    (names_equal(password, email) || is_local_part(password, email)))
		return ("password must not be the email");
	else
		return (NULL);
	return (words);
}
