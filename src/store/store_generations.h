/*
 * Turns while they run: the log of what they say, their end, and those whose
 * worker died. The calls belong to a worker, not to a request: they are to be
 * sent with db_send_for().
 */
#ifndef AICHAT_STORE_GENERATIONS_H
#define AICHAT_STORE_GENERATIONS_H

#include "core/db.h"

#define STORE_HEARTBEAT_MS 3000 /* how often a running turn says so */
#define STORE_DEAD_SECONDS 10   /* without that it is dead */

/* A run of deltas: what they say, and where in it each one ends. */
struct store_batch {
	int64_t         user_id;
	struct uuid     turn;
	int64_t         seq;  /* of the first delta */
	const char     *text; /* len bytes; NULL: none yet */
	size_t          len;
	const uint32_t *ends; /* in bytes of the turn's text */
	size_t          count;
	uint32_t        offset; /* where text begins in the turn's */
};

/* A list of them, which begins zeroed. */
struct store_batches {
	struct store_batch *list;
	size_t              count;
	size_t              room;
};

/* Room for one more, zeroed. */
struct store_batch *store_batches_add(struct store_batches *);
void                store_batches_release(struct store_batches *);

/*
 * The worker's statement for all its turns: log what is new, say that they
 * live (renew), and learn what became of them: a row for each.
 */
struct db_call *store_generation_log(const struct store_batches *, bool renew);
void            store_generation_log_row(const struct db_call *, int row,
	       struct uuid *turn, bool *running, bool *stop);

struct store_ending {
	int64_t              user_id;
	struct uuid          turn;
	struct store_batches last; /* what was not logged yet */
	const char          *status;
	const char          *response;
	int64_t              prompt_tokens;
	int64_t              response_tokens;
	const char          *finish_reason;  /* or NULL */
	const char          *error_code;     /* or NULL */
	int64_t              first_token_ms; /* -1: none */
	int64_t              total_ms;
	bool                 give_back; /* the day's message */
};

/* End a turn that runs; of one in no conversation nothing is left. */
struct db_call *store_generation_end(const struct store_ending *);
/* Whether it has the status that this or an earlier sending gave it; false:
 * somebody else had ended it. */
bool store_generation_ended(const struct db_call *, const char *status);
/* How many of the day's messages were used then; false: unknown. */
bool store_generation_used(const struct db_call *, int64_t *used);

/*
 * End, as interrupted, turns nobody has kept alive, one of each user; nothing
 * when PostgreSQL's clock is not near what is expected (db_time()). How many:
 * 0, 0; its time: 0, 1.
 */
struct db_call *store_generation_reap(int64_t expected);

#endif
