/*
 * Kore's parent frees the message channel of a worker that died but never
 * forgets it: its table keeps the pointer, the pool hands the same memory to
 * the replacement's, and from then on every message, keymgr's signatures
 * included, is delivered twice (handshakes then fail with BAD_SIGNATURE). Here
 * the channel is shut and stays in the table as one that delivers to nobody.
 */
#include <kore/kore.h>

#include <unistd.h>

#include "core/metrics.h"

void __wrap_kore_msg_parent_remove(struct kore_worker *);

/* Of a worker that is about to be replaced. */
void
__wrap_kore_msg_parent_remove(struct kore_worker *kw)
{
	struct connection *c = kw->msg[0];
	struct netbuf     *nb;

	metrics_count(METRIC_RESTARTS, 0, 1);
	c->hdlr_extra = NULL;
	c->state = CONN_STATE_DISCONNECTING;
	TAILQ_REMOVE(&connections, c, list);
	while ((nb = TAILQ_FIRST(&c->send_queue)) != NULL) {
		nb->flags &= ~NETBUF_MUST_RESEND;
		net_remove_netbuf(c, nb);
	}
	/* The other workers have copies of it, so it would stay watched. */
	kore_platform_disable_read(c->fd);
	(void)close(c->fd);
	(void)close(kw->pipe[1]);
}
