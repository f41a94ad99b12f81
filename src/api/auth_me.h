/*
 * An account as JSON, and its end.
 */
#ifndef AICHAT_AUTH_ME_H
#define AICHAT_AUTH_ME_H

#include <kore/kore.h>
#include <kore/http.h>

#include "core/flow.h"

/* The members of what store_account_look() found, in an open object. */
void auth_me_put(struct flow *, struct buf *);

/* DELETE /auth/me */
int auth_delete(struct http_request *);

#endif
