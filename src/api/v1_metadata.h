/*
 * Metadata as OpenAI limits it: 16 pairs, names of 64 and texts of 512
 * characters. Of a conversation the title is one of them for clients, and a
 * column of its own in the database, which does not count.
 */
#ifndef AICHAT_V1_METADATA_H
#define AICHAT_V1_METADATA_H

#include "core/buf.h"
#include "core/flow.h"

#define V1_METADATA_PAIRS 16
#define V1_METADATA_NAME  64
#define V1_METADATA_TEXT  512

struct v1_metadata {
	bool        given; /* the body has it, if only as null */
	bool        null;
	struct buf  set;     /* a JSON object: all but the title */
	struct buf  removed; /* a JSON array: what is null in it */
	const char *title;   /* NULL: not given */
};

/*
 * Read it out of a JSON object, where it may be absent; param is what the
 * error calls it ("metadata"). False after a reply. The title is the tree's.
 */
bool v1_metadata_read(
    struct flow *, const cJSON *body, const char *param, struct v1_metadata *);

/* The member "title" beside it, which counts more than one in it. */
bool v1_metadata_title(
    struct flow *, const cJSON *body, const char *param, struct v1_metadata *);

void v1_metadata_release(struct v1_metadata *);

/* The member "metadata" of a conversation: stored is a JSON object or "". */
void v1_metadata_put(struct buf *, const char *stored, const char *title);

#endif
