#include <sodium.h>

#include "api/auth_credentials.h"
#include "core/request.h"

/* A text without the white space at its ends, in a buffer of max + 1. */
static bool
read_name(struct flow *f, const char *member, size_t max, const char **name,
    char *buffer)
{
	if (!request_text(f, member, max, name))
		return (false);
	if (*name == NULL)
		return (true);
	names_trim(*name, buffer, max + 1);
	*name = buffer;
	return (true);
}

bool
auth_credentials_read(struct flow *f, struct auth_credentials *c)
{
	return (request_body(f) != NULL &&
	    read_name(
		f, "username", NAMES_USERNAME_MAX, &c->name, c->name_text) &&
	    request_text(f, "password", PASSWORD_MAX, &c->password));
}

void
auth_credentials_wipe(void *state)
{
	sodium_memzero(state, sizeof(struct auth_credentials));
}

bool
auth_credentials_read_email(struct flow *f, struct auth_credentials *c)
{
	return (
	    read_name(f, "email", NAMES_EMAIL_MAX, &c->email, c->email_text));
}
