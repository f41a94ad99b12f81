/*
 * The web chat page: one document, and the files it names.
 */
#ifndef AICHAT_PAGE_H
#define AICHAT_PAGE_H

#include "core/flow.h"

/* GET / and GET /assets/NAME.HASH.EXT */
int page_index(struct http_request *);
int page_asset(struct http_request *);

/* Answer with the document, for other paths that show it. */
int page_reply(struct flow *);

/* Whether the client would rather have a page than JSON: a browser does. */
bool page_wanted(struct flow *);

#endif
