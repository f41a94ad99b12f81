/*
 * GET /v1/usage?days=N: messages and tokens by day and model.
 */
#include "api/v1_conversation.h"
#include "api/v1_conversations.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/request.h"
#include "store/store_usage.h"

#define DAYS     30
#define DAYS_MAX 366

static int
fetch(struct flow *f)
{
	int64_t days;

	if (!request_query_number(f, "days", DAYS_MAX, &days))
		return (FLOW_DONE);
	return (store_usage_list(f, days != 0 ? days : DAYS));
}

static void
put_day(struct buf *b, const struct store_usage *u)
{
	json_open_object(b, NULL);
	json_put_text(b, "date", u->date);
	json_put_text(b, "model", u->model);
	json_put_int(b, "messages", u->messages);
	json_put_int(b, "prompt_tokens", u->prompt_tokens);
	json_put_int(b, "response_tokens", u->response_tokens);
	json_close_object(b);
}

static int
reply(struct flow *f)
{
	struct buf         body = {0};
	struct store_usage u;
	int                i;

	if (v1_conversation_refused(f))
		return (FLOW_DONE);
	json_open_object(&body, NULL);
	json_put_text(&body, "object", "list");
	json_open_array(&body, "data");
	for (i = 0; i < store_usage_count(flow_rows(f)); i++) {
		store_usage_read(flow_rows(f), i, &u);
		put_day(&body, &u);
	}
	json_close_array(&body);
	json_close_object(&body);
	return (reply_json(f, 200, &body));
}

static const struct step usage_steps[] = {STEP(fetch), STEP(reply), STEPS_END};

int
v1_usage(struct http_request *req)
{
	return (flow_run(req, usage_steps, 0, NULL));
}
