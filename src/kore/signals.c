/*
 * What the parent does for a signal, before Kore passes it on to its children:
 * the end begins with draining, and of SIGHUP and SIGUSR1 only a certificate
 * that was looked at first is left.
 */
#include <kore/kore.h>

#include <signal.h>

#include "kore/certificate.h"
#include "kore/drain.h"

void __real_kore_worker_dispatch_signal(int);
void __wrap_kore_worker_dispatch_signal(int);

void
__wrap_kore_worker_dispatch_signal(int sig)
{
	if (sig == SIGHUP || sig == SIGUSR1) {
		if (certificate_renew())
			__real_kore_worker_dispatch_signal(SIGUSR1);
		return;
	}
	if (sig == SIGTERM || sig == SIGINT || sig == SIGQUIT)
		drain_server(sig);
	__real_kore_worker_dispatch_signal(sig);
}
