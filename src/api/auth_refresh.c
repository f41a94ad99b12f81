/*
 * POST /auth/refresh: a refresh token for its successor (RFC 9700, section
 * 4.14.2). Two tabs, or one that has lost the answer, get the same one within
 * REFRESH_GRACE_SECONDS; a token used later than that is in two hands, and
 * ends the session.
 */
#include <string.h>

#include "api/auth.h"
#include "api/auth_tokens.h"
#include "api/bearer.h"
#include "api/throttle.h"
#include "core/client_address.h"
#include "core/config.h"
#include "core/json.h"
#include "core/log.h"
#include "core/refresh.h"
#include "core/reply.h"
#include "core/request.h"
#include "store/store_audit.h"
#include "store/store_sessions.h"

struct refreshing {
	struct token         token;
	struct store_session session; /* its texts are below */
	char                 hash[ACTOR_HASH_SIZE];
	char                 device[REQUEST_DEVICE_SIZE];
	char                 address[INET6_ADDRSTRLEN];
};

static int
check_refresh(struct flow *f)
{
	struct refreshing *r = f->state;
	enum error         e;

	if ((e = bearer_read_refresh(f, &r->token)) != ERR_NONE)
		return (reply_error(f, e));
	refresh_hash(&r->token.id, r->hash);
	request_device(f, r->device);
	client_address(f, r->address);
	r->session.user_id = r->token.user_id;
	r->session.id = r->token.session;
	r->session.token_hash = r->hash;
	r->session.device = r->device;
	r->session.address = r->address;
	return (throttle_refresh(f, r->token.name));
}

/* The Flask service's tokens know no session, and are the first of theirs. */
static int
adopt(struct flow *f)
{
	struct refreshing *r = f->state;

	if (throttle_refused(f))
		return (FLOW_DONE);
	if (!r->token.flask)
		return (FLOW_NEXT);
	return (store_session_adopt(
	    f, &r->session, r->token.name, r->token.issued, r->token.expires));
}

static int
rotate(struct flow *f)
{
	struct refreshing *r = f->state;
	struct uuid        next;
	char               hash[ACTOR_HASH_SIZE];

	if (r->token.flask)
		r->session.user_id = store_session_adopted(flow_rows(f));
	if (r->session.user_id == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	refresh_successor(
	    config.jwt_secret_key, &r->session.id, &r->token.id, &next);
	r->token.id = next;
	refresh_hash(&next, hash);
	return (
	    store_session_rotate(f, &r->session, hash, TOKEN_REFRESH_SECONDS));
}

static void
tell_reuse(struct flow *f, const struct refreshing *r)
{
	struct buf *line;

	store_audit_of(f, AUDIT_REFRESH_REUSED, r->session.user_id, NULL);
	if ((line = log_begin(LOG_LEVEL_WARN, "refresh_reused")) == NULL)
		return;
	json_put_int(line, "user", r->session.user_id);
	log_end();
}

static int
reply_rotated(struct flow *f)
{
	struct refreshing *r = f->state;
	const char        *name;
	int64_t            seconds;

	switch (store_session_rotated(flow_rows(f), &seconds, &name)) {
	case STORE_REUSED:
		tell_reuse(f, r);
		break;
	case STORE_ROTATED:
		r->token.user_id = r->session.user_id;
		r->token.issued = (time_t)seconds;
		snprintf(r->token.name, sizeof(r->token.name), "%s", name);
		return (auth_tokens_reply(f, 200, &r->token));
	case STORE_NOT_LIVE:
		break;
	}
	return (reply_error(f, ERR_TOKEN_REVOKED));
}

static const struct step refresh_steps[] = {STEP(check_refresh), STEP(adopt),
    STEP(rotate), STEP(reply_rotated), STEPS_END};

int
auth_refresh(struct http_request *req)
{
	return (flow_run(req, refresh_steps, sizeof(struct refreshing), NULL));
}
