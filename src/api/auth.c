/*
 * /auth/: signing up, logging in, refreshing tokens.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/auth.h"
#include "api/bearer.h"
#include "api/throttle.h"
#include "core/config.h"
#include "core/hasher.h"
#include "core/json.h"
#include "core/names.h"
#include "core/password_policy.h"
#include "core/reply.h"
#include "core/request.h"
#include "store/store_audit.h"
#include "store/store_sessions.h"
#include "store/store_users.h"

struct credentials {
	const char  *email;    /* NULL, or email_text */
	const char  *name;     /* NULL, or name_text */
	const char  *password; /* in the body */
	char         email_text[NAMES_EMAIL_MAX + 1];
	char         name_text[NAMES_USERNAME_MAX + 1];
	char         hash[PASSWORD_HASH_SIZE];
	bool         matched;
	bool         upgrade; /* the hash is of an older kind */
	struct token refresh; /* of the session that is begun */
};

static void
put_token(struct buf *body, const char *name, const struct token *token)
{
	char *text;

	if ((text = token_issue(token)) == NULL)
		fatal("auth: no memory for a token");
	json_put_text(body, name, text);
	sodium_memzero(text, strlen(text));
	free(text);
}

/* The refresh token, and an access token of the same session. */
static int
reply_tokens(struct flow *f, int status, const struct token *refresh)
{
	struct token access = *refresh;
	struct buf   body = {0};

	access.type = TOKEN_ACCESS;
	uuid_new(&access.id);
	f->user.user_id = refresh->user_id;
	json_open_object(&body, NULL);
	put_token(&body, "access_token", &access);
	put_token(&body, "refresh_token", refresh);
	json_close_object(&body);
	return (reply_json(f, status, &body));
}

static void
set_user(struct token *token, const struct store_user *user)
{
	token->type = TOKEN_REFRESH;
	token->user_id = user->id;
	snprintf(token->name, sizeof(token->name), "%s", user->name);
}

/* Only its hash is stored: SHA-256 of the id of the session's token. */
static int
begin_session(struct flow *f)
{
	struct credentials *c = f->state;
	unsigned char       hash[crypto_hash_sha256_BYTES];
	char                text[ACTOR_HASH_SIZE] = "\\x";

	uuid_new(&c->refresh.session);
	uuid_new(&c->refresh.id);
	c->refresh.issued = time(NULL);
	crypto_hash_sha256(
	    hash, c->refresh.id.bytes, sizeof(c->refresh.id.bytes));
	sodium_bin2hex(text + 2, sizeof(text) - 2, hash, sizeof(hash));
	return (store_session_begin(f, c->refresh.user_id, &c->refresh.session,
	    text, TOKEN_REFRESH_SECONDS));
}

/* A text without the white space at its ends, in a buffer of max + 1. */
static bool
read_name(struct flow *f, const char *member, size_t max, const char **name,
    char *buffer)
{
	if (!request_text(f, member, max, name))
		return (false);
	if (*name == NULL)
		return (true);
	names_trim(*name, buffer, max + 1);
	*name = buffer;
	return (true);
}

static bool
read_credentials(struct flow *f)
{
	struct credentials *c = f->state;

	return (request_body(f) != NULL &&
	    read_name(
		f, "username", NAMES_USERNAME_MAX, &c->name, c->name_text) &&
	    request_text(f, "password", PASSWORD_MAX, &c->password));
}

static int
refuse(struct flow *f, const char *problem)
{
	return (reply_error_detail(f, ERR_INVALID_FIELD, "%s", problem));
}

static int
check_signup(struct flow *f)
{
	struct credentials *c = f->state;
	const char         *problem;

	if (!read_credentials(f) ||
	    !read_name(f, "email", NAMES_EMAIL_MAX, &c->email, c->email_text))
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
	struct credentials *c = f->state;

	if (throttle_refused(f))
		return (FLOW_DONE);
	return (store_user_find_taken(f, c->email, c->name));
}

static int
hash_password(struct flow *f)
{
	struct credentials *c = f->state;
	bool                email, name;

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
	struct credentials *c = f->state;

	strcpy(c->hash, hasher_result(f));
	return (store_user_create(f, c->email, c->name, c->hash));
}

/* Somebody else took a name meanwhile: look again which it was. */
static int
created(struct flow *f)
{
	struct credentials *c = f->state;
	struct store_user   user;

	if (!store_user_read(flow_rows(f), &user))
		return (store_user_find_taken(f, c->email, c->name));
	store_audit_of(f, AUDIT_SIGNUP, user.id, NULL);
	set_user(&c->refresh, &user);
	return (begin_session(f));
}

static int
reply_created(struct flow *f)
{
	struct credentials *c = f->state;
	bool                email, name;

	if (c->refresh.user_id != 0)
		return (reply_tokens(f, 201, &c->refresh));
	store_user_taken(flow_rows(f), &email, &name);
	return (reply_error(f, email ? ERR_EMAIL_TAKEN : ERR_USERNAME_TAKEN));
}

static const struct step signup_steps[] = {STEP(check_signup), STEP(find_taken),
    STEP(hash_password), STEP(create_user), STEP(created), STEP(reply_created),
    STEPS_END};

int
auth_signup(struct http_request *req)
{
	return (flow_run(req, signup_steps, sizeof(struct credentials), NULL));
}

static int
check_login(struct flow *f)
{
	struct credentials *c = f->state;

	if (!read_credentials(f))
		return (FLOW_DONE);
	if (c->name == NULL || c->password == NULL)
		return (reply_error(f, ERR_LOGIN_MISSING));
	return (throttle_look(f, c->name));
}

static int
find_user(struct flow *f)
{
	struct credentials *c = f->state;

	if (throttle_refused(f))
		return (FLOW_DONE);
	return (store_user_by_name(f, c->name));
}

/* A name nobody has costs the same time as a wrong password. */
static int
verify_password(struct flow *f)
{
	struct credentials *c = f->state;
	struct store_user   user;

	if (!store_user_read(flow_rows(f), &user))
		return (hasher_verify(f, c->password, password_dummy_hash));
	set_user(&c->refresh, &user);
	snprintf(c->hash, sizeof(c->hash), "%s", user.password_hash);
	return (hasher_verify(f, c->password, user.password_hash));
}

static int
verified(struct flow *f)
{
	struct credentials *c = f->state;

	c->matched = hasher_matched(f) && c->refresh.user_id != 0;
	c->upgrade = hasher_wants_upgrade(f);
	if (!c->matched)
		return (throttle_failed(f, c->name, c->refresh.user_id));
	return (throttle_passed(f, c->name));
}

static int
judged(struct flow *f)
{
	struct credentials *c = f->state;

	if (throttle_refused(f))
		return (FLOW_DONE);
	if (!c->matched)
		return (reply_error(f, ERR_BAD_CREDENTIALS));
	store_audit_of(f, AUDIT_LOGIN, c->refresh.user_id, NULL);
	return (c->upgrade ? hasher_hash(f, c->password) : FLOW_NEXT);
}

static int
upgrade_hash(struct flow *f)
{
	struct credentials *c = f->state;

	if (!c->upgrade)
		return (FLOW_NEXT);
	return (store_user_rehash(
	    f, c->refresh.user_id, c->hash, hasher_result(f)));
}

static int
reply_session(struct flow *f)
{
	struct credentials *c = f->state;

	return (reply_tokens(f, 200, &c->refresh));
}

static const struct step login_steps[] = {STEP(check_login), STEP(find_user),
    STEP(verify_password), STEP(verified), STEP(judged), STEP(upgrade_hash),
    STEP(begin_session), STEP(reply_session), STEPS_END};

int
auth_login(struct http_request *req)
{
	return (flow_run(req, login_steps, sizeof(struct credentials), NULL));
}

static int
check_refresh(struct flow *f)
{
	enum error e;

	if ((e = bearer_read(f, TOKEN_REFRESH, f->state)) != ERR_NONE)
		return (reply_error(f, e));
	return (throttle_refresh(f, ((struct token *)f->state)->name));
}

static int
find_bearer(struct flow *f)
{
	if (throttle_refused(f))
		return (FLOW_DONE);
	return (store_user_self(f));
}

static int
refresh(struct flow *f)
{
	struct token     *token = f->state;
	struct store_user user;

	if (!store_user_read(flow_rows(f), &user))
		return (reply_error(f, ERR_TOKEN_REVOKED));
	set_user(token, &user);
	uuid_new(&token->id);
	token->issued = time(NULL);
	return (reply_tokens(f, 200, token));
}

static const struct step refresh_steps[] = {
    STEP(check_refresh), STEP(find_bearer), STEP(refresh), STEPS_END};

int
auth_refresh(struct http_request *req)
{
	return (flow_run(req, refresh_steps, sizeof(struct token), NULL));
}
