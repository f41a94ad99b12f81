#include <kore/kore.h>

#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "llm/turn_start.h"

/* A token is never shorter than this many bytes of UTF-8, but for odd text:
 * so a budget of tokens is at least kept. */
#define BYTES_A_TOKEN 3

static void
free_start(struct wait *w)
{
	struct turn_start *s = (struct turn_start *)w;

	generation_release(s->generation);
	if (s->begun != NULL)
		wait_release(db_call_wait(s->begun));
	free((void *)(uintptr_t)s->turn.model);
	free((void *)(uintptr_t)s->turn.prompt);
	free(s);
}

static void
put_message(struct llm_message *messages, size_t *n, enum llm_role role,
    const char *text)
{
	if (text[0] == '\0')
		return;
	messages[*n].role = role;
	messages[*n].text = text;
	(*n)++;
}

static void
start_generation(struct turn_start *s, const struct db_call *rows)
{
	struct generation_order order = {0};
	struct llm_message     *messages;
	int                     i, turns = store_turn_count(rows);
	size_t                  n = 0;

	messages = calloc((size_t)turns * 2 + 1, sizeof(*messages));
	if (messages == NULL)
		fatal("turn_start: no memory");
	for (i = 0; i < turns; i++) {
		put_message(
		    messages, &n, LLM_USER, store_turn_context_prompt(rows, i));
		put_message(messages, &n, LLM_ASSISTANT,
		    store_turn_context_response(rows, i));
	}
	put_message(messages, &n, LLM_USER, s->turn.prompt);
	order.user_id = s->actor.user_id;
	order.turn = &s->turn;
	order.model = s->model;
	order.prompt.system = store_turn_context_instructions(rows);
	order.prompt.messages = messages;
	order.prompt.count = n;
	s->generation = generation_start(&order);
	free(messages);
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

static void
begun(void *arg)
{
	struct turn_start *s = arg;
	struct db_call    *rows = s->begun;

	if (db_call_wait(rows)->error != ERR_NONE || db_conflict(rows) ||
	    db_rows(rows) == 0 ||
	    store_turn_outcome(rows, &s->turn) != STORE_TURN_BEGUN) {
		wait_complete(&s->wait, db_call_wait(rows)->error);
		return;
	}
	db_send_for(store_turn_context(&s->actor, &s->turn.id,
			(int64_t)config.context_tokens * BYTES_A_TOKEN),
	    context_came, s);
}

static char *
copy(const char *text)
{
	char *s;

	if ((s = strdup(text)) == NULL)
		fatal("turn_start: no memory");
	return (s);
}

struct turn_start *
turn_start_new(const struct actor *actor, const struct store_turn *turn,
    struct model *model, const char *key, const char *fingerprint)
{
	struct turn_start *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		fatal("turn_start: no memory");
	s->wait.free = free_start;
	s->wait.kind = WAIT_DB;
	s->actor = *actor;
	s->model = model;
	s->turn = *turn;
	s->turn.model = copy(turn->model);
	s->turn.prompt = copy(turn->prompt);
	s->begun = store_turn_begin(actor, turn, key, fingerprint);
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
