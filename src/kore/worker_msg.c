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

/* Only a replaced worker's channel comes here: those of the first ones are made
 * in Kore's own file. Its note kw->restarted is no help, as the new worker,
 * which may be faster than we are, takes it back. */
void
__wrap_kore_msg_parent_add(struct kore_worker *kw)
{
	struct connection *parked;

	metrics_count(METRIC_RESTARTS, 0, 1);
	parked = kore_connection_new(NULL);
	parked->proto = CONN_PROTO_MSG;
	parked->hdlr_extra = NULL;
	parked->fd = -1;
	__real_kore_msg_parent_add(kw);
}
