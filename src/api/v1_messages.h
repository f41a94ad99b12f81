/*
 * Messages given by clients, as the turns the store keeps: a prompt, and the
 * answer that follows it. What stands alone is a turn with one of them only.
 */
#ifndef AICHAT_V1_MESSAGES_H
#define AICHAT_V1_MESSAGES_H

#include "core/buf.h"
#include "core/flow.h"

struct v1_messages {
	struct buf         turns;      /* JSON, as in store/store_items.h */
	struct buf         title;      /* after the first prompt; "": none */
	struct uuid        first_turn; /* its last 4 bytes are zero */
	struct uuid        last_turn;  /* likewise */
	const struct uuid *parent;     /* what the first goes on from; NULL: the
					* last one there is; to be set before */
	int64_t first; /* when it was; microseconds since 1970 */
	int64_t last;  /* when the last one was */

	/* The turn that is being put together. */
	bool        open;
	const char *role;
	const char *model;
	struct buf  prompt;
	struct buf  response;
	int64_t     at;
	uint64_t    clock; /* of ids: 2^-12 ms since 1970 */
};

/* Read an array of messages {role, content} of at most max. Param is what
 * errors call it ("items"). False after a reply. */
bool v1_messages_read(struct flow *, const cJSON *array, const char *param,
    int max, struct v1_messages *);

/* The time in an object's created_at, which may be absent (*at stays), in
 * microseconds; false: it is none. */
bool v1_messages_time(const cJSON *object, int64_t *at);

void v1_messages_release(struct v1_messages *);

#endif
