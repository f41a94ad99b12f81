/*
 * The handlers for whoever watches the server, as kore.conf names them.
 */
#ifndef AICHAT_HEALTH_H
#define AICHAT_HEALTH_H

#include <kore/kore.h>
#include <kore/http.h>

int health_live(struct http_request *);
int health_ready(struct http_request *);

#endif
