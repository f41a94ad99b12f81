#include <signal.h>

#include "soak.h"

struct crowd
crowd_start(const char *kind, int count)
{
	static int        number;
	const char *const environment[] = {NULL};
	struct crowd      c;
	const char       *argv[] = {
		  scratch_printf("%s/.build/soak/crowd", setting("TEST_CHECKOUT")),
		  scratch_printf("%d", soaked->port), kind,
		  scratch_printf("%d", count), NULL};

	c.output = scratch_printf(
	    "%s/crowd.%d", setting("TEST_FOLDER"), ++number);
	c.pid = process_start(
	    setting("TEST_FOLDER"), c.output, environment, argv);
	return (c);
}

void
crowd_stop(const struct crowd *c)
{
	kill(c->pid, SIGKILL);
	if (process_wait(c->pid, 5000) != 128 + SIGKILL)
		fail_msg("a crowd ended: %s", scratch_file(c->output));
}

int
crowd_most(const struct crowd *c)
{
	FILE *fp = fopen(c->output, "re");
	int   n, most = 0;

	while (fp != NULL && fscanf(fp, "%d", &n) == 1)
		most = n > most ? n : most;
	if (fp != NULL)
		fclose(fp);
	return (most);
}
