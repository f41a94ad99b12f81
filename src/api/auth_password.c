/*
 * POST /auth/password: a new password, for one who knows the old one. This
 * session goes on, every other one is void.
 */
#include "api/auth.h"
#include "api/auth_verify.h"
#include "core/config.h"
#include "core/hasher.h"
#include "core/password_policy.h"
#include "core/reply.h"
#include "core/request.h"
#include "store/store_account.h"
#include "store/store_audit.h"
#include "store/store_users.h"

struct changing {
	struct auth_credentials credentials; /* first */
	const char             *fresh;       /* in the body */
};

static int
find_self(struct flow *f)
{
	struct changing *p = f->state;

	if (request_body(f) == NULL ||
	    !request_text(
		f, "password", PASSWORD_MAX, &p->credentials.password) ||
	    !request_text(f, "new_password", PASSWORD_MAX, &p->fresh))
		return (FLOW_DONE);
	if (p->credentials.password == NULL || p->fresh == NULL)
		return (reply_error(f, ERR_NEW_PASSWORD_MISSING));
	return (store_user_self(f));
}

static int
hash_fresh(struct flow *f)
{
	struct changing               *p = f->state;
	const struct auth_credentials *c = &p->credentials;
	const char                    *problem;

	if (auth_verify_refused(f))
		return (FLOW_DONE);
	problem = password_policy_check(
	    p->fresh, c->name, c->email, config.password_min_length);
	if (problem != NULL)
		return (reply_error_param(
		    f, ERR_INVALID_FIELD, "new_password", "%s", problem));
	return (hasher_hash(f, p->fresh));
}

static int
change(struct flow *f)
{
	struct changing *p = f->state;

	return (
	    store_account_password(f, p->credentials.hash, hasher_result(f)));
}

static int
reply_changed(struct flow *f)
{
	if (!store_account_changed(flow_rows(f)))
		return (reply_error(f, ERR_TOKEN_REVOKED));
	store_audit_of(f, AUDIT_PASSWORD_CHANGED, f->user.user_id, NULL);
	return (reply_message(f, "Password changed"));
}

static const struct step password_steps[] = {STEP(find_self), AUTH_VERIFY_STEPS,
    STEP(hash_fresh), STEP(change), STEP(reply_changed), STEPS_END};

int
auth_password(struct http_request *req)
{
	return (flow_run(req, password_steps, sizeof(struct changing), NULL));
}
