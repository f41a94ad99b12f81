/*
 * POST /auth/reset: a new password by a token of `aichat user reset-link`.
 */
#include "api/auth.h"
#include "core/config.h"
#include "core/hasher.h"
#include "core/json.h"
#include "core/password_policy.h"
#include "core/reply.h"
#include "core/request.h"
#include "core/reset_token.h"
#include "store/store_audit.h"
#include "store/store_resets.h"

#define TOKEN_MAX 256 /* bytes that are looked at */

struct reset {
	const char *password; /* in the body */
	char        token_hash[RESET_TOKEN_HASH_SIZE];
};

static int
check_input(struct flow *f)
{
	struct reset *r = f->state;
	const char   *token;

	if (request_body(f) == NULL ||
	    !request_text(f, "token", TOKEN_MAX, &token) ||
	    !request_text(f, "password", PASSWORD_MAX, &r->password))
		return (FLOW_DONE);
	if (token == NULL || r->password == NULL)
		return (reply_error(f, ERR_RESET_MISSING));
	reset_token_hash(token, r->token_hash);
	return (store_reset_find(f, r->token_hash));
}

/* The password is looked at behind the token: a good one is not used up by a
 * password that is refused, and nothing is hashed for one that is not. */
static int
hash_password(struct flow *f)
{
	struct reset *r = f->state;
	const char   *name, *email, *problem;

	if (!store_reset_user(flow_rows(f), &name, &email))
		return (reply_error(f, ERR_RESET_INVALID));
	problem = password_policy_check(
	    r->password, name, email, config.password_min_length);
	if (problem != NULL)
		return (
		    reply_error_detail(f, ERR_INVALID_FIELD, "%s", problem));
	return (hasher_hash(f, r->password));
}

static int
use_token(struct flow *f)
{
	struct reset *r = f->state;

	return (store_reset_use(f, r->token_hash, hasher_result(f)));
}

static int
respond(struct flow *f)
{
	struct buf body = {0};
	int64_t    user_id;

	if (!store_reset_used(flow_rows(f), &user_id))
		return (reply_error(f, ERR_RESET_INVALID));
	store_audit_of(f, AUDIT_PASSWORD_RESET, user_id, NULL);
	json_open_object(&body, NULL);
	json_put_text(&body, "msg", "The password was set");
	json_close_object(&body);
	return (reply_json(f, 200, &body));
}

static const struct step reset_steps[] = {STEP(check_input),
    STEP(hash_password), STEP(use_token), STEP(respond), STEPS_END};

int
auth_reset(struct http_request *req)
{
	return (flow_run(req, reset_steps, sizeof(struct reset), NULL));
}
