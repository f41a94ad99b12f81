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

	struct uuid
	    conversation_id; /* zeros when there is none, and of pages */

	/* The turn it goes on from, if not the last one; all zeros: none. */
	bool        has_parent;
	struct uuid parent;

	/* A JSON object: what only /v1/responses asks to have back; or NULL. */
	const char *details;

	/* Only to begin with. */
	const struct store_turn_more *more;
};

/* What begins a turn in a conversation whose number is not known, or that
 * brings more than its prompt. */
struct store_turn_more {
	bool in_new;        /* a conversation that is made for it, with its
			     * conversation_id */
	const char *title;  /* the text that it is called after */
	const char *before; /* messages before the prompt, as JSON
			     * (store/store_items.h), or NULL */
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

/* Begin one that is complete at once, and wait for it, perhaps together with
 * others (store_turn_group.c); the rest is as above. */
int store_turn_complete(struct flow *, const struct store_turn *,
    const char *key, const char *fingerprint);

/* How that went; created is filled in, and the conversation's number and id,
 * the number in the turn's id, too. */
enum store_turn_begun
store_turn_outcome(const struct db_call *, struct store_turn *);

/* The turn a key made, or that has the id this one would have been begun
 * with. */
struct db_call *store_turn_lookup(
    const struct actor *, const struct store_turn *, const char *key);
/* Wait for it. */
int store_turn_find(struct flow *, const struct store_turn *, const char *key);
/* Whether there is one; *same: made by the same request. */
bool store_turn_found(const struct db_call *, const char *fingerprint,
    struct store_turn *turn, bool *same);

/*
 * store_turn_pages.c. The first turns of a conversation, at most
 * STORE_TURN_FIRST and up to the first large one, perhaps fetched together with
 * what others ask for.
 */
#define STORE_TURN_FIRST 64
int store_turn_first(struct flow *, int64_t conversation);
/*
 * A page of at most limit turns, fewer when they are large, after the one given
 * (zeros: from the start), oldest first, of one conversation or (0) of all.
 */
int store_turn_page(
    struct flow *, int64_t conversation, const struct uuid *after, int limit);
/* The same of all, one conversation behind another, after that turn of that
 * conversation. */
int store_turn_page_stored(
    struct flow *, int64_t conversation, const struct uuid *after, int limit);
/* The turns on the page, and whether there may be more behind it: always when
 * there are as many as the limit. */
int store_turn_page_count(const struct db_call *, int limit, bool *more);
/* Each of them, valid with the call: not why it ended or failed, and its tokens
 * only of store_turn_page_stored(). */
void store_turn_read_page(const struct db_call *, int row, struct store_turn *);
void
store_turn_read_stored(const struct db_call *, int row, struct store_turn *);

/* The turns that other statements here answer with. */
int store_turn_count(const struct db_call *);

/*
 * The turns that lead to one, along its branch, newest first as they fit into
 * bytes, but told oldest first. store_turn_count() tells how many.
 */
struct store_turn_context {
	int64_t            conversation; /* 0: the one with this id */
	struct uuid        conversation_id;
	const struct uuid *from; /* the turn; NULL: behind the last one */
	bool               with; /* that one among them */
};
struct db_call *store_turn_context(
    const struct actor *, const struct store_turn_context *, int64_t bytes);
/* Whether there is the conversation; whether there is the turn. */
bool store_turn_context_found(const struct db_call *, bool *turn);
/* Each of them: a prompt of the user, or (role "system") for the system. */
const char *store_turn_context_role(const struct db_call *, int row);
const char *store_turn_context_prompt(const struct db_call *, int row);
const char *store_turn_context_response(const struct db_call *, int row);
/* The conversation's system prompt, or NULL. */
const char *store_turn_context_instructions(const struct db_call *);

/*
 * A turn as it stands (store_turn_read_followed(), if store_turn_count()),
 * and its logged events from seen + 1 on, perhaps some before; as many as fit
 * into some batches. Behind the last of them only it has its response.
 */
#define STORE_TURN_BATCHES 8
int store_turn_follow(struct flow *, const struct uuid *id, int64_t seen);
/* With what pages do not have: reason, parent, details, conversation_id. */
void store_turn_read_followed(const struct db_call *, struct store_turn *);
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
