/*
 * The system calls our libraries make beyond those Kore allows its workers
 * (its key process has all it needs), and the end of all of them.
 */
#include <kore/kore.h>
#include <kore/hooks.h>
#include <kore/seccomp.h>

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>

#include "kore/sanitizer.h"

void __real_kore_platform_sandbox(void);
void __wrap_kore_platform_sandbox(void);

static struct sock_filter filter[] = {
    /* glibc starts threads with clone3 and falls back to clone, which
     * Kore allows: a filter cannot look into clone3's arguments. */
    KORE_SYSCALL_DENY(clone3, ENOSYS),
    KORE_SYSCALL_ALLOW(rseq),              /* a new thread */
    KORE_SYSCALL_ALLOW(eventfd2),          /* core/work.c */
    KORE_SYSCALL_ALLOW(mremap),            /* realloc() of large memory */
    KORE_SYSCALL_ALLOW(newfstatat),        /* fstat() of glibc 2.33 */
    KORE_SYSCALL_ALLOW(setpriority),       /* core/work.c, of a thread */
    KORE_SYSCALL_ALLOW(socketpair),        /* libcurl's name look-ups */
    KORE_SYSCALL_ALLOW(sched_getaffinity), /* malloc, for a thread */
    KORE_SYSCALL_ALLOW(getppid),           /* kore/drain.c */
};

void
kore_seccomp_hook(void)
{
	kore_seccomp_filter("aichat", filter, KORE_FILTER_LEN(filter));
}

/*
 * Kore's children watch the parent through a socket pair of which they hold
 * both ends, so they never learn of its death: a killed parent would leave
 * them serving, on a port its successor cannot have. The kernel tells them;
 * what it was asked is forgotten when rights change, so it is asked here,
 * where they were dropped and the sandbox is about to close.
 */
void
__wrap_kore_platform_sandbox(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == -1)
		fatalx("sandbox: prctl: %s", errno_s);
	sanitizer_allow();
	__real_kore_platform_sandbox();
}
