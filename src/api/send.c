#include <string.h>

#include "api/send.h"
#include "core/allowance.h"
#include "core/config.h"
#include "core/reply.h"
#include "llm/mock.h"
#include "llm/models.h"
#include "llm/turn_count.h"
#include "llm/turn_start.h"

void
send_release(void *state)
{
	struct send *s = state;

	follow_release(&s->follow);
	buf_wipe(&s->response);
}

static bool
is_kept(const struct send *s)
{
	return (s->turn.conversation != 0 || s->turn.more != NULL);
}

/* Whether the answer is known at once: a mock's that is neither streamed nor
 * asked to be faulty; nor, where it is stored, cut, which only the end of a
 * generation can say. */
static bool
is_direct(const struct send *s)
{
	return (s->model->provider == NULL && !s->follow.stream &&
	    !s->in_background &&
	    (!is_kept(s) || s->prompt.options.max_tokens == 0) &&
	    !(config.mock_faults && s->turn.prompt[0] == '!'));
}

int
send_find(struct flow *f)
{
	struct send       *s = f->state;
	struct store_turn *t = &s->turn;

	s->direct = is_direct(s);
	t->error_code = "";
	t->finish_reason = "";
	uuid_for_turn(&t->id, (uint32_t)t->conversation);
	if (t->has_parent)
		uuid_put_behind(&t->id, &t->parent);
	if (s->has_before)
		uuid_put_behind(&t->id, &s->last);
	s->follow.id = t->id;
	if (s->key == NULL)
		return (FLOW_NEXT);
	request_fingerprint(f, s->fingerprint);
	return (store_turn_find(f, t, s->key));
}

/* The turn was made by an earlier request with the same key, or by a
 * statement whose success we did not hear of: it is followed. */
static int
look_at_found(struct flow *f)
{
	struct send      *s = f->state;
	struct store_turn t;
	bool              same;

	if (db_rows(flow_rows(f)) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	s->found = store_turn_found(
	    flow_rows(f), s->key != NULL ? s->fingerprint : NULL, &t, &same);
	allowance_read(f, flow_rows(f));
	if (!same)
		return (reply_error(f, ERR_IDEMPOTENCY_KEY_REUSED));
	if (!s->found)
		return (FLOW_NEXT);
	s->follow.id = t.id;
	if (s->in_background && !s->follow.stream)
		return (s->follow.format->reply(f, &t));
	return (FLOW_NEXT);
}

static int
begin_direct(struct flow *f)
{
	struct send       *s = f->state;
	struct store_turn *t = &s->turn;

	mock_answer(t->model, t->prompt, &s->response);
	t->status = "completed";
	t->finish_reason = mock_cut(&s->response, s->prompt.options.max_tokens)
	    ? "length"
	    : "stop";
	t->response = s->response.data;
	t->prompt_tokens = mock_count_words(t->prompt);
	t->response_tokens = mock_count_words(t->response);
	return (store_turn_complete(
	    f, t, s->key, s->key != NULL ? s->fingerprint : NULL));
}

static int
begin_running(struct flow *f)
{
	struct send            *s = f->state;
	struct turn_start      *start;
	struct turn_start_order order = {0};

	if (!generation_room())
		return (reply_error(f, ERR_OVERLOADED));
	s->turn.response = "";
	s->turn.status = "running";
	order.actor = &f->user;
	order.turn = &s->turn;
	order.model = s->model;
	order.prompt = &s->prompt;
	order.first = s->has_before ? &s->first : NULL;
	order.key = s->key;
	order.fingerprint = s->key != NULL ? s->fingerprint : NULL;
	start = turn_start_new(&order);
	flow_await(f, &start->wait);
	turn_start_go(start);
	return (FLOW_NEXT);
}

int
send_begin(struct flow *f)
{
	struct send *s = f->state;

	if (s->key != NULL) {
		if (look_at_found(f) == FLOW_DONE)
			return (FLOW_DONE);
		if (s->found)
			return (FLOW_NEXT);
	}
	return (s->direct ? begin_direct(f) : begin_running(f));
}

/* Why the turn was not begun. */
static int
refuse(struct flow *f)
{
	struct send *s = f->state;

	switch (s->outcome) {
	case STORE_TURN_NO_CONVERSATION:
		f->allowance.known = false; /* nobody counted */
		return (reply_error_param(f, ERR_CONVERSATION_NOT_FOUND,
		    "conversation", "%s",
		    error_info(ERR_CONVERSATION_NOT_FOUND)->message));
	case STORE_TURN_NO_PARENT:
		f->allowance.known = false;
		return (reply_error_param(f, ERR_RESPONSE_NOT_FOUND,
		    "previous_response_id", "%s",
		    error_info(ERR_RESPONSE_NOT_FOUND)->message));
	case STORE_TURN_KEY_USED_UP:
		return (reply_error(f, ERR_KEY_LIMIT_REACHED));
	case STORE_TURN_TOO_MANY_RUN:
		f->allowance.known = false; /* the day is not used up */
		return (reply_error(f, ERR_TOO_MANY_RUNNING));
	default:
		allowance_exhausted(f);
		return (reply_error(f, ERR_RATE_LIMIT_REACHED));
	}
}

/* Take over the generation that was started. */
static int
follow_begun(struct flow *f, struct turn_start *start)
{
	struct send *s = f->state;

	allowance_read(f, start->found != NULL ? start->found : start->begun);
	s->turn.id = start->turn.id;
	s->turn.conversation = start->turn.conversation;
	s->turn.conversation_id = start->turn.conversation_id;
	s->turn.created = start->turn.created;
	s->follow.id = s->turn.id;
	s->follow.generation = turn_start_take(start);
	if (s->in_background && !s->follow.stream)
		return (s->follow.format->reply(f, &s->turn));
	return (FLOW_NEXT);
}

static int
answer_direct(struct flow *f)
{
	struct send *s = f->state;

	turn_count(s->model, s->turn.status, s->turn.prompt_tokens,
	    s->turn.response_tokens);
	return (s->follow.format->reply(f, &s->turn));
}

int
send_begun(struct flow *f)
{
	struct send       *s = f->state;
	struct turn_start *start = NULL;
	struct db_call    *rows = flow_rows(f);

	if (s->found)
		return (FLOW_NEXT);
	if (!s->direct) {
		start = (struct turn_start *)f->wait;
		if (start->generation != NULL)
			return (follow_begun(f, start));
		rows = start->begun;
	}
	if (db_conflict(rows))
		return (store_turn_find(f, &s->turn, s->key));
	if (db_rows(rows) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	allowance_read(f, rows);
	s->outcome = store_turn_outcome(rows, &s->turn);
	if (s->outcome == STORE_TURN_BEGUN)
		return (answer_direct(f));
	/* It may be refused for what it took itself, the first time. */
	if (db_repeated(rows))
		return (store_turn_find(f, &s->turn, s->key));
	return (refuse(f));
}

/* A conflict, or a refusal in doubt, comes here with nothing to follow. */
int
send_find_in_doubt(struct flow *f)
{
	struct send *s = f->state;

	if (s->found || s->follow.generation != NULL)
		return (FLOW_NEXT);
	if (look_at_found(f) == FLOW_DONE)
		return (FLOW_DONE);
	return (
	    s->found || s->outcome == STORE_TURN_BEGUN ? FLOW_NEXT : refuse(f));
}
