/*
 * The handlers of /v1, OpenAI's API over the same conversations, as kore.conf
 * names them.
 */
#ifndef AICHAT_V1_H
#define AICHAT_V1_H

#include <kore/kore.h>
#include <kore/http.h>

int v1_models_list(struct http_request *);
int v1_models_get(struct http_request *);
int v1_chat_completions(struct http_request *);
int v1_responses(struct http_request *);
int v1_responses_one(struct http_request *);
int v1_responses_cancel(struct http_request *);
int v1_responses_input(struct http_request *);

#endif
