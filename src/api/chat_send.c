/*
 * POST /chat/: a prompt, and its answer: at once from a mock model, else when
 * its generation has ended, or event by event while it runs.
 */
#include "api/chat.h"
#include "api/chat_events.h"
#include "api/send.h"
#include "core/reply.h"
#include "llm/models.h"

static bool
read_input(struct flow *f)
{
	struct send *s = f->state;

	return (request_body(f) != NULL &&
	    request_text(f, "model", SEND_MODEL_MAX, &s->turn.model) &&
	    request_text(f, "prompt", SEND_PROMPT_MAX, &s->turn.prompt) &&
	    request_number(f, "conversation_number", 1, INT32_MAX,
		&s->turn.conversation) &&
	    request_bool(f, "stream", &s->follow.stream) &&
	    request_idempotency_key(f, &s->key));
}

static int
check_input(struct flow *f)
{
	struct send       *s = f->state;
	struct store_turn *t = &s->turn;

	if (!read_input(f))
		return (FLOW_DONE);
	if (t->model == NULL || t->prompt == NULL || t->conversation == 0)
		return (reply_error(f, ERR_CHAT_MISSING));
	if ((s->model = models_find(t->model)) == NULL)
		return (reply_error(f, ERR_UNKNOWN_MODEL));
	s->follow.format = &chat_events;
	s->follow.stream |= request_accepts_events(f);
	return (FLOW_NEXT);
}

static const struct step send_steps[] = {
    STEP(check_input), SEND_STEPS, STEPS_END};

int
chat_send(struct http_request *req)
{
	return (flow_run(req, send_steps, sizeof(struct send), send_release));
}
