#include <kore/kore.h>

#include <stdlib.h>
#include <string.h>

#include "llm/llm_prompt.h"
#include "llm/turn_context.h"
#include "llm/turn_start.h"

static void
free_start(struct wait *w)
{
	struct turn_start *s = (struct turn_start *)w;

	if (s->generation != NULL && s->turn.conversation == 0)
		generation_stop(s->generation);
	generation_release(s->generation);
	if (s->begun != NULL)
		wait_release(db_call_wait(s->begun));
	if (s->found != NULL)
		wait_release(db_call_wait(s->found));
	llm_prompt_release(&s->prompt);
	free((void *)(uintptr_t)s->turn.model);
	free((void *)(uintptr_t)s->turn.prompt);
	free((void *)(uintptr_t)s->turn.details);
	free(s);
}

/* rows are the turns before, NULL when there are none. */
static void
start_generation(struct turn_start *s, const struct db_call *rows)
{
	struct generation_order order = {0};
	struct llm_message      only = {LLM_USER, s->turn.prompt};
	struct llm_prompt       prompt = s->prompt;
	struct buf              system = {0};

	if (prompt.count == 0) {
		prompt.messages = &only;
		prompt.count = 1;
	}
	order.user_id = s->actor.user_id;
	order.turn = &s->turn;
	order.model = s->model;
	turn_context_join(rows, &prompt, &system, &order.prompt);
	s->generation = generation_start(&order);
	buf_release(&system);
	free((void *)(uintptr_t)order.prompt.messages);
}

/* Without its context a turn is not answered wrongly but ended as one whose
 * worker died, and its message given back. */
static void
context_came(struct db_call *call, void *arg)
{
	struct turn_start *s = arg;

	if (db_call_wait(call)->error == ERR_NONE)
		start_generation(s, call);
	wait_complete(&s->wait, db_call_wait(call)->error);
}

/* The turn is ours to answer. */
static void
go_on(struct turn_start *s)
{
	struct store_turn_context context = {0};

	if (s->turn.conversation == 0 || s->is_new) {
		start_generation(s, NULL);
		wait_complete(&s->wait, ERR_NONE);
		return;
	}
	uuid_set_conversation(&s->first, uuid_conversation(&s->turn.id));
	context.conversation = s->turn.conversation;
	context.from = &s->first;
	db_send_for(
	    store_turn_context(&s->actor, &context, turn_context_bytes()),
	    context_came, s);
}

/* Nobody else makes that id: if it is there, it was begun by us. */
static void
looked_up(void *arg)
{
	struct turn_start *s = arg;
	struct store_turn  t;
	bool               same;

	if (db_call_wait(s->found)->error != ERR_NONE ||
	    db_rows(s->found) == 0 ||
	    !store_turn_found(s->found, NULL, &t, &same)) {
		wait_complete(&s->wait, db_call_wait(s->found)->error);
		return;
	}
	s->turn.id = t.id;
	s->turn.conversation = t.conversation;
	s->turn.conversation_id = t.conversation_id;
	s->turn.created = t.created;
	go_on(s);
}

static void
begun(void *arg)
{
	struct turn_start *s = arg;
	struct db_call    *rows = s->begun;

	if (db_call_wait(rows)->error == ERR_NONE && !db_conflict(rows) &&
	    db_rows(rows) > 0 &&
	    store_turn_outcome(rows, &s->turn) == STORE_TURN_BEGUN) {
		go_on(s);
	} else if (db_call_wait(rows)->error == ERR_NONE && db_repeated(rows)) {
		s->found = store_turn_lookup(&s->actor, &s->turn, NULL);
		wait_own(db_call_wait(s->found), looked_up, s);
		db_send(s->found);
	} else
		wait_complete(&s->wait, db_call_wait(rows)->error);
}

struct turn_start *
turn_start_new(const struct turn_start_order *order)
{
	struct turn_start *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		fatal("turn_start: no memory");
	s->wait.free = free_start;
	s->wait.kind = WAIT_DB;
	s->actor = *order->actor;
	s->model = order->model;
	s->turn = *order->turn;
	s->turn.model = llm_text_copy(order->turn->model);
	s->turn.prompt = llm_text_copy(order->turn->prompt);
	s->turn.details = llm_text_copy(order->turn->details);
	s->turn.more = NULL;
	s->first = order->first != NULL ? *order->first : order->turn->id;
	s->is_new = order->turn->more != NULL && order->turn->more->in_new;
	llm_prompt_copy(&s->prompt, order->prompt);
	s->begun = store_turn_begin(
	    order->actor, order->turn, order->key, order->fingerprint);
	wait_own(db_call_wait(s->begun), begun, s);
	return (s);
}

void
turn_start_go(struct turn_start *s)
{
	db_send(s->begun);
}

struct generation *
turn_start_take(struct turn_start *s)
{
	struct generation *g = s->generation;

	s->generation = NULL;
	return (g);
}
