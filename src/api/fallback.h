/*
 * The handler of kore.conf's last route.
 */
#ifndef AICHAT_FALLBACK_H
#define AICHAT_FALLBACK_H

#include <kore/kore.h>
#include <kore/http.h>

int fallback_not_found(struct http_request *);

#endif
