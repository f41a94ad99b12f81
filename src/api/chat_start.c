/*
 * POST /chat/start_conversation: the user's next number. A body is optional;
 * "instructions" in it are told to the model before the conversation.
 */
#include "api/chat.h"
#include "core/allowance.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/request.h"
#include "store/store_conversations.h"

#define INSTRUCTIONS_MAX (16 * 1024) /* bytes */

struct starting {
	struct uuid id;
	const char *key;          /* Idempotency-Key or NULL */
	const char *instructions; /* in the body, or NULL */
	char        fingerprint[REQUEST_FINGERPRINT_SIZE];
};

static int
reply_number(struct flow *f, int64_t number)
{
	struct buf body = {0};

	json_open_object(&body, NULL);
	json_put_int(&body, "conversation_number", number);
	json_close_object(&body);
	return (reply_json(f, 201, &body));
}

static int
check_input(struct flow *f)
{
	struct starting *s = f->state;

	if (f->req->http_body_length > 0 && request_body(f) == NULL)
		return (FLOW_DONE);
	if (!request_text(
		f, "instructions", INSTRUCTIONS_MAX, &s->instructions) ||
	    !request_idempotency_key(f, &s->key))
		return (FLOW_DONE);
	uuid_new(&s->id);
	if (s->key == NULL)
		return (FLOW_NEXT);
	request_fingerprint(f, s->fingerprint);
	return (store_conversation_find(f, &s->id, s->key));
}

/* An earlier request with the same key has started it. */
static int
reply_found(struct flow *f)
{
	struct starting *s = f->state;
	int64_t          number;
	bool             same;

	if (db_rows(flow_rows(f)) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	allowance_read(f, flow_rows(f));
	number = store_conversation_found(
	    flow_rows(f), s->key != NULL ? s->fingerprint : NULL, &same);
	if (!same)
		return (reply_error(f, ERR_IDEMPOTENCY_KEY_REUSED));
	return (number == 0 ? FLOW_NEXT : reply_number(f, number));
}

static int
start(struct flow *f)
{
	struct starting *s = f->state;

	if (s->key != NULL && reply_found(f) == FLOW_DONE)
		return (FLOW_DONE);
	return (store_conversation_start(f, &s->id, s->instructions, s->key,
	    s->key != NULL ? s->fingerprint : NULL));
}

static int
started(struct flow *f)
{
	struct starting *s = f->state;
	int64_t          number;

	if (db_conflict(flow_rows(f)))
		return (store_conversation_find(f, &s->id, s->key));
	if (db_rows(flow_rows(f)) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	allowance_read(f, flow_rows(f));
	if ((number = store_conversation_started(flow_rows(f))) != 0)
		return (reply_number(f, number));
	allowance_exhausted(f);
	return (reply_error(f, ERR_RATE_LIMIT_REACHED));
}

static int
started_before(struct flow *f)
{
	if (reply_found(f) == FLOW_NEXT)
		return (reply_error(f, ERR_INTERNAL));
	return (FLOW_DONE);
}

static const struct step start_steps[] = {STEP(check_input), STEP(start),
    STEP(started), STEP(started_before), STEPS_END};

int
chat_start(struct http_request *req)
{
	return (flow_run(req, start_steps, sizeof(struct starting), NULL));
}
