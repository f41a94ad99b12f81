#include <string.h>
#include <time.h>

#include "api/auth_verify.h"
#include "api/throttle.h"
#include "core/config.h"
#include "core/hasher.h"
#include "core/log.h"
#include "core/reply.h"
#include "core/totp_vault.h"
#include "store/store_audit.h"
#include "store/store_totp.h"
#include "store/store_users.h"

/* The name of one who has asked for himself is the stored one. */
static void
take_user(struct auth_credentials *c, const struct store_user *user)
{
	c->user_id = user->id;
	c->epoch = user->epoch;
	snprintf(c->hash, sizeof(c->hash), "%s", user->password_hash);
	snprintf(c->name_text, sizeof(c->name_text), "%s", user->name);
	c->name = c->name_text;
	snprintf(c->email_text, sizeof(c->email_text), "%s", user->email);
	c->email = c->email_text;
}

/* A name nobody has costs the same time as a wrong password. */
int
auth_verify_look(struct flow *f)
{
	struct auth_credentials *c = f->state;
	struct store_user        user;

	if (store_user_read(flow_rows(f), &user))
		take_user(c, &user);
	else if (f->user.user_id != 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	else
		strcpy(c->hash, password_dummy_hash);
	return (throttle_look(f, c->name));
}

int
auth_verify_hash(struct flow *f)
{
	struct auth_credentials *c = f->state;

	if (throttle_refused(f))
		return (FLOW_DONE);
	return (hasher_verify(f, c->password, c->hash));
}

/* Each is used once; whether this one was, the database knows. */
static int
use_otp(struct flow *f)
{
	struct auth_credentials *c = f->state;
	struct uuid              request;
	char                     hash[ACTOR_HASH_SIZE];
	int64_t                  step;

	/* JWT_SECRET_KEY is another one now; nobody is let in by that. */
	if (!c->otp_readable) {
		log_event(LOG_LEVEL_ERROR, "totp_unreadable",
		    "one-time passwords were set up with another secret");
		return (FLOW_NEXT);
	}
	step = totp_match(c->otp_secret, c->otp, time(NULL));
	c->otp_recovery = step == 0 &&
	    totp_recovery_hash(config.jwt_secret_key, c->user_id, c->otp, hash);
	if (step == 0 && !c->otp_recovery)
		return (FLOW_NEXT);
	c->otp_sent = true;
	uuid_new(&request);
	return (store_totp_use(
	    f, c->user_id, step, c->otp_recovery ? hash : NULL, &request));
}

int
auth_verify_find_otp(struct flow *f)
{
	struct auth_credentials *c = f->state;

	c->upgrade = hasher_wants_upgrade(f);
	if (!hasher_matched(f) || c->user_id == 0)
		c->refusal = ERR_BAD_CREDENTIALS;
	if (c->refusal != ERR_NONE || !c->asks_otp)
		return (FLOW_NEXT);
	return (store_totp_of(f, c->user_id));
}

static void
take_otp(struct auth_credentials *c, const struct db_call *rows)
{
	size_t      size;
	const void *sealed = store_totp_sealed(rows, &size, &c->has_otp);

	if (c->has_otp)
		c->otp_readable = totp_open(config.jwt_secret_key, c->user_id,
		    sealed, size, c->otp_secret);
}

int
auth_verify_otp(struct flow *f)
{
	struct auth_credentials *c = f->state;

	if (c->refusal != ERR_NONE || !c->asks_otp)
		return (FLOW_NEXT);
	take_otp(c, flow_rows(f));
	if (c->has_otp)
		c->refusal = c->otp == NULL ? ERR_OTP_REQUIRED : ERR_BAD_OTP;
	return (c->refusal == ERR_BAD_OTP ? use_otp(f) : FLOW_NEXT);
}

int
auth_verify_count(struct flow *f)
{
	struct auth_credentials *c = f->state;

	if (c->otp_sent && store_totp_used(flow_rows(f)))
		c->refusal = ERR_NONE;
	if (c->refusal == ERR_BAD_OTP)
		store_audit_of(f, AUDIT_TOTP_FAILED, c->user_id, NULL);
	if (c->refusal != ERR_NONE)
		return (throttle_failed(f, c->name, c->user_id));
	if (c->otp_recovery)
		store_audit_of(f, AUDIT_TOTP_RECOVERY_USED, c->user_id, NULL);
	return (throttle_passed(f, c->name));
}

bool
auth_verify_refused(struct flow *f)
{
	struct auth_credentials *c = f->state;

	if (throttle_refused(f))
		return (true);
	if (c->refusal != ERR_NONE)
		reply_error(f, c->refusal);
	return (c->refusal != ERR_NONE);
}
