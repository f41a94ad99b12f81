/*
 * The handlers of /v1/conversations and what is below it, of /v1/usage and of
 * /shared/, as kore.conf names them.
 */
#ifndef AICHAT_V1_CONVERSATIONS_H
#define AICHAT_V1_CONVERSATIONS_H

#include <kore/kore.h>
#include <kore/http.h>

/* v1_conversations.c */
int v1_conversations(struct http_request *);
int v1_conversations_one(struct http_request *);

/* v1_items.c */
int v1_items(struct http_request *);
int v1_items_one(struct http_request *);

/* v1_new.c */
int v1_new_fork(struct http_request *);
int v1_import(struct http_request *);

/* v1_export.c */
int v1_export(struct http_request *);

/* v1_share.c */
int v1_share(struct http_request *);
int v1_share_view(struct http_request *);

/* v1_usage.c */
int v1_usage(struct http_request *);

#endif
