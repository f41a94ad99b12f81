#include <kore/kore.h>

#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "llm/llm_prompt.h"
#include "llm/turn_start.h"

/* A token is never shorter than this many bytes of UTF-8, but for odd text:
 * so a budget of tokens is at least kept. */
#define BYTES_A_TOKEN 3

static void
free_start(struct wait *w)
{
	struct turn_start *s = (struct turn_start *)w;

	if (s->generation != NULL && s->turn.conversation == 0)
		generation_stop(s->generation);
	generation_release(s->generation);
	if (s->begun != NULL)
		wait_release(db_call_wait(s->begun));
	llm_prompt_release(&s->prompt);
	free((void *)(uintptr_t)s->turn.model);
	free((void *)(uintptr_t)s->turn.prompt);
	free(s);
}

/* The system prompt of the conversation and that of the request. */
static const char *
join(const char *one, const char *other, struct buf *room)
{
	if (one == NULL || other == NULL)
		return (one != NULL ? one : other);
	buf_printf(room, "%s\n\n%s", one, other);
	return (room->data);
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

/* The turns before, then what this request brought. */
static size_t
put_messages(const struct turn_start *s, const struct db_call *rows,
    struct llm_message *messages)
{
	int    i, turns = rows != NULL ? store_turn_count(rows) : 0;
	size_t j, n = 0;

	for (i = 0; i < turns; i++) {
		put_message(
		    messages, &n, LLM_USER, store_turn_context_prompt(rows, i));
		put_message(messages, &n, LLM_ASSISTANT,
		    store_turn_context_response(rows, i));
	}
	for (j = 0; j < s->prompt.count; j++)
		put_message(messages, &n, s->prompt.messages[j].role,
		    s->prompt.messages[j].text);
	if (s->prompt.count == 0)
		put_message(messages, &n, LLM_USER, s->turn.prompt);
	return (n);
}

/* rows are the context, NULL when there is none. */
static void
start_generation(struct turn_start *s, const struct db_call *rows)
{
	struct generation_order order = {0};
	struct llm_message     *messages;
	struct buf              system = {0};
	size_t                  turns;

	turns = rows != NULL ? (size_t)store_turn_count(rows) : 0;
	messages = calloc(turns * 2 + s->prompt.count + 1, sizeof(*messages));
	if (messages == NULL)
		fatal("turn_start: no memory");
	order.user_id = s->actor.user_id;
	order.turn = &s->turn;
	order.model = s->model;
	order.prompt.messages = messages;
	order.prompt.count = put_messages(s, rows, messages);
	order.prompt.options = s->prompt.options;
	order.prompt.system = join(
	    rows != NULL ? store_turn_context_instructions(rows) : NULL,
	    s->prompt.system, &system);
	s->generation = generation_start(&order);
	buf_release(&system);
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
	if (s->turn.conversation == 0) {
		start_generation(s, NULL);
		wait_complete(&s->wait, ERR_NONE);
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
	s->turn.model = copy(order->turn->model);
	s->turn.prompt = copy(order->turn->prompt);
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
