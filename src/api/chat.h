/*
 * The handlers of /chat/, as kore.conf names them.
 */
#ifndef AICHAT_CHAT_H
#define AICHAT_CHAT_H

#include <kore/kore.h>
#include <kore/http.h>

int chat_send(struct http_request *);
int chat_start(struct http_request *);
int chat_stream(struct http_request *);
int chat_stop(struct http_request *);
int chat_history(struct http_request *);
int chat_conversations(struct http_request *);

#endif
