#include <kore/kore.h>

#include "kore/handshakes.h"

#define HANDSHAKE_MAX_MS 8000
#define SWEEP_EVERY_MS   1000

static void
sweep(void *arg, u_int64_t now)
{
	struct connection *c, *next;

	(void)arg;
	for (c = TAILQ_FIRST(&connections); c != NULL; c = next) {
		next = TAILQ_NEXT(c, list);
		/* http_start is when the connection was accepted. */
		if (c->state == CONN_STATE_TLS_SHAKE &&
		    now - c->http_start > HANDSHAKE_MAX_MS)
			kore_connection_disconnect(c);
	}
}

void
handshakes_init(void)
{
	kore_timer_add(sweep, SWEEP_EVERY_MS, NULL, 0);
}
