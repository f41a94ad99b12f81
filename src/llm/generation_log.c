/*
 * What all of a worker's generations share: one statement, a few times a
 * second, that logs what they said, tells that they live and hears who is to
 * stop; and the search for turns whose worker died.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "llm/generation_inside.h"
#include "store/store_generations.h"

#define TICK_MS 250
#define LOOK_MS 500 /* at least so often: stopping works in 1 s */
#define REAP_MS 4000

static bool     ticking;
static bool     sending;
static uint64_t sent_at; /* kore_time_ms() */
static uint64_t renewed_at;

/* What was not logged yet. */
void
generation_batch(const struct generation *g, struct store_batch *b)
{
	memset(b, 0, sizeof(*b));
	b->user_id = g->user_id;
	b->turn = g->turn.id;
	b->seq = (int64_t)g->logged + 2;
	b->offset = g->logged > 0 ? g->ends[g->logged - 1] : 0;
	b->ends = g->ends + g->logged;
	b->count = g->count - g->logged;
	if (b->count == 0)
		return;
	b->text = g->answer.text.data + b->offset;
	b->len = g->ends[g->count - 1] - b->offset;
}

static void
heed(const struct db_call *rows, int row)
{
	struct generation *g;
	struct uuid        turn;
	bool               running, stop;

	store_generation_log_row(rows, row, &turn, &running, &stop);
	if ((g = generation_look_up(&turn)) == NULL ||
	    g->state != GENERATION_RUNNING)
		return;
	if (!running)
		generation_lost(g);
	else if (stop)
		generation_stop(g);
}

static void
logged(struct db_call *call, void *arg)
{
	struct generation *g;
	int                i;

	(void)arg;
	sending = false;
	if (db_call_wait(call)->error != ERR_NONE)
		return; /* sent again with the next tick */
	LIST_FOREACH(g, &generations, list)
		g->logged = MAX(g->logged, g->logging);
	for (i = 0; i < db_rows(call); i++)
		heed(call, i);
}

static void
send_log(uint64_t now)
{
	struct store_batch *batches;
	struct generation  *g;
	size_t              n = 0, room = 0;
	bool                renew;

	LIST_FOREACH(g, &generations, list)
		room++;
	if ((batches = calloc(room, sizeof(*batches))) == NULL)
		fatal("generation: no memory");
	LIST_FOREACH(g, &generations, list) {
		if (g->state != GENERATION_RUNNING)
			continue;
		generation_batch(g, &batches[n++]);
		g->logging = g->count;
	}
	if (n > 0) {
		renew = now - renewed_at >= STORE_HEARTBEAT_MS;
		renewed_at = renew ? now : renewed_at;
		sent_at = now;
		sending = true;
		db_send_for(
		    store_generation_log(batches, n, renew), logged, NULL);
	}
	free(batches);
}

static bool
anything_new(void)
{
	const struct generation *g;

	LIST_FOREACH(g, &generations, list)
		if (g->state == GENERATION_RUNNING && g->count > g->logged)
			return (true);
	return (false);
}

static void
tick(void *arg, u_int64_t now)
{
	struct generation *g, *next;

	(void)arg;
	for (g = LIST_FIRST(&generations); g != NULL; g = next) {
		next = LIST_NEXT(g, list);
		generation_tell_quiet(g, now);
	}
	if (!sending && (now - sent_at >= LOOK_MS || anything_new()))
		send_log(now);
	ticking = !LIST_EMPTY(&generations);
	if (ticking)
		kore_timer_add(tick, TICK_MS, NULL, KORE_TIMER_ONESHOT);
}

void
generation_log_start(void)
{
	if (ticking)
		return;
	ticking = true;
	kore_timer_add(tick, TICK_MS, NULL, KORE_TIMER_ONESHOT);
}

static void
reaped(struct db_call *call, void *arg)
{
	(void)arg;
	if (db_call_wait(call)->error == ERR_NONE && db_int(call, 0, 0) > 0)
		log_event(LOG_LEVEL_WARN, "turns_interrupted",
		    "%lld turns without a worker were ended",
		    (long long)db_int(call, 0, 0));
}

/* At uneven times, so that workers and nodes do not all look at once. */
static void
reap(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
	db_send_for(store_generation_reap(), reaped, NULL);
	kore_timer_add(reap, REAP_MS + randombytes_uniform(REAP_MS / 4), NULL,
	    KORE_TIMER_ONESHOT);
}

void
generation_log_init(void)
{
	kore_timer_add(
	    reap, randombytes_uniform(REAP_MS), NULL, KORE_TIMER_ONESHOT);
}
