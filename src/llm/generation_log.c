/*
 * What all of a worker's generations share: one statement, a few times a
 * second, that logs what they said, tells that they live and hears who is to
 * stop; and the search for turns whose worker died.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "llm/generation_inside.h"
#include "store/store_generations.h"

#define TICK_MS 250
#define LOOK_MS 500 /* at least so often: stopping works in 1 s */
#define REAP_MS 4000

/* A batch is what a reader of the log is given at once. */
#define BATCH_DELTAS 128
#define BATCH_BYTES  8192

static bool     ticking;
static bool     sending;
static uint64_t sent_at; /* kore_time_ms() */
static uint64_t renewed_at;
static int64_t  clock_ahead; /* PostgreSQL's clock, of clock_us() */

/* A batch from this delta on; returns the delta behind it. */
static size_t
put_batch(const struct generation *g, size_t from, struct store_batches *list)
{
	struct store_batch *b = store_batches_add(list);
	size_t              to = from;

	b->user_id = g->user_id;
	b->turn = g->turn.id;
	b->seq = (int64_t)from + 2;
	b->offset = from > 0 ? g->ends[from - 1] : 0;
	b->ends = g->ends + from;
	while (to < g->count && to - from < BATCH_DELTAS &&
	    (to == from || g->ends[to] - b->offset <= BATCH_BYTES))
		to++;
	b->count = to - from;
	if (b->count > 0) {
		b->text = g->answer.text.data + b->offset;
		b->len = g->ends[to - 1] - b->offset;
	}
	return (to);
}

/* Of what is not to be kept nothing is written, not even for a while. */
static bool
is_kept(const struct generation *g)
{
	return (uuid_conversation(&g->turn.id) != 0);
}

void
generation_put_batches(const struct generation *g, struct store_batches *list)
{
	size_t from;

	if (!is_kept(g))
		return;
	for (from = g->logged; from < g->count;)
		from = put_batch(g, from, list);
}

static void
heed(const struct db_call *rows, int row)
{
	struct generation *g;
	struct uuid        turn;
	bool               running, stop;

	store_generation_log_row(rows, row, &turn, &running, &stop);
	if ((g = generation_look_up(&turn)) == NULL)
		return;
	g->asked = false;
	if (g->state != GENERATION_RUNNING)
		return;
	if (!running)
		generation_lost(g);
	else if (stop)
		generation_stop(g);
}

/* Of a turn that was deleted there is no row. */
static void
lose_deleted(void)
{
	struct generation *g, *next;

	for (g = LIST_FIRST(&generations); g != NULL; g = next) {
		next = LIST_NEXT(g, list);
		if (g->asked && g->state == GENERATION_RUNNING)
			generation_lost(g);
	}
}

static void
logged(struct db_call *call, void *arg)
{
	struct generation *g;
	int                i;

	(void)arg;
	sending = false;
	if (db_call_wait(call)->error != ERR_NONE) {
		/* Sent again with the next tick, or by what ends a turn: the
		 * next call that succeeds is not to speak for this one. */
		LIST_FOREACH(g, &generations, list)
			g->logging = g->logged;
		return;
	}
	LIST_FOREACH(g, &generations, list)
		g->logged = MAX(g->logged, g->logging);
	for (i = 0; i < db_rows(call); i++)
		heed(call, i);
	lose_deleted();
}

static void
send_log(uint64_t now)
{
	struct store_batches batches = {0};
	struct generation   *g;
	bool                 renew;

	LIST_FOREACH(g, &generations, list) {
		if (g->state != GENERATION_RUNNING)
			continue;
		/* An empty one, too, says that the turn lives. */
		if (g->count == g->logged || !is_kept(g))
			put_batch(g, g->count, &batches);
		generation_put_batches(g, &batches);
		g->logging = g->count;
		g->asked = true;
	}
	if (batches.count > 0) {
		renew = now - renewed_at >= STORE_HEARTBEAT_MS;
		renewed_at = renew ? now : renewed_at;
		sent_at = now;
		sending = true;
		db_send_for(
		    store_generation_log(&batches, renew), logged, NULL);
	}
	store_batches_release(&batches);
}

static bool
anything_new(void)
{
	const struct generation *g;

	LIST_FOREACH(g, &generations, list)
		if (g->state == GENERATION_RUNNING && g->count > g->logged &&
		    is_kept(g))
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

static void reap(void);

/* Of a user with several, and of many users, there are more. */
static void
reaped(struct db_call *call, void *arg)
{
	int64_t count;

	(void)arg;
	if (db_call_wait(call)->error != ERR_NONE)
		return;
	clock_ahead = db_time(call, 0, 1) - (int64_t)clock_us();
	if ((count = db_int(call, 0, 0)) == 0)
		return;
	metrics_count(METRIC_TURNS, metrics_index(SET_TURN, "interrupted"),
	    (uint64_t)count);
	log_event(LOG_LEVEL_WARN, "turns_interrupted",
	    "%lld turns without a worker were ended", (long long)count);
	reap();
}

/* Before the first answer nothing is known of PostgreSQL's clock, and this
 * one, of a machine that has just started, is far from it. */
static void
reap(void)
{
	db_send_for(store_generation_reap(clock_ahead + (int64_t)clock_us()),
	    reaped, NULL);
}

/* At uneven times, so that workers and nodes do not all look at once. While
 * PostgreSQL was away (a failover takes longer than a turn is waited for)
 * nobody could say that he lives: after that they are given the time to. */
static void
look(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
	if (db_reachable_ms() >= STORE_DEAD_SECONDS * 1000)
		reap();
	kore_timer_add(look, REAP_MS + randombytes_uniform(REAP_MS / 4), NULL,
	    KORE_TIMER_ONESHOT);
}

void
generation_log_init(void)
{
	kore_timer_add(
	    look, randombytes_uniform(REAP_MS), NULL, KORE_TIMER_ONESHOT);
}
