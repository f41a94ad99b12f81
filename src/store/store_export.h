/*
 * Conversations for an export, page by page.
 */
#ifndef AICHAT_STORE_EXPORT_H
#define AICHAT_STORE_EXPORT_H

#include "core/flow.h"

struct store_exported {
	int64_t     number;
	struct uuid id;
	const char *title;        /* these in the call's rows */
	const char *instructions; /* or NULL */
	const char *metadata;     /* a JSON object, or NULL */
	int64_t     created;      /* microseconds since 1970 */
	int64_t     updated;
};

/* At most limit of them, with numbers above after; no row at all: the user may
 * not act. */
int store_export_conversations(struct flow *, int64_t after, int limit);
int store_export_count(const struct db_call *);
void
store_export_read(const struct db_call *, int row, struct store_exported *);

#endif
