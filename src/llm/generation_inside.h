/*
 * The inside of a generation, shared by llm/generation*.c only.
 */
#ifndef AICHAT_GENERATION_INSIDE_H
#define AICHAT_GENERATION_INSIDE_H

#include <kore/kore.h>

#include <sys/queue.h>

#include "core/log.h"
#include "core/upstream.h"
#include "llm/generation.h"
#include "llm/sse_reader.h"
#include "store/store_generations.h"

enum generation_state {
	GENERATION_RUNNING,
	GENERATION_ENDING, /* its end is being stored */
	GENERATION_ENDED
};

LIST_HEAD(generation_listeners, generation_listener);

struct generation {
	enum generation_state state;
	int64_t               user_id;
	struct store_turn     turn; /* its texts are ours */
	char                  request[LOG_REQUEST_SIZE]; /* that began it */
	struct model         *model;     /* asked at the moment */
	int                   fallbacks; /* tried so far */
	int                   tries;     /* of this model */
	struct llm_prompt     prompt;    /* ours */

	struct upstream   *upstream;
	struct sse_reader  reader;
	struct buf         refusal; /* body of an error */
	struct llm_answer  answer;
	struct buf         mock; /* a mock model's words */
	size_t             mock_at;
	bool               mock_is_cut;
	uint64_t           mock_due; /* of its next word; 0: none */
	struct kore_timer *timer;    /* to try again */

	uint32_t *ends; /* of deltas, in answer.text */
	size_t    count;
	size_t    room;
	size_t    logging; /* deltas being logged */
	size_t    logged;
	bool      asked; /* and its row has not come */

	int64_t                     used;     /* of the day, in the end */
	uint64_t                    started;  /* kore_time_ms() */
	uint64_t                    first_ms; /* to the first delta; 0: none */
	int                         holds;
	struct generation_listeners listeners;
	LIST_ENTRY(generation) list;
	LIST_ENTRY(generation) hashed;
};

LIST_HEAD(generations, generation);
extern struct generations generations; /* this worker's */

/* generation.c: of this worker, by its turn; NULL when there is none. */
struct generation *generation_look_up(const struct uuid *turn);

/* generation_ask.c: ask the model, or the next one. */
void generation_ask(struct generation *);
/* The provider or the mock is done; answer says how. */
void generation_settle(struct generation *);

/* generation.c: text came (after provider or mock appended it). */
void generation_note_delta(struct generation *);
/* End it: status and an error (or ERR_NONE) as stored. */
void generation_conclude(struct generation *, const char *status, enum error);
/* A line about it in the log. */
void generation_log_line(
    const struct generation *, enum log_level, const char *event);
/* Somebody else ended the turn. */
void generation_lost(struct generation *);

/* generation_mock.c */
void generation_mock_begin(struct generation *);

/* generation_log.c */
void generation_log_init(void);
void generation_log_start(void); /* the timer, if it does not run */
/* Add what was not logged yet. */
void generation_put_batches(const struct generation *, struct store_batches *);

/* generation_news.c */
void generation_tell(struct generation *);
void generation_tell_quiet(struct generation *, uint64_t now);

#endif
