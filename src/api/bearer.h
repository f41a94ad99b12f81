/*
 * Bearer tokens (RFC 6750) on requests.
 */
#ifndef AICHAT_BEARER_H
#define AICHAT_BEARER_H

#include "core/flow.h"
#include "core/token.h"

/* Check the request's bearer, a refresh token, and make its user the flow's;
 * *token is what it claims. */
enum error bearer_read_refresh(struct flow *, struct token *token);

/* Kore's validators; both have replied when they refuse. */
int bearer_check(struct http_request *, void *);
int bearer_check_limit(struct http_request *, void *);

#endif
