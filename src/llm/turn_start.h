/*
 * Beginning a turn that a generation is to answer: the statement that begins
 * it, the turns before it, the generation. A wait of its own, so that a turn
 * that was begun is answered even when its client left in between.
 */
#ifndef AICHAT_TURN_START_H
#define AICHAT_TURN_START_H

#include "llm/generation.h"

struct turn_start {
	struct wait        wait;       /* first */
	struct db_call    *begun;      /* the statement's result */
	struct db_call    *found;      /* of one that was repeated; or NULL */
	struct generation *generation; /* held, if there is one */

	struct actor      actor;
	struct store_turn turn; /* its texts are ours */
	struct model     *model;
	struct llm_prompt prompt; /* ours */
	struct uuid       first;  /* of the turns that were begun */
	bool              is_new; /* its conversation: nothing was before */
};

/* What is to be begun: everything but the model is copied. */
struct turn_start_order {
	const struct actor      *actor;
	const struct store_turn *turn;
	struct model            *model;
	const struct llm_prompt *prompt; /* of this request alone; without
					  * messages it is the turn's */
	const struct uuid *first;        /* of the messages before the
					  * prompt; NULL: there are none */
	const char *key;                 /* or NULL */
	const char *fingerprint;         /* or NULL */
};

/*
 * Prepare it. When its wait has an owner it is to be sent off with
 * turn_start_go(). When it loses its owner, a turn in no conversation is
 * stopped: nobody can come back for that.
 */
struct turn_start *turn_start_new(const struct turn_start_order *);

void turn_start_go(struct turn_start *);

/* Take the generation over, with its hold; NULL when none was started. */
struct generation *turn_start_take(struct turn_start *);

#endif
