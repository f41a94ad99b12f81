#include "soak.h"

#define FOREVER 1000000000000000LL

static struct harm harms[] = {
    {"worker 1 killed", kill_worker_1, NULL, 9000, 0, 0, 0, 0},
    {"worker 2 killed", kill_worker_2, NULL, 9000, 0, 0, 0, 0},
    {"key process killed", kill_keymgr, NULL, 50000, 0, 0, 0, 0},
    {"backends killed", kill_backends, NULL, 7000, 0, 0, 0, 0},
    {"postmaster killed", kill_postmaster, NULL, 45000, 0, 0, 0, 0},
    {"postgres stalled", stall_postgres, NULL, 20000, 0, 0, 0, 0},
    {"half-open clients", leave_half_open, NULL, 6000, 0, 0, 0, 0},
    {"bad wire", wire_bad, wire_good, 9000, 4000, 0, 0, 0},
    {"full disk", disk_full, disk_free, 10000, 6000, 0, 0, 0},
    {"server's clock", clock_of_server, clock_of_server_right, 9000, 9000, 0, 0,
	0},
    {"postgres' clock", clock_of_postgres, clock_of_postgres_right, 9000, 9000,
	0, 0, 0},
    {"no descriptors", files_used_up, files_free, 10000, 2000, 0, 0, 0},
    {"no connections", connections_used_up, connections_free, 40000, 20000, 0,
	0, 0},
    {"no backends", database_used_up, database_free, 15000, 4000, 0, 0, 0},
};

static long long
soon(long ms)
{
	return (now_ms() + ms / 2 + soak_chance((int)ms));
}

void
harms_begin(void)
{
	size_t i;

	for (i = 0; i < COUNT(harms); i++)
		harms[i].next = now_ms() + soak_chance((int)harms[i].every_ms);
}

static void
end(struct harm *h)
{
	h->end();
	h->until = 0;
	h->next = soon(h->every_ms);
}

static void
begin(struct harm *h)
{
	h->times++;
	h->begin();
	if (h->end != NULL)
		h->until = soon(h->lasts_ms);
	h->next = h->end != NULL ? now_ms() + FOREVER : soon(h->every_ms);
}

void
harms_run(void)
{
	struct harm *h;

	for (h = harms; h < harms + COUNT(harms); h++) {
		if (h->until != 0 && now_ms() >= h->until)
			end(h);
		else if (now_ms() >= h->next)
			begin(h);
	}
}

void
harms_end(void)
{
	struct harm *h;

	for (h = harms; h < harms + COUNT(harms); h++)
		if (h->until != 0)
			end(h);
}

void
harms_report(void)
{
	const struct harm *h;

	for (h = harms; h < harms + COUNT(harms); h++)
		print_message("%-20s %d times\n", h->name, h->times);
	print_message("without its key process it ended within %lld ms and was "
		      "back within %lld\n",
	    longest_end, longest_back);
}

int
harms_times(const char *name)
{
	const struct harm *h;

	for (h = harms; h < harms + COUNT(harms); h++)
		if (strcmp(h->name, name) == 0)
			return (h->times);
	fail_msg("no harm is called %s", name);
	return (0);
}
