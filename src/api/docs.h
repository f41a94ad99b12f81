/*
 * The API's description and the page that shows it.
 */
#ifndef AICHAT_DOCS_H
#define AICHAT_DOCS_H

#include <kore/kore.h>
#include <kore/http.h>

int docs_show(struct http_request *);

#endif
