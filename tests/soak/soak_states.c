/*
 * What lasts for a while: a bad wire to PostgreSQL, a full disk under the log,
 * clocks that are wrong, and that nothing is left of descriptors, of the
 * server's connections or of PostgreSQL's.
 */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "soak.h"

#define DISK      "size=24m"
#define FEW_FILES 16
#define HOUR_MS   3600000LL
#define DAY_MS    (24 * HOUR_MS)
#define BEFORE_MS (HOUR_MS / 2) /* midnight */
#define BACKENDS  250

struct clock *server_clock, *postgres_clock;
char         *bad_url;

static char        *disk;
static bool         has_disk;
static int          limited; /* workers, and freed */
static struct crowd flood;
static PGconn      *others[BACKENDS];

/* A file system of its own in a mount namespace of its own, so that it goes
 * with us; for that one has to be root. */
static void
make_disk(void)
{
	disk = scratch_printf("%s/disk", setting("TEST_FOLDER"));
	assert_int_equal(mkdir(disk, 0755), 0);
	if (geteuid() != 0) {
		print_message("no full disk: that takes root\n");
		return;
	}
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("soak", disk, "tmpfs", 0, DISK), 0);
	has_disk = true;
}

void
states_prepare(void)
{
	make_disk();
	soaked->log = scratch_printf("%s/log", disk);
	bad_url = proxy_open(soaked->url);
}

void
wire_bad(void)
{
	static const enum proxy_mode modes[] = {
	    PROXY_SLOW, PROXY_CUTTING, PROXY_REFUSING, PROXY_SILENT};

	proxy_set(modes[soak_chance(COUNT(modes))]);
}

void
wire_good(void)
{
	proxy_set(PROXY_PASS);
}

static char *
filler(void)
{
	return (scratch_printf("%s/filler", disk));
}

void
disk_full(void)
{
	static const char nothing[65536];
	size_t            size = sizeof(nothing);
	int               fd;

	if (!has_disk)
		return;
	fd = open(filler(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_not_equal(fd, -1);
	while (size > 0)
		if (write(fd, nothing, size) == -1)
			size /= 2;
	close(fd);
}

void
disk_free(void)
{
	if (has_disk)
		assert_int_equal(unlink(filler()), 0);
}

int64_t
clock_base(void)
{
	static int64_t base;
	int64_t        now = (int64_t)time(NULL) * 1000;

	if (base == 0)
		base = DAY_MS + DAY_MS - now % DAY_MS - BEFORE_MS;
	return (base);
}

/* An hour ahead or behind, or some time less. */
static void
step(struct clock *c)
{
	int64_t ms = soak_chance(2) == 0 ? HOUR_MS : soak_chance((int)HOUR_MS);

	clock_set(c, clock_base() + (soak_chance(2) == 0 ? ms : -ms));
}

void
clock_of_server(void)
{
	step(server_clock);
}

void
clock_of_postgres(void)
{
	step(postgres_clock);
}

void
clock_of_server_right(void)
{
	clock_set(server_clock, clock_base());
}

void
clock_of_postgres_right(void)
{
	clock_set(postgres_clock, clock_base());
}

/* A number of proc(5)'s status. */
static unsigned int
status_of(pid_t pid, const char *name)
{
	const char *line;

	line = strstr(
	    scratch_file(scratch_printf("/proc/%d/status", (int)pid)), name);
	return (line != NULL ? (unsigned int)atoi(line + strlen(name)) : 0);
}

/* Even root may lack the right to change others' limits, but each user has it
 * for his own processes. False when it has just died. */
static bool
set_limit(pid_t worker, rlim_t files)
{
	unsigned int  user = status_of(worker, "\nUid:");
	unsigned int  group = status_of(worker, "\nGid:");
	struct rlimit limit;
	pid_t         pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid > 0)
		return (process_wait(pid, 5000) == 0);
	if ((geteuid() == 0 &&
		(setresgid(group, group, group) == -1 ||
		    setresuid(user, user, user) == -1)) ||
	    prlimit(worker, RLIMIT_NOFILE, NULL, &limit) == -1)
		_exit(1);
	limit.rlim_cur = files != 0 ? files : limit.rlim_max;
	_exit(prlimit(worker, RLIMIT_NOFILE, &limit, NULL) == -1);
}

/* Of all workers; 0 is what they may have at most, as in the beginning. */
static void
limit_files(rlim_t files)
{
	struct process p[CHILDREN_MAX];
	size_t         i, n = process_children(soaked->pid, p);

	for (i = 0; i < n; i++)
		if (strstr(p[i].title, "[wrk") != NULL)
			limited += set_limit(p[i].pid, files);
}

void
files_used_up(void)
{
	limit_files(FEW_FILES);
}

void
files_free(void)
{
	limit_files(0);
}

int
files_times(void)
{
	return (limited);
}

void
connections_used_up(void)
{
	flood = crowd_start("idle", FLOOD);
}

void
connections_free(void)
{
	crowd_stop(&flood);
}

/* PostgreSQL's: those of the server are ended, and others have them all. */
void
database_used_up(void)
{
	char *url = scratch_printf("%s?connect_timeout=2", soaked->url);
	int   i;

	for (i = 0; i < BACKENDS; i++) {
		others[i] = PQconnectdb(url);
		if (PQstatus(others[i]) != CONNECTION_OK)
			break;
		if (i == 0)
			PQclear(PQexec(others[i],
			    "SELECT pg_terminate_backend(pid)"
			    " FROM pg_stat_activity"
			    " WHERE application_name = 'aichat'"));
	}
}

void
database_free(void)
{
	int i;

	for (i = 0; i < BACKENDS; i++) {
		PQfinish(others[i]);
		others[i] = NULL;
	}
}
