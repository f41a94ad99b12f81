/*
 * Every signature of a TLS handshake passes through the parent, so it is
 * kept idle: Kore wakes it ten times a second to gather an access log that is
 * not used here (ours is written by the workers, src/core/log.h).
 */
#include <kore/kore.h>

#include "kore/memory.h"
#include "kore/signals.h"

void __wrap_kore_accesslog_run(void *, u_int64_t);

void
__wrap_kore_accesslog_run(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
	memory_tick();
	signals_insist();
}
