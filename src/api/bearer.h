/*
 * Bearer tokens (RFC 6750) on requests: access tokens and API keys.
 */
#ifndef AICHAT_BEARER_H
#define AICHAT_BEARER_H

#include "core/flow.h"
#include "core/token.h"

/* Check the request's bearer, a refresh token, and make its user the flow's;
 * *token is what it claims. */
enum error bearer_read_refresh(struct flow *, struct token *token);

/* Kore's validators; all have replied when they refuse. */
int bearer_check(struct http_request *, void *);
int bearer_check_limit(struct http_request *, void *);
/* Access tokens only: what API keys may not do. */
int bearer_check_session(struct http_request *, void *);

#endif
