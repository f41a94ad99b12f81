/*
 * Sending a prompt: the steps every endpoint that begins a turn goes on with,
 * once it has read what its client wants. A mock's answer that is wanted whole
 * is there with the statement that begins the turn; any other is followed. The
 * endpoint's state begins with a struct send.
 */
#ifndef AICHAT_SEND_H
#define AICHAT_SEND_H

#include "api/follow.h"
#include "core/request.h"
#include "store/store_turns.h"

#define SEND_MODEL_MAX  128         /* bytes */
#define SEND_PROMPT_MAX (64 * 1024) /* bytes, of one a page shows */

struct send {
	struct follow     follow;  /* first; its format is to be set */
	struct store_turn turn;    /* model, prompt, conversation: to be set */
	struct model     *model;   /* to be set */
	struct llm_prompt prompt;  /* what the model is told of this request;
				    * without messages the turn's prompt */
	bool        in_background; /* the reply does not wait for the end */
	bool        has_before;    /* messages before the prompt (turn.more) */
	struct uuid first;         /* of their turns */
	struct uuid last;
	const char *key; /* Idempotency-Key or NULL */

	/* send.c's own */
	char                  fingerprint[REQUEST_FINGERPRINT_SIZE];
	struct buf            response; /* a mock's */
	bool                  direct;   /* answered by one statement */
	bool                  found;    /* made by an earlier request */
	enum store_turn_begun outcome;
};

int send_find(struct flow *);
int send_begin(struct flow *);
int send_begun(struct flow *);
int send_find_in_doubt(struct flow *);

#define SEND_STEPS \
	STEP(send_find), STEP(send_begin), STEP(send_begun), \
	    STEP(send_find_in_doubt), FOLLOW_STEPS

/* For the endpoint's function that frees its state. */
void send_release(void *);

#endif
