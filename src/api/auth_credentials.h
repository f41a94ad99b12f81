/*
 * Name and password in a body, and what becomes of them.
 */
#ifndef AICHAT_AUTH_CREDENTIALS_H
#define AICHAT_AUTH_CREDENTIALS_H

#include "core/flow.h"
#include "core/names.h"
#include "core/password.h"
#include "core/token.h"
#include "core/totp.h"

#define AUTH_OTP_MAX 64 /* bytes of a one-time password or recovery code */

struct auth_credentials {
	const char  *email;    /* NULL, or email_text */
	const char  *name;     /* NULL, or name_text */
	const char  *password; /* in the body */
	const char  *otp;      /* the same, or NULL */
	char         email_text[NAMES_EMAIL_MAX + 1];
	char         name_text[NAMES_USERNAME_MAX + 1];
	int64_t      user_id; /* 0: nobody has the name */
	int64_t      epoch;
	char         hash[PASSWORD_HASH_SIZE];
	enum error   refusal;  /* why it does not match */
	bool         asks_otp; /* a one-time password is to be given, */
	bool         has_otp;  /* if the user has those; the secret is */
	uint8_t      otp_secret[TOTP_SECRET_SIZE];
	bool         otp_readable; /* it is there */
	bool         otp_sent;     /* to the database, to be used up */
	bool         otp_recovery; /* it is a recovery code */
	bool         upgrade;      /* the hash is of an older kind */
	struct token refresh;      /* of the session that is begun */
};

/* Read username and password, NULL when absent; false after a reply. */
bool auth_credentials_read(struct flow *, struct auth_credentials *);
/* Overwrite what is secret in it; for flow_run(). */
void auth_credentials_wipe(void *);
/* The e-mail as well. */
bool auth_credentials_read_email(struct flow *, struct auth_credentials *);

#endif
