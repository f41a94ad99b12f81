/*
 * When a session or an API key was last used, told to the database now and
 * then, so that a request costs no statement for it.
 */
#ifndef AICHAT_BEARER_USED_H
#define AICHAT_BEARER_USED_H

#include "core/flow.h"

/* For flow->ended: note it if the request was answered as one that may act. */
void bearer_used(struct flow *);

#endif
