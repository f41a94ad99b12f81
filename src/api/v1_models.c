/*
 * GET /v1/models and /v1/models/{id}: what can be asked, in OpenAI's shape.
 */
#include <string.h>

#include "api/v1.h"
#include "core/json.h"
#include "core/reply.h"
#include "llm/models.h"
#include "store/store_users.h"

#define PATH "/v1/models/"

/* A model has no birthday here: 2025-01-01. */
#define CREATED 1735689600

/* They are the server's own and the same for all, but shown to nobody who
 * could not use them. */
static int
check_actor(struct flow *f)
{
	return (store_user_self(f));
}

static void
put_model(struct buf *b, const struct model *m)
{
	json_open_object(b, NULL);
	json_put_text(b, "id", m->at.id);
	json_put_text(b, "object", "model");
	json_put_int(b, "created", CREATED);
	json_put_text(
	    b, "owned_by", m->provider != NULL ? m->provider->name : "aichat");
	json_close_object(b);
}

static int
reply_list(struct flow *f)
{
	struct buf  body = {0};
	const char *name;
	size_t      i;

	if (db_rows(flow_rows(f)) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	json_open_object(&body, NULL);
	json_put_text(&body, "object", "list");
	json_open_array(&body, "data");
	for (i = 0; (name = models_name(i)) != NULL; i++)
		put_model(&body, models_find(name));
	json_close_array(&body);
	json_close_object(&body);
	return (reply_json(f, 200, &body));
}

static int
reply_model(struct flow *f)
{
	struct model *m = models_find(f->req->path + sizeof(PATH) - 1);
	struct buf    body = {0};

	if (db_rows(flow_rows(f)) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	if (m == NULL)
		return (reply_error_param(f, ERR_MODEL_NOT_FOUND, "model", "%s",
		    error_info(ERR_MODEL_NOT_FOUND)->message));
	put_model(&body, m);
	return (reply_json(f, 200, &body));
}

static const struct step list_steps[] = {
    STEP(check_actor), STEP(reply_list), STEPS_END};
static const struct step get_steps[] = {
    STEP(check_actor), STEP(reply_model), STEPS_END};

int
v1_models_list(struct http_request *req)
{
	return (flow_run(req, list_steps, 0, NULL));
}

int
v1_models_get(struct http_request *req)
{
	return (flow_run(req, get_steps, 0, NULL));
}
