/*
 * Making conversations: the part of /v1/conversations that creates.
 */
#ifndef AICHAT_V1_NEW_H
#define AICHAT_V1_NEW_H

#include <kore/kore.h>
#include <kore/http.h>

/* POST /v1/conversations */
int v1_new_create(struct http_request *);

#endif
