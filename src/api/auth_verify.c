#include <string.h>

#include "api/auth_verify.h"
#include "api/throttle.h"
#include "core/hasher.h"
#include "core/reply.h"
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

int
auth_verify_count(struct flow *f)
{
	struct auth_credentials *c = f->state;

	c->matched = hasher_matched(f) && c->user_id != 0;
	c->upgrade = hasher_wants_upgrade(f);
	if (!c->matched)
		return (throttle_failed(f, c->name, c->user_id));
	return (throttle_passed(f, c->name));
}

bool
auth_verify_refused(struct flow *f)
{
	struct auth_credentials *c = f->state;

	if (throttle_refused(f))
		return (true);
	if (!c->matched)
		reply_error(f, ERR_BAD_CREDENTIALS);
	return (!c->matched);
}
