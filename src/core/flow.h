/*
 * A flow is a request on its way through its steps, and what it holds. A step
 * uses what the one before fetched, decides, and starts at most one wait; the
 * runner here is the only code that knows how a request sleeps and wakes.
 *
 *	static const struct step send_steps[] = {
 *		STEP(check_input),
 *		STEP(begin_turn),
 *		STEP(respond),
 *		STEPS_END
 *	};
 *
 * A step that has replied returns FLOW_DONE (the reply functions do), else
 * FLOW_NEXT. A wait that failed is answered by the runner; the next step runs
 * only after one that went well.
 */
#ifndef AICHAT_FLOW_H
#define AICHAT_FLOW_H

#include <kore/kore.h>
#include <kore/http.h>

#include <cjson/cJSON.h>

#include "core/actor.h"
#include "core/db.h"
#include "core/log.h"
#include "core/wait.h"
#include "core/work.h"

#define FLOW_ID_SIZE LOG_REQUEST_SIZE

/* Where to go on, once the wait is over: so many steps ahead. Long answers
 * go back to the step that fetches the next part. */
enum {
	FLOW_BACK_TWO = -2,
	FLOW_BACK = -1,
	FLOW_NEXT = 1,
	FLOW_DONE = 0
};

struct flow;
struct db_group_kind;

struct step {
	const char *name;
	int (*run)(struct flow *);
};

/* clang-format off */
#define STEP(fn)	{ #fn, fn }
#define STEPS_END	{ NULL, NULL }
/* clang-format on */

/* What the day allows the user, as a statement last saw it. */
struct allowance {
	bool    known;
	int64_t limit;
	int64_t used;
	int64_t reset; /* seconds until midnight UTC */
};

struct flow {
	struct http_request *req;
	const struct step   *step;              /* the next one to run */
	struct wait         *wait;              /* owned; the last one */
	char                 id[FLOW_ID_SIZE];  /* X-Request-Id */
	uint64_t             started;           /* clock_us() */
	uint64_t             wait_began;        /* 0: over */
	uint64_t             waited[WAIT__MAX]; /* microseconds */
	uint64_t             authenticating;    /* the same */
	struct actor         user;              /* user_id 0: nobody */
	struct allowance     allowance;
	int64_t              retry_after; /* seconds, of a 429; 0: soon */
	cJSON               *body;        /* owned */
	bool                 streaming;   /* core/stream.h began */
	bool                 close_after; /* core/stream.h's own */
	void                *state;       /* owned; the endpoint's */
	void (*state_free)(void *);
	void (*ended)(struct flow *); /* answered, or the client left */
};

/* The flow of a request, made when it has none yet. */
struct flow *flow_of(struct http_request *);

/*
 * Run steps for the request, from a handler. state_size zeroed bytes are the
 * endpoint's own; state_free (or NULL) releases what hangs off them.
 */
int flow_run(struct http_request *, const struct step *steps, size_t state_size,
    void (*state_free)(void *));

/*
 * Wait for a statement, for work on a pool, or for anything else that is a
 * wait; the flow owns it from here. They return what the step is to return.
 */
int flow_query(struct flow *, struct db_call *);
/* Perhaps together with others of its kind (core/db_group.h). */
int
flow_query_together(struct flow *, struct db_group_kind *, struct db_call *);
int flow_work(struct flow *, struct work_pool *, struct work *);
int flow_await(struct flow *, struct wait *);

/* The statement or the work last waited for, until the next wait begins. */
struct db_call *flow_rows(struct flow *);
struct work    *flow_worked(struct flow *);

#endif
