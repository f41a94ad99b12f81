/*
 * POST /auth/logout: the end of this session, or of all of the user's. The
 * body is optional: {"all": true}.
 */
#include "api/auth.h"
#include "core/reply.h"
#include "core/request.h"
#include "store/store_audit.h"
#include "store/store_sessions.h"

struct leaving {
	bool all;
};

static int
log_out(struct flow *f)
{
	struct leaving *l = f->state;

	if (f->req->http_body_length > 0 && request_body(f) == NULL)
		return (FLOW_DONE);
	if (!request_bool(f, "all", &l->all))
		return (FLOW_DONE);
	return (store_session_logout(f, l->all));
}

static int
reply_logged_out(struct flow *f)
{
	struct leaving *l = f->state;

	if (!store_session_logged_out(flow_rows(f)))
		return (reply_error(f, ERR_TOKEN_REVOKED));
	store_audit_of(f, AUDIT_LOGOUT, f->user.user_id, l->all ? "all" : NULL);
	return (reply_message(f, "Logged out"));
}

static const struct step logout_steps[] = {
    STEP(log_out), STEP(reply_logged_out), STEPS_END};

int
auth_logout(struct http_request *req)
{
	return (flow_run(req, logout_steps, sizeof(struct leaving), NULL));
}
