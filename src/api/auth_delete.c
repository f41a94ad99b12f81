/*
 * DELETE /auth/me: the account and all its data are gone, at once. What is
 * being written at that moment goes a little later.
 */
#include "api/auth_me.h"
#include "api/auth_verify.h"
#include "core/db.h"
#include "core/reply.h"
#include "core/request.h"
#include "store/store_account.h"
#include "store/store_audit.h"
#include "store/store_users.h"

#define SWEEP_MS (2 * DB_DEADLINE_MS) /* no statement is older then */

static int
find_self(struct flow *f)
{
	struct auth_credentials *c = f->state;

	if (f->user.key_hash[0] != '\0')
		return (reply_error(f, ERR_KEY_NOT_ALLOWED));
	if (request_body(f) == NULL ||
	    !request_text(f, "password", PASSWORD_MAX, &c->password))
		return (FLOW_DONE);
	if (c->password == NULL)
		return (reply_error(f, ERR_PASSWORD_MISSING));
	return (store_user_self(f));
}

static int
delete_account(struct flow *f)
{
	struct auth_credentials *c = f->state;

	if (auth_verify_refused(f))
		return (FLOW_DONE);
	return (store_account_delete(f, c->hash));
}

static void
sweep(void *user_id, u_int64_t now)
{
	(void)now;
	db_send_for(
	    store_account_sweep((int64_t)(intptr_t)user_id), NULL, NULL);
}

static int
reply_deleted(struct flow *f)
{
	kore_timer_add(sweep, SWEEP_MS, (void *)(intptr_t)f->user.user_id,
	    KORE_TIMER_ONESHOT);
	store_audit_of(f, AUDIT_DELETED, f->user.user_id, NULL);
	return (reply_message(f, "Account deleted"));
}

static const struct step delete_steps[] = {STEP(find_self), AUTH_VERIFY_STEPS,
    STEP(delete_account), STEP(reply_deleted), STEPS_END};

int
auth_delete(struct http_request *req)
{
	return (flow_run(req, delete_steps, sizeof(struct auth_credentials),
	    auth_credentials_wipe));
}
