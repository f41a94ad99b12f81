/*
 * Following a turn to its end: the last steps of every endpoint that waits
 * for an answer or streams one, from whichever event its client knows. The
 * events come from memory when the turn runs in this worker, else from the
 * log; how they look is the endpoint's format. The endpoint's state begins
 * with a struct follow.
 */
#ifndef AICHAT_FOLLOW_H
#define AICHAT_FOLLOW_H

#include "api/watch.h"
#include "core/flow.h"
#include "llm/generation.h"

/*
 * How an API tells of a turn. The events of a turn are its start, 1, its
 * deltas, and its end; each function appends to the state's out what that is
 * to this API's clients: one event, several, or none.
 */
struct follow_format {
	enum error not_found; /* there is no such turn */
	void (*start)(struct flow *, const struct store_turn *);
	void (*delta)(
	    struct flow *, int64_t event, const char *text, size_t len);
	/* A client that comes back may have seen it already. */
	void (*end)(struct flow *, const struct store_turn *, int64_t event);
	/* The one reply, when nothing is streamed; returns FLOW_DONE. */
	int (*reply)(struct flow *, const struct store_turn *);
};

struct follow {
	const struct follow_format *format;
	struct uuid                 id;     /* the turn */
	bool                        stream; /* events, or one reply at last */
	bool                        alone;  /* nobody can come back for it:
					     * it ends with the request */
	int64_t seen;                       /* the last event told */
	int64_t after;                      /* the format's own: what the
					     * client has of the next one */
	uint64_t           told_at;         /* kore_time_ms() */
	bool               behind;          /* the log has more */
	struct watch       watch;           /* of who follows */
	struct generation *generation;      /* held, when it is here */
	struct buf         out;
};

int follow_look(struct flow *);
int follow_tell(struct flow *);
int follow_rest(struct flow *);

#define FOLLOW_STEPS STEP(follow_look), STEP(follow_tell), STEP(follow_rest)

/* Whether it broke off: what error_code says. */
bool follow_went_wrong(const struct store_turn *);

/* For the endpoint's function that frees its state. */
void follow_release(void *);

#endif
