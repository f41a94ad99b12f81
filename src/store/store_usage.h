/*
 * What a user's days were used for, by model. The answer begins with the day's
 * allowance.
 */
#ifndef AICHAT_STORE_USAGE_H
#define AICHAT_STORE_USAGE_H

#include "core/flow.h"

struct store_usage {
	const char *date; /* 2026-01-31, UTC */
	const char *model;
	int64_t     messages;
	int64_t     prompt_tokens;
	int64_t     response_tokens;
};

/* Of the last days, today among them; oldest first. */
int store_usage_list(struct flow *, int64_t days);

int  store_usage_count(const struct db_call *);
void store_usage_read(const struct db_call *, int row, struct store_usage *);

#endif
