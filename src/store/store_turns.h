/*
 * The table turns: prompts and their answers. The statements here answer
 * with the day's allowance in their first three columns (core/allowance.h);
 * no row means that the user may not act.
 */
#ifndef AICHAT_STORE_TURNS_H
#define AICHAT_STORE_TURNS_H

#include "core/flow.h"

struct store_turn {
	struct uuid id;
	int64_t     conversation;
	const char *model;
	const char *prompt;
	const char *response;
	const char *status;
	int64_t     prompt_tokens;
	int64_t     response_tokens;
	int64_t     created;    /* microseconds since 1970 */
	const char *error_code; /* of a failed one, else "" */
	/* Why the model ended it: stop, length or content_filter; "" when it
	 * did not, or is a mock that was not told how long it may be. */
	const char *finish_reason;

	/* Only to begin with: the turn it goes on from (NULL: the last one; all
	 * zeros: none), and a JSON object only one API asks to have back. */
	const struct uuid *parent;
	const char        *details;
};

/* As the statement numbers them. */
enum store_turn_begun {
	STORE_TURN_BEGUN,
	STORE_TURN_NO_CONVERSATION,
	STORE_TURN_NO_PARENT,
	STORE_TURN_NOTHING_LEFT,
	STORE_TURN_KEY_USED_UP, /* the API key's own limit */
	STORE_TURN_TOO_MANY_RUN
};

/*
 * Begin the turn, complete with its answer when status says so: takes one
 * from the day's allowance and inserts the row, or changes nothing. The key
 * and its fingerprint may be NULL. A conversation of 0 is none at all: then
 * neither prompt nor response is stored, and of a complete one not even a row.
 * It meets a conflict when the key or the id is there already.
 */
struct db_call *store_turn_begin(const struct actor *,
    const struct store_turn *, const char *key, const char *fingerprint);

/* How that went; created is filled in. */
enum store_turn_begun
store_turn_outcome(const struct db_call *, struct store_turn *);

/* The turn a key made, or that has this id. */
int store_turn_find(struct flow *, const struct uuid *id, const char *key);
/* Whether there is one; *same: made by the same request. */
bool store_turn_found(const struct db_call *, const char *fingerprint,
    struct store_turn *, bool                            *same);

/*
 * A page of at most limit turns, fewer when they are large, after the one given
 * (NULL: from the start), oldest first, of one conversation or (0) of all.
 */
int store_turn_page(
    struct flow *, int64_t conversation, const struct uuid *after, int limit);
/* The same of all, one conversation behind another, after that turn of that
 * conversation. */
int store_turn_page_stored(
    struct flow *, int64_t conversation, const struct uuid *after, int limit);
/* Whether there may be more behind it. */
bool store_turn_page_full(const struct db_call *, int limit);
/* The turns on the page, and each of them, valid with the call. */
int  store_turn_count(const struct db_call *);
void store_turn_read(const struct db_call *, int row, struct store_turn *);

/*
 * The turns of the conversation before this one that have an answer: the
 * newest that fit into bytes, oldest first. store_turn_count() tells how many.
 */
struct db_call *store_turn_context(
    const struct actor *, const struct uuid *before, int64_t bytes);
const char *store_turn_context_prompt(const struct db_call *, int row);
const char *store_turn_context_response(const struct db_call *, int row);
/* The conversation's system prompt, or NULL. */
const char *store_turn_context_instructions(const struct db_call *);

/*
 * A turn as it stands (store_turn_read() of row 0, if store_turn_count()),
 * and its logged events from seen + 1 on, perhaps some before; as many as fit
 * into some batches. Behind the last of them only it has its response.
 */
#define STORE_TURN_BATCHES 8
int store_turn_follow(struct flow *, const struct uuid *id, int64_t seen);
/* A batch of those: its first event, where its deltas end ("5,9"), and its
 * text; false behind the last. */
bool store_turn_batch(const struct db_call *, int row, int64_t *seq,
    const char **ends, const char **text);

/* Whether those were the last that are logged; *last: the last delta's number,
 * of all. */
bool store_turn_batches_end(const struct db_call *, int64_t *last);

/* Ask whoever runs the turn to stop; nothing happens when it has ended. */
int store_turn_stop(struct flow *, const struct uuid *id);

#endif
