/*
 * To be preloaded: a wall clock that a test sets, while the steady one goes
 * on. How far it is from the machine's, in milliseconds, stands in the file
 * TEST_CLOCK names, which is mapped before a program confines itself.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset_ms;
static int (*real)(clockid_t, struct timespec *);

__attribute__((constructor)) static void
open_clock(void)
{
	const char *path = getenv("TEST_CLOCK");
	void       *memory;
	int         fd;

	*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	if (path == NULL || (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	memory = mmap(NULL, sizeof(*offset_ms), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (memory != MAP_FAILED)
		offset_ms = memory;
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int64_t ms;

	if (real(id, ts) == -1)
		return (-1);
	if (id != CLOCK_REALTIME || offset_ms == NULL)
		return (0);
	ms = *offset_ms;
	ts->tv_sec += ms / 1000;
	ts->tv_nsec += ms % 1000 * 1000000;
	if (ts->tv_nsec < 0) {
		ts->tv_sec--;
		ts->tv_nsec += 1000000000;
	} else if (ts->tv_nsec >= 1000000000) {
		ts->tv_sec++;
		ts->tv_nsec -= 1000000000;
	}
	return (0);
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return (0);
}

time_t
time(time_t *out)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (out != NULL)
		*out = ts.tv_sec;
	return (ts.tv_sec);
}
