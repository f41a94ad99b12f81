/*
 * Lists as OpenAI's clients page through them: limit, after and order in the
 * query string; data, first_id, last_id and has_more in the answer.
 */
#ifndef AICHAT_V1_LIST_H
#define AICHAT_V1_LIST_H

#include "core/buf.h"
#include "core/flow.h"

#define V1_LIST_LIMIT     20 /* when the client names none */
#define V1_LIST_LIMIT_MAX 100

struct v1_list {
	int         limit;
	const char *after;     /* an id, or NULL: from the start */
	bool        ascending; /* else descending */

	/* The answer. */
	struct buf body;
	char       first[64];
	char       last[64];
	int        count;
};

/* Read what the client asks for; false after a reply. */
bool v1_list_read(struct flow *, struct v1_list *);

/* Begin the answer; then each entry is an object in list->body, after its id
 * was told by v1_list_entry(); end it, or end it and reply. */
void v1_list_begin(struct v1_list *);
void v1_list_entry(struct v1_list *, const char *id);
void v1_list_end(struct v1_list *, bool has_more);
int  v1_list_reply(struct flow *, struct v1_list *, bool has_more);

/* For the endpoint's function that frees its state. */
void v1_list_release(struct v1_list *);

#endif
