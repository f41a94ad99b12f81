/*
 * GET /healthz: this worker is alive. GET /readyz: it can serve, that is the
 * database answers and has the schema this program was made for, or a later
 * one, and that it is not about to stop.
 */
#include "api/health.h"
#include "core/json.h"
#include "core/reply.h"
#include "kore/drain.h"
#include "store/store_schema.h"

static int
reply_status(struct flow *f, const char *status)
{
	struct buf body = {0};

	json_open_object(&body, NULL);
	json_put_text(&body, "status", status);
	json_close_object(&body);
	return (reply_json(f, 200, &body));
}

static int
reply_alive(struct flow *f)
{
	return (reply_status(f, "ok"));
}

static const struct step live_steps[] = {STEP(reply_alive), STEPS_END};

int
health_live(struct http_request *req)
{
	return (flow_run(req, live_steps, 0, NULL));
}

static int
look_at_schema(struct flow *f)
{
	if (drain_is_on())
		return (reply_error_detail(
		    f, ERR_NOT_READY, "The server is stopping"));
	return (store_schema_version(f));
}

/* A newer schema is no reason: the nodes of the version before serve on it
 * while those of the next take their place. */
static int
reply_ready(struct flow *f)
{
	int64_t version = db_int(flow_rows(f), 0, 0);

	if (version < store_schema_wanted())
		return (reply_error_detail(f, ERR_NOT_READY,
		    "The database has schema version %lld, this program "
		    "needs %d: run `aichat migrate`",
		    (long long)version, store_schema_wanted()));
	return (reply_status(f, "ready"));
}

static const struct step ready_steps[] = {
    STEP(look_at_schema), STEP(reply_ready), STEPS_END};

int
health_ready(struct http_request *req)
{
	return (flow_run(req, ready_steps, 0, NULL));
}
