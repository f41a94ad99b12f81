#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "core/json.h"
#include "core/log.h"
#include "core/metrics.h"
#include "llm/generation_inside.h"
#include "llm/title.h"
#include "llm/llm_prompt.h"
#include "llm/turn_count.h"
#include "store/store_generations.h"

#define STORE_AGAIN_MS 500

#define BUCKETS 1024

struct generations        generations = LIST_HEAD_INITIALIZER(generations);
static struct generations table[BUCKETS]; /* the same by turn */
static int                running;        /* of them, not yet ended */
static bool               closed;         /* none is begun any more */

/* Bytes 8 to 11 of a turn's id are random, but for two bits. */
static struct generations *
bucket(const struct uuid *turn)
{
	return (&table[(turn->bytes[10] << 8 | turn->bytes[11]) % BUCKETS]);
}

struct generation *
generation_look_up(const struct uuid *turn)
{
	struct generation *g;

	LIST_FOREACH(g, bucket(turn), hashed)
		if (memcmp(&g->turn.id, turn, sizeof(*turn)) == 0)
			return (g);
	return (NULL);
}

void
generation_log_line(
    const struct generation *g, enum log_level level, const char *event)
{
	const char *before = log_set_request(g->request);
	struct buf *line = log_begin(level, event);
	char        id[UUID_TEXT_SIZE];

	log_set_request(before);
	if (line == NULL)
		return;
	uuid_format(&g->turn.id, id);
	json_put_text(line, "turn", id);
	json_put_int(line, "user", g->user_id);
	json_put_text(line, "model", g->model->at.id);
	json_put_text(line, "status", g->turn.status);
	if (g->answer.failure != LLM_NO_FAILURE)
		json_put_text(line, "problem", g->answer.problem);
	if (g->answer.upstream_id[0] != '\0')
		json_put_text(line, "upstream_id", g->answer.upstream_id);
	json_put_int(line, "ms", (int64_t)(kore_time_ms() - g->started));
	log_end();
}

static void
destroy(struct generation *g)
{
	generation_log_line(g, LOG_LEVEL_DEBUG, "generation_freed");
	LIST_REMOVE(g, list);
	LIST_REMOVE(g, hashed);
	llm_prompt_release(&g->prompt);
	free((void *)(uintptr_t)g->turn.model);
	free((void *)(uintptr_t)g->turn.prompt);
	free((void *)(uintptr_t)g->turn.details);
	sse_reader_release(&g->reader);
	llm_answer_release(&g->answer);
	buf_release(&g->refusal);
	buf_release(&g->mock);
	free(g->ends);
	free(g);
}

void
generation_release(struct generation *g)
{
	if (g != NULL && --g->holds == 0)
		destroy(g);
}

void
generation_note_delta(struct generation *g)
{
	size_t before = g->count > 0 ? g->ends[g->count - 1] : 0;

	if (g->answer.text.len == before)
		return;
	if (g->count == g->room) {
		g->room = g->room > 0 ? g->room * 2 : 64;
		g->ends = realloc(g->ends, g->room * sizeof(*g->ends));
		if (g->ends == NULL)
			fatal("generation: no memory");
	}
	if (g->count == 0) {
		g->first_ms = MAX(kore_time_ms() - g->started, 1);
		metrics_observe(METRIC_FIRST_TOKEN, models_index(g->model),
		    g->first_ms * 1000);
		/* Nobody will be asked again, and it can be long. */
		llm_prompt_release(&g->prompt);
	}
	g->ends[g->count++] = (uint32_t)g->answer.text.len;
	generation_tell(g);
}

static void
measure_end(const struct generation *g)
{
	metrics_change(METRIC_GENERATIONS,
	    g->state == GENERATION_ENDING ? METRIC_ENDING : METRIC_RUNNING, -1);
	metrics_observe(METRIC_GENERATION, models_index(g->model),
	    (kore_time_ms() - g->started) * 1000);
	turn_count(g->model, g->turn.status, g->answer.prompt_tokens,
	    g->answer.response_tokens);
}

static void
ended(struct generation *g)
{
	measure_end(g);
	g->state = GENERATION_ENDED;
	running--;
	generation_log_line(g, LOG_LEVEL_INFO, "generation");
	generation_tell(g);
	generation_release(g); /* the hold of running */
}

static void
call_interrupted(struct generation *g)
{
	g->turn.status = "interrupted";
	g->turn.error_code = error_info(ERR_INTERRUPTED)->code;
}

static void store_end(struct generation *);

static void
store_end_again(void *arg, u_int64_t now)
{
	struct generation *g = arg;

	(void)now;
	g->timer = NULL;
	store_end(g);
}

static void
consider_title(const struct generation *g)
{
	struct store_turn turn = g->turn;

	turn.response = g->answer.text.data;
	title_consider(g->user_id, &turn);
}

/* Without its end stored a turn has not ended: PostgreSQL may be away for a
 * while, and then the listeners wait. */
static void
end_stored(struct db_call *call, void *arg)
{
	struct generation *g = arg;

	if (db_call_wait(call)->error != ERR_NONE) {
		g->timer = kore_timer_add(
		    store_end_again, STORE_AGAIN_MS, g, KORE_TIMER_ONESHOT);
		return;
	}
	if (!store_generation_used(call, &g->used))
		g->used = -1;
	/* We were taken for dead, and the turn was ended without us. */
	if (!store_generation_ended(call, g->turn.status))
		call_interrupted(g);
	else if (strcmp(g->turn.status, "completed") == 0)
		consider_title(g);
	ended(g);
}

static const char *
finish_reason(const struct generation *g)
{
	static const char *const reasons[] = {
	    "", "stop", "length", "content_filter"};

	return (reasons[g->answer.finish]);
}

static void
store_end(struct generation *g)
{
	struct store_ending e = {0};
	const char         *before;

	e.user_id = g->user_id;
	e.turn = g->turn.id;
	generation_put_batches(g, &e.last);
	e.status = g->turn.status;
	e.response = g->answer.text.len > 0 ? g->answer.text.data : "";
	e.prompt_tokens = g->answer.prompt_tokens;
	e.response_tokens = g->answer.response_tokens;
	e.finish_reason = g->answer.finish != LLM_UNFINISHED ? finish_reason(g)
							     : NULL;
	e.error_code = g->turn.error_code[0] != '\0' ? g->turn.error_code
						     : NULL;
	e.first_token_ms = g->first_ms > 0 ? (int64_t)g->first_ms : -1;
	/* The first text counts as one millisecond at least. */
	e.total_ms = (int64_t)MAX(kore_time_ms() - g->started, g->first_ms);
	e.give_back = g->answer.text.len == 0 &&
	    strcmp(g->turn.status, "completed") != 0;
	before = log_set_request(g->request);
	db_send_for(store_generation_end(&e), end_stored, g);
	log_set_request(before);
	store_batches_release(&e.last);
}

static void
let_go_of_upstream(struct generation *g)
{
	upstream_abort(g->upstream);
	g->upstream = NULL;
	if (g->timer != NULL)
		kore_timer_remove(g->timer);
	g->timer = NULL;
	g->mock_due = 0;
}

void
generation_conclude(struct generation *g, const char *status, enum error e)
{
	g->state = GENERATION_ENDING;
	metrics_change(METRIC_GENERATIONS, METRIC_RUNNING, -1);
	metrics_change(METRIC_GENERATIONS, METRIC_ENDING, 1);
	g->turn.status = status;
	g->turn.error_code = e == ERR_NONE ? "" : error_info(e)->code;
	store_end(g);
}

static void
break_off(struct generation *g, const char *status, enum error e)
{
	if (g->state != GENERATION_RUNNING)
		return;
	let_go_of_upstream(g);
	circuit_abandoned(&g->model->circuit);
	generation_conclude(g, status, e);
}

void
generation_stop(struct generation *g)
{
	break_off(g, "stopped", ERR_NONE);
}

bool
generation_any(void)
{
	return (running > 0);
}

void
generation_interrupt_all(void)
{
	struct generation *g;

	closed = true;
	LIST_FOREACH(g, &generations, list)
		break_off(g, "interrupted", ERR_INTERRUPTED);
}

void
generation_lost(struct generation *g)
{
	let_go_of_upstream(g);
	circuit_abandoned(&g->model->circuit);
	call_interrupted(g);
	ended(g);
}

bool
generation_room(void)
{
	return (!closed && running < config.running_per_worker);
}

struct generation *
generation_start(const struct generation_order *order)
{
	struct generation *g;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		fatal("generation: no memory");
	g->user_id = order->user_id;
	snprintf(g->request, sizeof(g->request), "%s", log_get_request());
	g->turn = *order->turn;
	g->turn.model = llm_text_copy(order->turn->model);
	g->turn.prompt = llm_text_copy(order->turn->prompt);
	g->turn.details = llm_text_copy(order->turn->details);
	g->turn.status = "running";
	g->turn.error_code = "";
	g->used = -1;
	g->model = order->model;
	llm_prompt_copy(&g->prompt, &order->prompt);
	LIST_INIT(&g->listeners);
	g->started = kore_time_ms();
	g->holds = 2; /* while it runs, and the caller's */
	running++;
	metrics_change(METRIC_GENERATIONS, METRIC_RUNNING, 1);
	LIST_INSERT_HEAD(&generations, g, list);
	LIST_INSERT_HEAD(bucket(&g->turn.id), g, hashed);
	generation_log_start();
	generation_ask(g);
	return (g);
}

struct generation *
generation_find(int64_t user_id, const struct uuid *turn)
{
	struct generation *g = generation_look_up(turn);

	if (g == NULL || g->user_id != user_id)
		return (NULL);
	g->holds++;
	return (g);
}

int64_t
generation_last_event(const struct generation *g)
{
	return ((int64_t)g->count + 1 + (g->state == GENERATION_ENDED));
}

const char *
generation_delta(const struct generation *g, int64_t event, size_t *len)
{
	size_t i = (size_t)event - 2;
	size_t from = i > 0 ? g->ends[i - 1] : 0;

	*len = g->ends[i] - from;
	return (g->answer.text.data + from);
}

bool
generation_turn(const struct generation *g, struct store_turn *t)
{
	*t = g->turn;
	t->response = g->answer.text.len > 0 ? g->answer.text.data : "";
	t->prompt_tokens = g->answer.prompt_tokens;
	t->response_tokens = g->answer.response_tokens;
	t->finish_reason = finish_reason(g);
	return (g->state == GENERATION_ENDED);
}

void
generation_allowance(const struct generation *g, struct allowance *a)
{
	if (g->used >= 0)
		a->used = g->used;
}

void
generation_init(void)
{
	generation_log_init();
}
