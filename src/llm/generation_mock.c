/*
 * A mock model as a provider: its answer word by word, and, where MOCK_FAULTS
 * allows it, the troubles a client should be able to bear. A prompt that is
 * or begins with one of these words asks for it:
 *
 *	!429	the request is answered 429, or with that error as an event
 *	!500	the same with 500
 *	!cut	the answer breaks off in the middle
 *	!stall	the answer stops coming in the middle, until the idle timeout
 */
#include <string.h>

#include "core/config.h"
#include "llm/generation_inside.h"
#include "llm/mock.h"

static bool ticking;

static void tick(void *, u_int64_t);

static bool
asks_for(const struct generation *g, const char *fault)
{
	size_t n = strlen(fault);

	return (config.mock_faults && strncmp(g->turn.prompt, fault, n) == 0 &&
	    (g->turn.prompt[n] == '\0' || g->turn.prompt[n] == ' '));
}

static void
fail(struct generation *g, enum llm_failure failure)
{
	g->answer.failure = failure;
	generation_settle(g);
}

/* One timer serves all: Kore keeps its timers in a list. */
static void
schedule(struct generation *g, int ms)
{
	g->mock_due = kore_time_ms() + (uint64_t)ms;
	if (ticking)
		return;
	ticking = true;
	kore_timer_add(tick, (u_int64_t)MAX(config.mock_stream_delay_ms, 1),
	    NULL, KORE_TIMER_ONESHOT);
}

static void
finish(struct generation *g)
{
	g->answer.finish = g->mock_is_cut ? LLM_LENGTH : LLM_STOP;
	g->answer.ended = true;
	g->answer.prompt_tokens = mock_count_words(g->turn.prompt);
	g->answer.response_tokens = mock_count_words(g->answer.text.data);
	generation_settle(g);
}

/* In the middle of the answer, the troubles. */
static bool
misbehave(struct generation *g)
{
	if (g->mock_at < g->mock.len / 2)
		return (false);
	if (asks_for(g, "!cut"))
		fail(g, LLM_PROTOCOL);
	else if (asks_for(g, "!stall") && g->tries++ == 0)
		schedule(g, config.idle_timeout_ms);
	else if (asks_for(g, "!stall"))
		fail(g, LLM_TIMEOUT);
	else
		return (false);
	return (true);
}

/* A word, and the white space behind it. */
static void
next_word(struct generation *g)
{
	const char *rest = g->mock.data + g->mock_at;
	size_t      n;

	g->mock_due = 0;
	if (misbehave(g))
		return;
	n = strcspn(rest, " \n\t");
	n += strspn(rest + n, " \n\t");
	buf_append(&g->answer.text, rest, n);
	g->mock_at += n;
	generation_note_delta(g);
	if (g->mock_at == g->mock.len)
		finish(g);
	else
		schedule(g, config.mock_stream_delay_ms);
}

static void
tick(void *arg, u_int64_t now)
{
	struct generation *g, *next;
	bool               more = false;

	(void)arg;
	for (g = LIST_FIRST(&generations); g != NULL; g = next) {
		next = LIST_NEXT(g, list);
		if (g->mock_due != 0 && g->mock_due <= now)
			next_word(g);
		more |= g->mock_due != 0;
	}
	ticking = more;
	if (more)
		kore_timer_add(tick,
		    (u_int64_t)MAX(config.mock_stream_delay_ms, 1), NULL,
		    KORE_TIMER_ONESHOT);
}

void
generation_mock_begin(struct generation *g)
{
	if (asks_for(g, "!429"))
		generation_conclude(g, "failed", ERR_RATE_LIMIT_REACHED);
	else if (asks_for(g, "!500"))
		generation_conclude(g, "failed", ERR_INTERNAL);
	else {
		mock_answer(g->model->at.id, g->turn.prompt, &g->mock);
		g->mock_is_cut = mock_cut(
		    &g->mock, g->prompt.options.max_tokens);
		schedule(g, config.mock_stream_delay_ms);
	}
}
