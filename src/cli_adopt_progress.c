#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli_adopt.h"

#define EVERY_MS 200

static struct {
	const char *what;
	int64_t     total, done, started, shown; /* milliseconds */
} progress;

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

static void
show(int64_t now)
{
	int64_t ms = now - progress.started + 1;
	int64_t rate = progress.done * 1000 / ms;
	int64_t left = progress.total - progress.done;

	if (isatty(STDERR_FILENO) != 1)
		return;
	progress.shown = now;
	left = rate > 0 && left > 0 ? left / rate : 0;
	fprintf(stderr,
	    "\r%s: %" PRId64 " of %" PRId64 " (%" PRId64 "%%), %" PRId64
	    " a second, %" PRId64 ":%02" PRId64 " left\x1b[K",
	    progress.what, progress.done, progress.total,
	    progress.total > 0 ? progress.done * 100 / progress.total : 100,
	    rate, left / 60, left % 60);
}

void
adopt_progress_begin(const char *what, int64_t total)
{
	progress.what = what;
	progress.total = total;
	progress.done = 0;
	progress.started = now_ms();
	show(progress.started);
}

void
adopt_progress_add(int64_t count)
{
	int64_t now = now_ms();

	progress.done += count;
	if (now >= progress.shown + EVERY_MS)
		show(now);
}

void
adopt_progress_end(void)
{
	show(now_ms());
	if (isatty(STDERR_FILENO) == 1)
		fputc('\n', stderr);
}
