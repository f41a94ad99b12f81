/*
 * Name and password in a body, and what becomes of them.
 */
#ifndef AICHAT_AUTH_CREDENTIALS_H
#define AICHAT_AUTH_CREDENTIALS_H

#include "core/flow.h"
#include "core/names.h"
#include "core/password.h"
#include "core/token.h"

struct auth_credentials {
	const char  *email;    /* NULL, or email_text */
	const char  *name;     /* NULL, or name_text */
	const char  *password; /* in the body */
	char         email_text[NAMES_EMAIL_MAX + 1];
	char         name_text[NAMES_USERNAME_MAX + 1];
	int64_t      user_id; /* 0: nobody has the name */
	int64_t      epoch;
	char         hash[PASSWORD_HASH_SIZE];
	bool         matched;
	bool         upgrade; /* the hash is of an older kind */
	struct token refresh; /* of the session that is begun */
};

/* Read username and password, NULL when absent; false after a reply. */
bool auth_credentials_read(struct flow *, struct auth_credentials *);
/* The e-mail as well. */
bool auth_credentials_read_email(struct flow *, struct auth_credentials *);

#endif
