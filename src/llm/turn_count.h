/*
 * A turn that has ended, in the metrics.
 */
#ifndef AICHAT_TURN_COUNT_H
#define AICHAT_TURN_COUNT_H

#include <stdint.h>

#include "llm/models.h"

/* Once for each turn, with its status in the database and its tokens. */
void turn_count(const struct model *, const char *status, int64_t prompt_tokens,
    int64_t response_tokens);

#endif
