/*
 * POST /auth/signup: a new account, and its first session.
 */
#include <string.h>

#include "api/auth.h"
#include "api/auth_credentials.h"
#include "api/auth_tokens.h"
#include "api/throttle.h"
#include "core/config.h"
#include "core/hasher.h"
#include "core/password_policy.h"
#include "core/reply.h"
#include "store/store_audit.h"

static int
refuse(struct flow *f, const char *problem)
{
	return (reply_error_detail(f, ERR_INVALID_FIELD, "%s", problem));
}

static int
check_signup(struct flow *f)
{
	struct auth_credentials *c = f->state;
	const char              *problem;

	if (!auth_credentials_read(f, c) || !auth_credentials_read_email(f, c))
		return (FLOW_DONE);
	if (c->email == NULL || c->name == NULL || c->password == NULL)
		return (reply_error(f, ERR_SIGNUP_MISSING));
	if ((problem = names_check_email(c->email)) != NULL ||
	    (problem = names_check_username(c->name)) != NULL ||
	    (problem = password_policy_check(c->password, c->name, c->email,
		 config.password_min_length)) != NULL)
		return (refuse(f, problem));
	return (throttle_signup(f));
}

static int
find_taken(struct flow *f)
{
	struct auth_credentials *c = f->state;

	if (throttle_refused(f))
		return (FLOW_DONE);
	return (store_user_find_taken(f, c->email, c->name));
}

static int
hash_password(struct flow *f)
{
	struct auth_credentials *c = f->state;
	bool                     email, name;

	store_user_taken(flow_rows(f), &email, &name);
	if (email)
		return (reply_error(f, ERR_EMAIL_TAKEN));
	if (name)
		return (reply_error(f, ERR_USERNAME_TAKEN));
	return (hasher_hash(f, c->password));
}

static int
create_user(struct flow *f)
{
	struct auth_credentials *c = f->state;

	strcpy(c->hash, hasher_result(f));
	return (store_user_create(f, c->email, c->name, c->hash));
}

/* Somebody else took a name meanwhile: look again which it was. */
static int
created(struct flow *f)
{
	struct auth_credentials *c = f->state;
	struct store_user        user;

	if (!store_user_read(flow_rows(f), &user))
		return (store_user_find_taken(f, c->email, c->name));
	store_audit_of(f, AUDIT_SIGNUP, user.id, NULL);
	return (auth_tokens_begin(f, &user, &c->refresh));
}

static int
reply_created(struct flow *f)
{
	struct auth_credentials *c = f->state;
	bool                     email, name;

	if (c->refresh.user_id != 0)
		return (auth_tokens_begun(f, 201, &c->refresh));
	store_user_taken(flow_rows(f), &email, &name);
	return (reply_error(f, email ? ERR_EMAIL_TAKEN : ERR_USERNAME_TAKEN));
}

static const struct step signup_steps[] = {STEP(check_signup), STEP(find_taken),
    STEP(hash_password), STEP(create_user), STEP(created), STEP(reply_created),
    STEPS_END};

int
auth_signup(struct http_request *req)
{
	return (
	    flow_run(req, signup_steps, sizeof(struct auth_credentials), NULL));
}
