/*
 * /auth/totp: one-time passwords (RFC 6238) at the login. A new secret counts
 * once a password of it was given back, which shows that the user has it.
 */
#include <sodium.h>
#include <time.h>

#include "api/auth.h"
#include "api/auth_verify.h"
#include "core/config.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/request.h"
#include "core/totp_vault.h"
#include "store/store_audit.h"
#include "store/store_totp.h"
#include "store/store_users.h"

struct enabling {
	uint8_t     secret[TOTP_SECRET_SIZE];
	const char *otp; /* in the body */
	char        codes[TOTP_RECOVERY_CODES][TOTP_RECOVERY_SIZE];
};

static void
free_enabling(void *state)
{
	sodium_memzero(state, sizeof(struct enabling));
}

/* Whoever finds a browser that is logged in must not keep its owner out. */
static int
find_self(struct flow *f)
{
	struct auth_credentials *c = f->state;

	if (request_body(f) == NULL ||
	    !request_text(f, "password", PASSWORD_MAX, &c->password) ||
	    !request_text(f, "otp", AUTH_OTP_MAX, &c->otp))
		return (FLOW_DONE);
	if (c->password == NULL)
		return (reply_error(f, ERR_PASSWORD_MISSING));
	c->asks_otp = f->req->method == HTTP_METHOD_DELETE;
	return (store_user_self(f));
}

static int
make_secret(struct flow *f)
{
	struct auth_credentials *c = f->state;
	char                     sealed[TOTP_SEALED_HEX];

	if (auth_verify_refused(f))
		return (FLOW_DONE);
	randombytes_buf(c->otp_secret, sizeof(c->otp_secret));
	totp_seal(
	    config.jwt_secret_key, f->user.user_id, c->otp_secret, sealed);
	return (store_totp_begin(f, sealed));
}

static int
reply_secret(struct flow *f)
{
	struct auth_credentials *c = f->state;
	struct buf               body = {0}, uri = {0};
	const char              *name;
	char                     text[TOTP_BASE32_SIZE];

	if (db_rows(flow_rows(f)) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	if (!store_totp_begun(flow_rows(f), &name))
		return (reply_error(f, ERR_TOTP_ENABLED));
	totp_base32(c->otp_secret, sizeof(c->otp_secret), text);
	totp_uri(&uri, name, text);
	json_open_object(&body, NULL);
	json_put_text(&body, "secret", text);
	json_put_text(&body, "uri", uri.data);
	json_close_object(&body);
	sodium_memzero(text, sizeof(text));
	buf_wipe(&uri);
	return (reply_json(f, 200, &body));
}

static const struct step begin_steps[] = {STEP(find_self), AUTH_VERIFY_STEPS,
    STEP(make_secret), STEP(reply_secret), STEPS_END};

static int
find_secret(struct flow *f)
{
	struct enabling *e = f->state;

	if (request_body(f) == NULL ||
	    !request_text(f, "otp", AUTH_OTP_MAX, &e->otp))
		return (FLOW_DONE);
	if (e->otp == NULL)
		return (reply_error_param(
		    f, ERR_INVALID_FIELD, "otp", "otp must be set"));
	return (store_totp_look(f));
}

/* The hashes of new codes, as PostgreSQL reads a bytea[]: {"\\x...",...}. */
static void
make_codes(struct flow *f, struct buf *hashes)
{
	struct enabling *e = f->state;
	char             hash[ACTOR_HASH_SIZE];
	size_t           i;

	for (i = 0; i < TOTP_RECOVERY_CODES; i++) {
		totp_recovery_new(e->codes[i]);
		if (!totp_recovery_hash(config.jwt_secret_key, f->user.user_id,
			e->codes[i], hash))
			fatal("totp: a recovery code is none");
		buf_printf(hashes, "%s\"\\%s\"", i == 0 ? "{" : ",", hash);
	}
	buf_char(hashes, '}');
}

static int
confirm(struct flow *f)
{
	struct enabling *e = f->state;
	struct buf       hashes = {0};
	const void      *sealed;
	size_t           size;
	int64_t          step;
	bool             confirmed;

	if (db_rows(flow_rows(f)) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	sealed = store_totp_sealed(flow_rows(f), &size, &confirmed);
	if (confirmed)
		return (reply_error(f, ERR_TOTP_ENABLED));
	if (sealed == NULL ||
	    !totp_open(config.jwt_secret_key, f->user.user_id, sealed, size,
		e->secret))
		return (reply_error(f, ERR_TOTP_NOT_ENABLED));
	if ((step = totp_match(e->secret, e->otp, time(NULL))) == 0)
		return (reply_error(f, ERR_BAD_OTP));
	make_codes(f, &hashes);
	store_totp_confirm(f, step, hashes.data);
	buf_wipe(&hashes);
	return (FLOW_NEXT);
}

static int
reply_codes(struct flow *f)
{
	struct enabling *e = f->state;
	struct buf       body = {0};
	size_t           i;

	/* Confirmed by another request meanwhile, whose codes count. */
	if (!store_totp_confirmed(flow_rows(f)))
		return (reply_error(f, ERR_TOTP_ENABLED));
	store_audit_of(f, AUDIT_TOTP_ENABLED, f->user.user_id, NULL);
	json_open_object(&body, NULL);
	json_open_array(&body, "recovery_codes");
	for (i = 0; i < TOTP_RECOVERY_CODES; i++)
		json_put_text(&body, NULL, e->codes[i]);
	json_close_array(&body);
	json_close_object(&body);
	return (reply_json(f, 200, &body));
}

static const struct step confirm_steps[] = {
    STEP(find_secret), STEP(confirm), STEP(reply_codes), STEPS_END};

int
auth_totp_confirm(struct http_request *req)
{
	return (flow_run(
	    req, confirm_steps, sizeof(struct enabling), free_enabling));
}

static int
disable(struct flow *f)
{
	struct auth_credentials *c = f->state;

	if (auth_verify_refused(f))
		return (FLOW_DONE);
	if (!c->has_otp)
		return (reply_error(f, ERR_TOTP_NOT_ENABLED));
	return (store_totp_remove(f));
}

static int
reply_disabled(struct flow *f)
{
	if (!store_totp_removed(flow_rows(f)))
		return (reply_error(f, ERR_TOKEN_REVOKED));
	store_audit_of(f, AUDIT_TOTP_DISABLED, f->user.user_id, NULL);
	return (reply_message(f, "One-time passwords are off"));
}

static const struct step disable_steps[] = {STEP(find_self), AUTH_VERIFY_STEPS,
    STEP(disable), STEP(reply_disabled), STEPS_END};

int
auth_totp(struct http_request *req)
{
	return (flow_run(req,
	    req->method == HTTP_METHOD_DELETE ? disable_steps : begin_steps,
	    sizeof(struct auth_credentials), auth_credentials_wipe));
}
