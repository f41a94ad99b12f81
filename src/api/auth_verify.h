/*
 * Checking a password, and a one-time password where it is asked for and the
 * user has those: the steps between looking up the user and doing what
 * was asked. The endpoint's state begins with a struct auth_credentials whose
 * password is set; the step before looked for the user (store/store_users.h).
 */
#ifndef AICHAT_AUTH_VERIFY_H
#define AICHAT_AUTH_VERIFY_H

#include "api/auth_credentials.h"

int auth_verify_look(struct flow *);
int auth_verify_hash(struct flow *);
int auth_verify_find_otp(struct flow *);
int auth_verify_otp(struct flow *);
int auth_verify_count(struct flow *);

#define AUTH_VERIFY_STEPS \
	STEP(auth_verify_look), STEP(auth_verify_hash), \
	    STEP(auth_verify_find_otp), STEP(auth_verify_otp), \
	    STEP(auth_verify_count)

/* What the step behind those asks first: true after a reply. */
bool auth_verify_refused(struct flow *);

#endif
