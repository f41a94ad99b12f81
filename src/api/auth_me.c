/*
 * GET /auth/me: the account and what the day allows.
 */
#include "api/auth.h"
#include "api/auth_me.h"
#include "core/allowance.h"
#include "core/json.h"
#include "core/reply.h"
#include "store/store_account.h"

void
auth_me_put(struct flow *f, struct buf *b)
{
	const struct allowance *day = &f->allowance;
	struct store_account    a;

	store_account_read(flow_rows(f), &a);
	json_put_int(b, "id", a.id);
	json_put_text(b, "username", a.name);
	json_put_text(b, "email", a.email);
	json_put_time(b, "created_at", a.created);
	json_put_bool(b, "totp_enabled", a.totp);
	json_put_int(b, "daily_limit", day->limit);
	json_put_int(b, "used_today", day->used);
	json_put_int(b, "remaining",
	    day->used < day->limit ? day->limit - day->used : 0);
	json_put_int(b, "reset_seconds", day->reset);
}

static int
look_up_account(struct flow *f)
{
	return (store_account_look(f));
}

static int
reply_account(struct flow *f)
{
	struct buf body = {0};

	if (db_rows(flow_rows(f)) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	allowance_read(f, flow_rows(f));
	json_open_object(&body, NULL);
	auth_me_put(f, &body);
	json_close_object(&body);
	return (reply_json(f, 200, &body));
}

static const struct step me_steps[] = {
    STEP(look_up_account), STEP(reply_account), STEPS_END};

int
auth_me(struct http_request *req)
{
	if (req->method == HTTP_METHOD_DELETE)
		return (auth_delete(req));
	return (flow_run(req, me_steps, 0, NULL));
}
