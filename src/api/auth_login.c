/*
 * POST /auth/login: a session for a name and its password.
 */
#include "api/auth.h"
#include "api/auth_tokens.h"
#include "api/auth_verify.h"
#include "core/hasher.h"
#include "core/reply.h"
#include "core/request.h"
#include "store/store_audit.h"

static int
find_user(struct flow *f)
{
	struct auth_credentials *c = f->state;

	if (!auth_credentials_read(f, c) ||
	    !request_text(f, "otp", AUTH_OTP_MAX, &c->otp))
		return (FLOW_DONE);
	if (c->name == NULL || c->password == NULL)
		return (reply_error(f, ERR_LOGIN_MISSING));
	c->asks_otp = true;
	return (store_user_by_name(f, c->name));
}

static int
hash_anew(struct flow *f)
{
	struct auth_credentials *c = f->state;

	if (auth_verify_refused(f))
		return (FLOW_DONE);
	store_audit_of(f, AUDIT_LOGIN, c->user_id, NULL);
	return (c->upgrade ? hasher_hash(f, c->password) : FLOW_NEXT);
}

static int
upgrade_hash(struct flow *f)
{
	struct auth_credentials *c = f->state;

	if (!c->upgrade)
		return (FLOW_NEXT);
	return (store_user_rehash(f, c->user_id, c->hash, hasher_result(f)));
}

static int
begin_session(struct flow *f)
{
	struct auth_credentials *c = f->state;
	struct store_user        user = {
		   .id = c->user_id, .name = c->name, .epoch = c->epoch};

	return (auth_tokens_begin(f, &user, &c->refresh));
}

static int
reply_session(struct flow *f)
{
	struct auth_credentials *c = f->state;

	return (auth_tokens_begun(f, 200, &c->refresh));
}

static const struct step login_steps[] = {STEP(find_user), AUTH_VERIFY_STEPS,
    STEP(hash_anew), STEP(upgrade_hash), STEP(begin_session),
    STEP(reply_session), STEPS_END};

int
auth_login(struct http_request *req)
{
	return (flow_run(req, login_steps, sizeof(struct auth_credentials),
	    auth_credentials_wipe));
}
