/*
 * /auth/sessions: where a user is logged in, and ending one of those.
 */
#include "api/auth.h"
#include "api/auth_sessions.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/request.h"
#include "store/store_audit.h"
#include "store/store_sessions.h"

#define PATH "/auth/sessions/"

static void
put_session(struct buf *b, const struct store_session_seen *s)
{
	char id[UUID_TEXT_SIZE];

	uuid_format(&s->id, id);
	json_open_object(b, NULL);
	json_put_text(b, "id", id);
	json_put_text(b, "device", s->device);
	json_put_text(b, "address", s->address);
	json_put_time(b, "created_at", s->created);
	json_put_time(b, "used_at", s->used);
	json_put_bool(b, "current", s->current);
	json_close_object(b);
}

void
auth_sessions_put(struct buf *b, const char *key, const struct db_call *rows)
{
	struct store_session_seen s;
	int                       i;

	json_open_array(b, key);
	for (i = 0; i < db_rows(rows); i++) {
		store_session_read(rows, i, &s);
		put_session(b, &s);
	}
	json_close_array(b);
}

static int
fetch_sessions(struct flow *f)
{
	return (store_session_list(f));
}

/* The one that asks is among them, if it may ask. */
static int
reply_sessions(struct flow *f)
{
	struct buf body = {0};

	if (db_rows(flow_rows(f)) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	json_open_object(&body, NULL);
	auth_sessions_put(&body, "data", flow_rows(f));
	json_close_object(&body);
	return (reply_json(f, 200, &body));
}

static const struct step list_steps[] = {
    STEP(fetch_sessions), STEP(reply_sessions), STEPS_END};

int
auth_sessions(struct http_request *req)
{
	return (flow_run(req, list_steps, 0, NULL));
}

static int
end_session(struct flow *f)
{
	struct uuid id;

	if (!request_path_uuid(f, PATH, ERR_SESSION_NOT_FOUND, &id))
		return (FLOW_DONE);
	return (store_session_end(f, &id));
}

static int
reply_ended(struct flow *f)
{
	bool first;

	/* Repeated, one's own session may not act any more. */
	if (db_rows(flow_rows(f)) == 0 && db_repeated(flow_rows(f)))
		return (reply_message(f, "Session ended"));
	if (db_rows(flow_rows(f)) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	if (!store_session_ended(flow_rows(f), &first))
		return (reply_error(f, ERR_SESSION_NOT_FOUND));
	if (first)
		store_audit_of(f, AUDIT_SESSION_ENDED, f->user.user_id, NULL);
	return (reply_message(f, "Session ended"));
}

static const struct step end_steps[] = {
    STEP(end_session), STEP(reply_ended), STEPS_END};

int
auth_session(struct http_request *req)
{
	return (flow_run(req, end_steps, 0, NULL));
}
