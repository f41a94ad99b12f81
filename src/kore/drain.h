/*
 * Stopping without hurting anybody. As shipped Kore cuts what is in flight at
 * SIGTERM, closes its messages to the key process first, and a listener that
 * is shut down is fatal for its workers.
 *
 * The parent leads (drain_parent.c): for DRAIN_DELAY_SECONDS everything goes
 * on, but /readyz says no and every answer ends its connection; then the
 * listeners are shut, as soon as nobody waits to be accepted there; then the
 * workers are told, and the parent goes on passing handshakes to the key
 * process until all of them have ended.
 *
 * A worker (drain.c) then goes on with what it has, for DRAIN_SECONDS at
 * most: requests, streams, and answers nobody listens to. What is still
 * running then it hands over. So it does at once when the parent was killed:
 * nobody signs handshakes then, and the port is to be free for a successor.
 */
#ifndef AICHAT_DRAIN_H
#define AICHAT_DRAIN_H

#include <stdbool.h>

/* What a worker has to do besides its connections. */
struct drain_work {
	bool (*busy)(void); /* something still runs */
	void (*end)(void);  /* end it: time is up; may be called again */
};

/* In the parent, before Kore forks. */
void drain_parent_init(void);

/* In the parent, for SIGTERM, SIGINT or SIGQUIT: returns when no worker is
 * left. A second signal meanwhile ends the waiting. */
void drain_server(int signal);

/* In each worker: be ready for listeners that are shut. */
void drain_worker_init(void);

/* In a worker that was told to end: returns when it may. */
void drain_worker(const struct drain_work *);

/* Whether the server is about to end: no new work should come, and answers
 * say that their connection is closed. */
bool drain_is_on(void);

#endif
