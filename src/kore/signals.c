/*
 * What the parent does for a signal, before Kore passes it on to its children:
 * the end begins with draining, and of SIGHUP and SIGUSR1 only a certificate
 * that was looked at first is left.
 *
 * Kore has room for one signal it has not looked at yet. One that wants the
 * end, also Kore's own when the key process died, would be lost when a worker
 * dies in the same moment; so it is kept here, and told again.
 */
#include <kore/kore.h>

#include <signal.h>

#include "kore/certificate.h"
#include "kore/drain.h"
#include "kore/signals.h"

void __real_kore_worker_dispatch_signal(int);
void __wrap_kore_worker_dispatch_signal(int);

int __real_sigaction(int, const struct sigaction *, struct sigaction *);
int __wrap_sigaction(int, const struct sigaction *, struct sigaction *);

static volatile sig_atomic_t last_wish;

static void
note_wish(int sig)
{
	last_wish = sig;
	sig_recv = sig;
}

int
__wrap_sigaction(int sig, const struct sigaction *sa, struct sigaction *old)
{
	struct sigaction ours;

	if (sa == NULL || (sig != SIGTERM && sig != SIGINT && sig != SIGQUIT))
		return (__real_sigaction(sig, sa, old));
	ours = *sa;
	ours.sa_handler = note_wish;
	return (__real_sigaction(sig, &ours, old));
}

void
signals_insist(void)
{
	if (last_wish != 0 && sig_recv == 0 && !drain_is_on())
		sig_recv = last_wish;
}

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
