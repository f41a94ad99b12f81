/*
 * Kore's parent never forgets the message channel of a worker that died: its
 * table keeps the pointer, the connection pool hands the same memory to the
 * replacement, and from then on every message, keymgr's signatures included,
 * is delivered twice (handshakes then fail with BAD_SIGNATURE). Before a
 * replaced worker's channel is made, the freed connection is taken out of the
 * pool and parked, marked as one that delivers to nobody.
 */
#include <kore/kore.h>

#include "core/metrics.h"

void __real_kore_msg_parent_add(struct kore_worker *);
void __wrap_kore_msg_parent_add(struct kore_worker *);

void
__wrap_kore_msg_parent_add(struct kore_worker *kw)
{
	struct connection *parked;

	if (kw->restarted) {
		metrics_count(METRIC_RESTARTS, 0, 1);
		parked = kore_connection_new(NULL);
		parked->proto = CONN_PROTO_MSG;
		parked->hdlr_extra = NULL;
		parked->fd = -1;
	}
	__real_kore_msg_parent_add(kw);
}
