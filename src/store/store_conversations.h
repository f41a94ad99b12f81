/*
 * The table conversations. The statements here answer with the day's
 * allowance in their first three columns (core/allowance.h); no row means
 * that the user may not act.
 */
#ifndef AICHAT_STORE_CONVERSATIONS_H
#define AICHAT_STORE_CONVERSATIONS_H

#include "core/flow.h"

struct store_conversation {
	struct uuid id;
	int64_t     number;
	const char *title;    /* "": none yet */
	const char *metadata; /* a JSON object of texts; "": none */
	bool        shared;   /* there is a link to it */
	int64_t     created;  /* microseconds since 1970 */
	int64_t     updated;
};

/* The columns of one called c, from the fourth of a statement on. */
#define STORE_CONVERSATION \
	"c.id, c.number, c.title, c.metadata::text, EXISTS (SELECT FROM" \
	" shares s WHERE s.user_id = $1 AND s.conversation = c.number)," \
	" c.created_at, c.updated_at"

/* What listed_at becomes of one called c in which is talked. The foremost of
 * its list stays as it is, which leaves its index entry in place. */
#define STORE_LISTED_AT(user) \
	"CASE WHEN c.listed_at = (SELECT f.listed_at FROM conversations f" \
	" WHERE f.user_id = " user " AND f.archived = c.archived" \
	" AND f.pinned = c.pinned ORDER BY f.listed_at DESC LIMIT 1)" \
	" THEN c.listed_at ELSE now() END"

/* What a conversation is called after its first prompt: a line's worth. */
#define STORE_TITLE(text) \
	"left(regexp_replace(btrim(left(" text ", 500)), '\\s+', ' ', 'g'), 80)"

/*
 * Start a conversation with this id, if the day has a message left. The
 * instructions (its system prompt), the key and its fingerprint may be NULL. It
 * meets a conflict when the key or the id is there already.
 */
int store_conversation_start(struct flow *, const struct uuid *id,
    const char *instructions, const char *key, const char *fingerprint);

/* The number it got; 0 when nothing was left. No row: no such user. */
int64_t store_conversation_started(const struct db_call *);

/* The conversation a key started, or that has this id; see above. */
int
store_conversation_find(struct flow *, const struct uuid *id, const char *key);
/* Its number, 0 when there is none; *same: by the same request. */
int64_t store_conversation_found(
    const struct db_call *, const char *fingerprint, bool *same);

/* All numbers of the user, newest first: column 3, NULL when none. */
int store_conversation_numbers(struct flow *);

/* The conversation with this id; its instructions, "" when it has none. */
int         store_conversation_get(struct flow *, const struct uuid *id);
const char *store_conversation_instructions(const struct db_call *);

/*
 * How many rows of conversations there are, and each of them, from
 * statements that have STORE_CONVERSATION; valid with the call.
 */
int  store_conversation_count(const struct db_call *);
void store_conversation_read(
    const struct db_call *, int row, struct store_conversation *);

/*
 * A page of at most limit conversations, after the one given (NULL: from the
 * start): what is pinned, then by latest activity.
 */
enum store_archived {
	STORE_ARCHIVED_EITHER,
	STORE_ARCHIVED_ONLY,
	STORE_ARCHIVED_NOT
};
/* As a statement takes it. */
const char *store_archived_text(enum store_archived);
int         store_conversation_list(
	    struct flow *, enum store_archived, const struct uuid *after, int limit);
/* Whether the one it was to begin after is there. */
bool store_conversation_list_begins(const struct db_call *);

/* What is to be changed of a conversation. */
struct store_conversation_change {
	bool        clear;   /* all metadata first */
	const char *removed; /* a JSON array of names */
	const char *set;     /* a JSON object of texts */
	const char *title;   /* NULL: stays */
};

#define STORE_METADATA_MAX 16 /* pairs, beside the title */

/* Change it, if there are not too many pairs then. */
int store_conversation_change(struct flow *, const struct uuid *id,
    const struct store_conversation_change *);
/* Whether there is one: it has a row only when it was changed. */
bool store_conversation_there(const struct db_call *);

/* Delete it with all that belongs to it. */
int store_conversation_delete(struct flow *, const struct uuid *id);
/* Whether it was there. */
bool store_conversation_deleted(const struct db_call *);

#endif
