/*
 * GET /metrics on its own listener, as kore.conf names it.
 */
#ifndef AICHAT_METRICS_SHOW_H
#define AICHAT_METRICS_SHOW_H

#include <kore/kore.h>
#include <kore/http.h>

/* In the parent: what the labels are called; makes the shared memory. */
void metrics_show_parent_init(void);

/* In each worker: its slot; Kore's own numbers are looked at every second. */
void metrics_show_worker_init(void);

int metrics_show(struct http_request *);

#endif
