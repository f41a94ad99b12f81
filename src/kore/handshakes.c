#include <kore/kore.h>

#include <stdbool.h>

#include "kore/certificate.h"
#include "kore/handshakes.h"

#define HANDSHAKE_MAX_MS 8000
#define SWEEP_EVERY_MS   1000
#define WAITING          0x2000 /* in c->flags, where Kore has 0x00ff */
#define LOOK_MS          5

static bool looking;

/* Go on with those that wait. */
static void
look(void *arg, u_int64_t now)
{
	struct connection *c, *next;

	(void)arg;
	(void)now;
	looking = certificate_is_awaited();
	if (looking) {
		kore_timer_add(look, LOOK_MS, NULL, KORE_TIMER_ONESHOT);
		return;
	}
	for (c = TAILQ_FIRST(&connections); c != NULL; c = next) {
		next = TAILQ_NEXT(c, list);
		if (!(c->flags & WAITING))
			continue;
		c->flags &= ~WAITING;
		kore_connection_event(c, 0);
	}
}

static void
shake(void *arg, int error)
{
	struct connection *c = arg;

	if (c->state != CONN_STATE_TLS_SHAKE)
		c->evt.handle = kore_connection_event;
	else if (!error && certificate_is_awaited()) {
		c->flags |= WAITING;
		if (!looking)
			kore_timer_add(look, LOOK_MS, NULL, KORE_TIMER_ONESHOT);
		looking = true;
		return;
	}
	kore_connection_event(c, error);
}

void
handshakes_accept(struct listener *l)
{
	struct connection *c;

	kore_listener_accept(l, 0);
	/* The new ones are the last ones. */
	TAILQ_FOREACH_REVERSE(c, &connections, connection_list, list)
	{
		if (c->state != CONN_STATE_TLS_SHAKE ||
		    c->evt.handle != kore_connection_event)
			break;
		c->evt.handle = shake;
	}
}

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
