/*
 * How a generation gets its answer: from one provider, from the same again
 * after a while, or from the next model, as long as nobody saw a character.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "core/metrics.h"
#include "llm/generation_inside.h"

#define REFUSAL_MAX    65536 /* bytes of an error's body that are read */
#define BACKOFF_MS     500   /* doubled with every try, then by chance */
#define BACKOFF_MAX_MS 8000
#define HINT_MAX_MS    10000 /* a Retry-After that is waited for */

/* What was said so far is thrown away: nothing of it has been told. */
static void
forget_answer(struct generation *g)
{
	sse_reader_release(&g->reader);
	llm_answer_release(&g->answer);
	memset(&g->answer, 0, sizeof(g->answer));
	buf_release(&g->refusal);
}

static void
read_event(void *arg, const char *event, const char *data, size_t len)
{
	struct generation *g = arg;

	g->model->provider->read_event(&g->answer, event, data, len);
	generation_note_delta(g);
}

static void
read_stray(void *arg, const char *line, size_t len)
{
	struct generation *g = arg;

	if (g->model->provider->read_stray != NULL)
		g->model->provider->read_stray(&g->answer, line, len);
}

/* The longest answer: it ends here, as one the model had cut itself. */
static bool
too_long(struct generation *g)
{
	if (g->answer.text.len <= (size_t)config.answer_max_bytes)
		return (false);
	g->upstream = NULL;
	g->answer.finish = LLM_LENGTH;
	g->answer.ended = true;
	generation_settle(g);
	return (true);
}

static bool
take_bytes(void *arg, int status, const char *bytes, size_t len)
{
	struct generation *g = arg;

	if (status != 200) {
		if (g->refusal.len + len <= REFUSAL_MAX)
			buf_append(&g->refusal, bytes, len);
		return (true);
	}
	if (!sse_reader_feed(&g->reader, bytes, len)) {
		g->upstream = NULL;
		g->answer.failure = LLM_PROTOCOL;
		snprintf(g->answer.problem, sizeof(g->answer.problem),
		    "an event is too long");
		generation_settle(g);
		return (false);
	}
	if (too_long(g))
		return (false);
	if (g->answer.failure != LLM_NO_FAILURE) {
		g->upstream = NULL;
		generation_settle(g);
		return (false);
	}
	/* All is said: the connection may come to its end by itself. */
	if (g->answer.ended) {
		upstream_detach(g->upstream);
		g->upstream = NULL;
		generation_settle(g);
	}
	return (true);
}

static void
take_end(void *arg, enum upstream_end how, int status, const char *retry_after,
    const char *problem)
{
	struct generation *g = arg;
	struct llm_answer *a = &g->answer;

	g->upstream = NULL;
	if (status == 200 && how == UPSTREAM_COMPLETE) {
		sse_reader_end(&g->reader);
		g->model->provider->read_end(a);
		generation_note_delta(g);
	} else if (status != 0 && status != 200) {
		g->model->provider->read_error(a, status, retry_after,
		    g->refusal.len > 0 ? g->refusal.data : "", g->refusal.len);
	} else if (!a->ended && a->failure == LLM_NO_FAILURE) {
		a->failure = how == UPSTREAM_TIMED_OUT ? LLM_TIMEOUT
						       : LLM_NETWORK;
		snprintf(a->problem, sizeof(a->problem), "%s", problem);
	}
	generation_settle(g);
}

static void
call_provider(struct generation *g)
{
	struct upstream_call call = {
	    .data = take_bytes, .end = take_end, .arg = g};

	memset(&g->reader, 0, sizeof(g->reader));
	g->reader.event = read_event;
	g->reader.stray = read_stray;
	g->reader.arg = g;
	g->upstream = model_ask(g->model, &g->prompt, &call);
	if (g->upstream == NULL) {
		g->answer.failure = LLM_BAD_REQUEST;
		snprintf(g->answer.problem, sizeof(g->answer.problem),
		    "the request cannot be put into the provider's form");
		generation_settle(g);
	}
}

static void fail_or_try_again(struct generation *);

void
generation_ask(struct generation *g)
{
	if (g->model->provider == NULL) {
		generation_mock_begin(g);
	} else if (circuit_allows(&g->model->circuit, kore_time_ms())) {
		call_provider(g);
	} else {
		g->answer.failure = LLM_OVERLOADED;
		snprintf(g->answer.problem, sizeof(g->answer.problem),
		    "circuit open");
		g->tries = config.retries;
		/* It was not asked, so this is no failure of its. */
		fail_or_try_again(g);
	}
}

static void
ask_again(void *arg, u_int64_t now)
{
	struct generation *g = arg;

	(void)now;
	g->timer = NULL;
	forget_answer(g);
	generation_ask(g);
}

/* Whether the provider itself is in trouble. */
static void
note_circuit(struct generation *g)
{
	struct circuit *c = &g->model->circuit;

	switch (g->answer.failure) {
	case LLM_NETWORK:
	case LLM_TIMEOUT:
	case LLM_SERVER:
	case LLM_OVERLOADED:
	case LLM_PROTOCOL:
		circuit_failed(c, kore_time_ms());
		break;
	default:
		circuit_succeeded(c);
	}
	metrics_set(
	    METRIC_CIRCUITS, models_index(g->model), c->open_until != 0);
}

static bool
worth_trying_again(const struct generation *g)
{
	switch (g->answer.failure) {
	case LLM_RATE_LIMIT:
	case LLM_OVERLOADED:
	case LLM_SERVER:
	case LLM_TIMEOUT:
	case LLM_NETWORK:
	case LLM_PROTOCOL:
		return (g->tries < config.retries &&
		    g->answer.retry_after_ms <= HINT_MAX_MS);
	default:
		return (false);
	}
}

/* Exponential, with full jitter; never sooner than the provider asked. */
static uint64_t
backoff(const struct generation *g)
{
	uint32_t ms = BACKOFF_MS << MIN(g->tries, 4);

	ms = randombytes_uniform(MIN(ms, BACKOFF_MAX_MS)) + 1;
	return (MAX(ms, (uint32_t)g->answer.retry_after_ms));
}

static bool
fall_back(struct generation *g)
{
	struct model *next;

	while ((next = models_fallback(g->fallbacks++)) != NULL) {
		if (next == g->model)
			continue;
		g->model = next;
		g->tries = 0;
		return (true);
	}
	return (false);
}

static enum error
error_of(enum llm_failure failure)
{
	switch (failure) {
	case LLM_TIMEOUT:
		return (ERR_UPSTREAM_TIMEOUT);
	case LLM_RATE_LIMIT:
	case LLM_QUOTA:
	case LLM_OVERLOADED:
		return (ERR_UPSTREAM_BUSY);
	default:
		return (ERR_UPSTREAM_ERROR);
	}
}

static void
fail_or_try_again(struct generation *g)
{
	generation_log_line(g, LOG_LEVEL_WARN, "upstream_failed");
	metrics_count(METRIC_FAILURES,
	    metrics_pair(
		METRIC_FAILURES, models_index(g->model), g->answer.failure),
	    1);
	/* Another answer may take its place only while nobody saw any. */
	if (g->count == 0 && worth_trying_again(g)) {
		g->timer = kore_timer_add(
		    ask_again, backoff(g), g, KORE_TIMER_ONESHOT);
		g->tries++;
	} else if (g->count == 0 && fall_back(g)) {
		g->timer = kore_timer_add(ask_again, 1, g, KORE_TIMER_ONESHOT);
	} else
		generation_conclude(g, "failed", error_of(g->answer.failure));
}

void
generation_settle(struct generation *g)
{
	if (g->model->provider != NULL && g->state == GENERATION_RUNNING)
		note_circuit(g);
	if (g->answer.failure == LLM_NO_FAILURE)
		generation_conclude(g, "completed", ERR_NONE);
	else
		fail_or_try_again(g);
}
