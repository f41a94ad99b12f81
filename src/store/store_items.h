/*
 * Turns as items of a conversation: the message that is a prompt, and the
 * message that is its answer. The statements answer with the day's allowance
 * in their first three columns and the conversation's number in the fourth,
 * NULL when there is no such conversation; no row means that the user may not
 * act.
 */
#ifndef AICHAT_STORE_ITEMS_H
#define AICHAT_STORE_ITEMS_H

#include "core/flow.h"

struct store_item {
	struct uuid turn;
	struct uuid previous; /* the turn it goes on from; all zeros: none */
	const char *role;     /* of the prompt: "user", "system" */
	const char *model;
	const char *prompt;
	const char *response;
	const char *status;
	const char *error_code; /* "": it did not fail */
	int64_t     created;    /* microseconds since 1970 */
};

/* Turns to insert, as JSON: [{"id": 24 hexadecimal digits before the
 * conversation's number, "role": "system" or absent, "model", "prompt",
 * "response", "at": microseconds since 1970, "parent": the turn it goes on
 * from when that is not the one before, or absent}]. */

/*
 * A page of turns from the one given on (NULL: from the start), that one
 * among them; at most limit, fewer when they are large.
 */
int store_item_page(struct flow *, const struct uuid *conversation,
    const struct uuid *from, bool ascending, int limit);
/* Whether there are more behind it than the page has. */
bool store_item_page_cut(const struct db_call *);

/* One turn of it. */
int store_item_get(
    struct flow *, const struct uuid *conversation, const struct uuid *turn);

/* The turns of both, and each of them, valid with the call. */
int  store_item_count(const struct db_call *);
void store_item_read(const struct db_call *, int row, struct store_item *);

/* Whether there is such a conversation. */
bool store_item_conversation(const struct db_call *);

/* Add turns to a conversation. It meets a conflict when they are there. */
int store_item_add(
    struct flow *, const struct uuid *conversation, const char *turns);

/*
 * Take a turn's prompt, or its answer, away; a turn without both is deleted,
 * and what went on from it goes on from the one before. Nothing is done to a
 * turn that runs.
 */
int store_item_delete(struct flow *, const struct uuid *conversation,
    const struct uuid *turn, bool prompt);
enum store_item_deleted {
	STORE_ITEM_DELETED,
	STORE_ITEM_NONE,
	STORE_ITEM_RUNNING
};
enum store_item_deleted store_item_deleted(const struct db_call *);

/* Parts of statements: the turn that one called t goes on from, the one before
 * it unless it says otherwise; and its columns, from the fifth on. */
#define STORE_ITEM_PREVIOUS \
	"coalesce(t.parent, (SELECT p.id FROM turns p WHERE p.user_id = $1" \
	" AND p.conversation = t.conversation AND p.id < t.id" \
	" ORDER BY p.id DESC LIMIT 1))"
#define STORE_ITEM \
	"t.id, " STORE_ITEM_PREVIOUS \
	", coalesce(t.details ->> 'role', 'user'), t.model," \
	" t.prompt, t.response, t.status::text, t.created_at, t.error_code"

/* What counts of a turn on a page (store_page.h): nothing of the one it goes on
 * from, of which an item may have been seen. */
#define STORE_ITEM_LENGTH(from) \
	"CASE WHEN id = " from "::uuid THEN 0 ELSE " STORE_PAGE_LENGTH " END"

/* Delete a turn, prompt and answer, even one that runs. */
int  store_item_delete_turn(struct flow *, const struct uuid *turn);
bool store_item_turn_deleted(const struct db_call *);

/* A turn, and before it the turns of the messages that came with its prompt:
 * store_item_count() and store_item_read() tell them. */
int store_item_of_turn(struct flow *, const struct uuid *turn);

/*
 * The texts of turns, of any conversation, given as JSON: [{"n": any number,
 * "id": the turn, "conversation": its number}]. A row for each, by n.
 */
struct store_item_text {
	int64_t     n;
	const char *role; /* of the prompt */
	const char *prompt;
	const char *response;
};
int store_item_texts(struct flow *, const char *turns);
/* False: there is no such turn. */
bool store_item_text(const struct db_call *, int row, struct store_item_text *);

/* Parts of other statements: the columns of w in JSON, and of a turn made of
 * them in the conversation of n. */
#define STORE_ITEM_RECORDS(json) \
	"json_to_recordset(" json "::json) AS w (id text, role text," \
	" model text, prompt text, response text, at bigint, parent uuid)"
#define STORE_ITEM_INSERT \
	" INSERT INTO turns (user_id, conversation, id, status, model, prompt," \
	" response, details, parent, created_at, finished_at)" \
	" SELECT $1, n.number, (w.id || lpad(to_hex(n.number), 8, '0'))::uuid," \
	" 'completed', w.model, w.prompt, w.response, CASE WHEN w.role IS NOT" \
	" NULL THEN jsonb_build_object('role', w.role) END, w.parent," \
	" 'epoch'::timestamptz + w.at * interval '1 microsecond'," \
	" 'epoch'::timestamptz + w.at * interval '1 microsecond'"

#endif
