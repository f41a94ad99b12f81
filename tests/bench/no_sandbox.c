/*
 * To be preloaded: a sandbox that is not closed, for tools that watch the
 * program from inside and make system calls of their own. Kore closes it with
 * prctl(2).
 */
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int
prctl(int option, ...)
{
	unsigned long a[4];
	va_list       args;
	int           i;

	va_start(args, option);
	for (i = 0; i < 4; i++)
		a[i] = va_arg(args, unsigned long);
	va_end(args);
	if (option == PR_SET_SECCOMP)
		return (0);
	return ((int)syscall(SYS_prctl, option, a[0], a[1], a[2], a[3]));
}
