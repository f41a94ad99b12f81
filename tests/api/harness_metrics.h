/*
 * A server's metrics, read on their own listener.
 */
#ifndef AICHAT_TESTS_HARNESS_METRICS_H
#define AICHAT_TESTS_HARNESS_METRICS_H

#include "harness.h"

/* A server with a METRICS_ADDRESS; the options are as of server_start(). */
struct server *metrics_server_start(const char *const *options);

struct reply *metrics_get(const struct server *, const char *path);
/* All of them, for the caller to cut up. */
char *metrics_text(const struct server *);
/* One, by its name and labels as they are written; 0 when it is not there. */
double metrics_value(const struct server *, const char *name);
/* What is counted when a request has ended is there a moment later. */
void metrics_await(const struct server *, const char *name, double value);

#endif
