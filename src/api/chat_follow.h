/*
 * Following a turn to its end: the last steps of every endpoint that waits
 * for an answer or streams one, from whichever event its client knows. The
 * events come from memory when the turn runs in this worker, else from the
 * log. The endpoint's state begins with a struct chat_follow.
 */
#ifndef AICHAT_CHAT_FOLLOW_H
#define AICHAT_CHAT_FOLLOW_H

#include "core/flow.h"
#include "llm/generation.h"

struct chat_follow {
	struct uuid        id;         /* the turn */
	bool               stream;     /* events, or one reply at last */
	int64_t            seen;       /* the last event told */
	uint64_t           told_at;    /* kore_time_ms() */
	bool               behind;     /* the log has more */
	struct generation *generation; /* held, when it is here */
	struct buf         out;
};

int chat_follow_look(struct flow *);
int chat_follow_tell(struct flow *);
int chat_follow_rest(struct flow *);

#define CHAT_FOLLOW_STEPS \
	STEP(chat_follow_look), STEP(chat_follow_tell), STEP(chat_follow_rest)

/* For the endpoint's function that frees its state. */
void chat_follow_release(struct chat_follow *);

#endif
