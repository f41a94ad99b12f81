#include <kore/kore.h>

#include <stdio.h>
#include <unistd.h>

#include "core/metrics.h"
#include "kore/memory.h"

#define LOOK_EVERY_TICKS 50

/* proc(5): the second number of statm is the resident pages. */
static int64_t
resident_bytes(pid_t pid)
{
	char  path[32];
	long  pages = 0;
	FILE *fp;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	if ((fp = fopen(path, "re")) == NULL)
		return (0);
	if (fscanf(fp, "%*d %ld", &pages) != 1)
		pages = 0;
	fclose(fp);
	return ((int64_t)pages * sysconf(_SC_PAGESIZE));
}

static void
look(void)
{
	const struct kore_worker *kw;
	u_int16_t                 i;

	metrics_set(METRIC_MEMORY, METRIC_PARENT, resident_bytes(getpid()));
	kw = kore_worker_data(KORE_WORKER_KEYMGR_IDX);
	metrics_set(METRIC_MEMORY, METRIC_KEYMGR, resident_bytes(kw->pid));
	for (i = KORE_WORKER_BASE; i < worker_count; i++) {
		kw = kore_worker_data((u_int8_t)i);
		metrics_set(METRIC_MEMORY,
		    METRIC_WORKER + (size_t)(i - KORE_WORKER_BASE),
		    resident_bytes(kw->pid));
	}
}

void
memory_tick(void)
{
	static unsigned ticks;

	if (ticks++ % LOOK_EVERY_TICKS == 0)
		look();
}
