/*
 * POST /chat/: a prompt, and its answer: at once from a mock model, else when
 * its generation has ended, or event by event while it runs.
 */
#include <string.h>

#include "api/chat.h"
#include "api/chat_follow.h"
#include "api/chat_turn.h"
#include "core/allowance.h"
#include "core/config.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/request.h"
#include "llm/mock.h"
#include "llm/models.h"
#include "llm/turn_count.h"
#include "llm/turn_start.h"
#include "store/store_turns.h"

#define MODEL_MAX  128         /* bytes */
#define PROMPT_MAX (64 * 1024) /* bytes */

struct sending {
	struct chat_follow follow; /* first */
	struct store_turn  turn;
	struct model      *model;
	const char        *key; /* Idempotency-Key or NULL */
	char               fingerprint[REQUEST_FINGERPRINT_SIZE];
	struct buf         response; /* a mock's */
	bool               direct;   /* answered by one statement */
	bool               found;    /* made by an earlier request */
};

static void
free_sending(void *state)
{
	struct sending *s = state;

	chat_follow_release(&s->follow);
	buf_wipe(&s->response);
}

static bool
read_input(struct flow *f)
{
	struct sending *s = f->state;

	return (request_body(f) != NULL &&
	    request_text(f, "model", MODEL_MAX, &s->turn.model) &&
	    request_text(f, "prompt", PROMPT_MAX, &s->turn.prompt) &&
	    request_number(f, "conversation_number", 1, INT32_MAX,
		&s->turn.conversation) &&
	    request_bool(f, "stream", &s->follow.stream) &&
	    request_idempotency_key(f, &s->key));
}

/* Whether the answer is known at once: a mock's that is neither streamed nor
 * asked to be faulty. */
static bool
is_direct(const struct sending *s)
{
	return (s->model->provider == NULL && !s->follow.stream &&
	    !(config.mock_faults && s->turn.prompt[0] == '!'));
}

static int
check_input(struct flow *f)
{
	struct sending    *s = f->state;
	struct store_turn *t = &s->turn;

	if (!read_input(f))
		return (FLOW_DONE);
	if (t->model == NULL || t->prompt == NULL || t->conversation == 0)
		return (reply_error(f, ERR_CHAT_MISSING));
	if ((s->model = models_find(t->model)) == NULL)
		return (reply_error(f, ERR_UNKNOWN_MODEL));
	s->follow.stream |= request_accepts_events(f);
	s->direct = is_direct(s);
	uuid_for_turn(&t->id, (uint32_t)t->conversation);
	s->follow.id = t->id;
	if (s->key == NULL)
		return (FLOW_NEXT);
	request_fingerprint(f, s->fingerprint);
	return (store_turn_find(f, &t->id, s->key));
}

/* The turn was made by an earlier request with the same key, or by a
 * statement whose success we did not hear of: it is followed. */
static int
look_at_found(struct flow *f)
{
	struct sending   *s = f->state;
	struct store_turn t;
	bool              same;

	if (db_rows(flow_rows(f)) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	s->found = store_turn_found(
	    flow_rows(f), s->key != NULL ? s->fingerprint : NULL, &t, &same);
	allowance_read(f, flow_rows(f));
	if (!same)
		return (reply_error(f, ERR_IDEMPOTENCY_KEY_REUSED));
	if (s->found)
		s->follow.id = t.id;
	return (FLOW_NEXT);
}

static int
begin_direct(struct flow *f)
{
	struct sending    *s = f->state;
	struct store_turn *t = &s->turn;

	mock_answer(t->model, t->prompt, &s->response);
	t->response = s->response.data;
	t->status = "completed";
	t->prompt_tokens = mock_count_words(t->prompt);
	t->response_tokens = mock_count_words(t->response);
	return (flow_query(f,
	    store_turn_begin(
		&f->user, t, s->key, s->key != NULL ? s->fingerprint : NULL)));
}

static int
begin_running(struct flow *f)
{
	struct sending    *s = f->state;
	struct turn_start *start;

	if (!generation_room())
		return (reply_error(f, ERR_OVERLOADED));
	s->turn.response = "";
	s->turn.status = "running";
	start = turn_start_new(&f->user, &s->turn, s->model, s->key,
	    s->key != NULL ? s->fingerprint : NULL);
	flow_await(f, &start->wait);
	turn_start_go(start);
	return (FLOW_NEXT);
}

static int
begin_turn(struct flow *f)
{
	struct sending *s = f->state;

	if (s->key != NULL) {
		if (look_at_found(f) == FLOW_DONE)
			return (FLOW_DONE);
		if (s->found)
			return (FLOW_NEXT);
	}
	return (s->direct ? begin_direct(f) : begin_running(f));
}

/* Why a turn was not begun; FLOW_NEXT when it was. */
static int
refuse(struct flow *f, const struct db_call *rows)
{
	struct sending *s = f->state;

	if (db_rows(rows) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	allowance_read(f, rows);
	switch (store_turn_outcome(rows, &s->turn)) {
	case STORE_TURN_NO_CONVERSATION:
	case STORE_TURN_NO_PARENT:
		f->allowance.known = false; /* nobody counted */
		return (reply_error(f, ERR_CONVERSATION_NOT_FOUND));
	case STORE_TURN_NOTHING_LEFT:
		allowance_exhausted(f);
		return (reply_error(f, ERR_RATE_LIMIT_REACHED));
	case STORE_TURN_KEY_USED_UP:
		return (reply_error(f, ERR_KEY_LIMIT_REACHED));
	case STORE_TURN_TOO_MANY_RUN:
		f->allowance.known = false; /* the day is not used up */
		return (reply_error(f, ERR_TOO_MANY_RUNNING));
	default:
		return (FLOW_NEXT);
	}
}

static int
begun(struct flow *f)
{
	struct sending    *s = f->state;
	struct turn_start *start = NULL;
	struct db_call    *rows = flow_rows(f);
	struct buf         body = {0};

	if (s->found)
		return (FLOW_NEXT);
	if (!s->direct) {
		start = (struct turn_start *)f->wait;
		rows = start->begun;
	}
	if (db_conflict(rows))
		return (store_turn_find(f, &s->turn.id, s->key));
	if (refuse(f, rows) == FLOW_DONE)
		return (FLOW_DONE);
	if (start != NULL) {
		s->follow.generation = turn_start_take(start);
		return (FLOW_NEXT);
	}
	turn_count(s->model, s->turn.status, s->turn.prompt_tokens,
	    s->turn.response_tokens);
	chat_turn_answer(&body, &s->turn);
	return (reply_json(f, 200, &body));
}

/* Only a conflict comes here without anything to follow. */
static int
find_in_conflict(struct flow *f)
{
	struct sending *s = f->state;

	if (s->found || s->follow.generation != NULL)
		return (FLOW_NEXT);
	return (look_at_found(f));
}

static const struct step send_steps[] = {STEP(check_input), STEP(begin_turn),
    STEP(begun), STEP(find_in_conflict), CHAT_FOLLOW_STEPS, STEPS_END};

int
chat_send(struct http_request *req)
{
	return (
	    flow_run(req, send_steps, sizeof(struct sending), free_sending));
}
