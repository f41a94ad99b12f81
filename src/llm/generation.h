/*
 * A generation owns a turn while its answer is being written: it talks to the
 * provider, logs what arrives, and ends the turn. Requests only listen: any
 * number of them, or none; they pull events from the generation's memory as
 * fast as their clients take them, so a slow one costs nothing but its place.
 *
 * Events are numbered from 1: the start, then each delta, then the end.
 */
#ifndef AICHAT_GENERATION_H
#define AICHAT_GENERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/uuid.h"
#include "core/wait.h"
#include "llm/models.h"
#include "store/store_turns.h"

struct generation;

/* What is to be generated; everything is copied but the model. */
struct generation_order {
	int64_t                  user_id;
	const struct store_turn *turn; /* as it was begun */
	struct model            *model;
	struct llm_prompt        prompt;
};

/* Watch for turns whose worker died, in this worker. */
void generation_init(void);

/* Whether this worker may take one more. */
bool generation_room(void);

/* Start one, held once for the caller. */
struct generation *generation_start(const struct generation_order *);

/* This worker's generation of a user's turn, held for the caller; NULL when
 * it runs elsewhere, or has ended and nobody holds it. */
struct generation *generation_find(int64_t user_id, const struct uuid *turn);

/* Let go of it. Takes NULL. */
void generation_release(struct generation *);

/* Number of the last event there is now. */
int64_t generation_last_event(const struct generation *);

/* The text of a delta, valid until the loop goes on. */
const char *
generation_delta(const struct generation *, int64_t event, size_t *len);

/* The turn as it stands; true when it has ended (and is stored). */
bool generation_turn(const struct generation *, struct store_turn *);

/* Put what the day had used when the turn ended, a message that was given
 * back among it, into what a listener will say of it. */
void generation_allowance(const struct generation *, struct allowance *);

/* A wait that completes when there is an event behind seen, when the turn has
 * ended, or after a while without either. */
struct wait *generation_news(struct generation *, int64_t seen);
#define GENERATION_QUIET_MS 15000

/* Whether any runs in this worker, or is being stored. */
bool generation_any(void);

/* End all of them as interrupted, keeping what came, for the worker's end;
 * none is to be started any more. */
void generation_interrupt_all(void);

/* Complete all of those now: something else is to be looked at. */
void generation_wake(struct generation *);

/* End it now, keeping what came. */
void generation_stop(struct generation *);

#endif
