#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "harness.h"

#define ACTION_MS 20000

static char   folder[256]; /* as conf/dev.sh takes it */
static char   bin[256];    /* of the PostgreSQL that runs it */
static pid_t  frozen[512];
static size_t frozen_count;

static pid_t
postmaster(void)
{
	pid_t pid = atoi(
	    scratch_file(scratch_printf("%s/pg/data/postmaster.pid", folder)));

	/* To signal 0 is to signal ourselves and all around us. */
	assert_true(pid > 1);
	return (pid);
}

static char *
read_line(const char *command)
{
	FILE *fp = popen(command, "r");
	char  line[512] = "";

	assert_non_null(fp);
	assert_non_null(fgets(line, sizeof(line), fp));
	assert_int_equal(pclose(fp), 0);
	line[strcspn(line, "\n")] = '\0';
	return (scratch_printf("%s", line));
}

void
cluster_new(void)
{
	ssize_t len;

	snprintf(folder, sizeof(folder), "%s/cluster_%d",
	    setting("TEST_FOLDER"), (int)getpid());
	setenv("TEST_DATABASE_ADMIN_URL",
	    read_line(scratch_printf("%s/conf/dev.sh cluster-start %s",
		setting("TEST_CHECKOUT"), folder)),
	    1);
	len = readlink(scratch_printf("/proc/%d/exe", (int)postmaster()), bin,
	    sizeof(bin) - 1);
	assert_true(len > 0);
	bin[len] = '\0';
	*strrchr(bin, '/') = '\0';
}

/* PostgreSQL refuses root, so this runs as the owner of the data. */
static void
become_owner(const char *data)
{
	struct stat st;

	if (geteuid() != 0)
		return;
	if (stat(data, &st) == -1 || setgid(st.st_gid) == -1 ||
	    setuid(st.st_uid) == -1)
		_exit(127);
}

/* "restart" starts what does not run with the same port and options. */
static bool
control(const char *action, const char *mode)
{
	char *data = scratch_printf("%s/pg/data", folder);
	char *log = scratch_printf("%s/pg/log", folder);
	char *program = scratch_printf("%s/pg_ctl", bin);
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		become_owner(data);
		if (chdir("/") == -1 || freopen(log, "a", stdout) == NULL ||
		    dup2(STDOUT_FILENO, STDERR_FILENO) == -1)
			_exit(127);
		setsid();
		execl(program, "pg_ctl", "-D", data, "-w", "-m", mode, "-l",
		    log, action, (char *)NULL);
		_exit(127);
	}
	return (process_wait(pid, ACTION_MS) == 0);
}

/* After a kill the dead server's memory may be in use for a moment. */
void
cluster_start(void)
{
	long long deadline = now_ms() + ACTION_MS;

	while (!control("restart", "fast")) {
		assert_true(now_ms() < deadline);
		sleep_ms(100);
	}
}

void
cluster_stop(const char *mode)
{
	assert_true(control("stop", mode));
}

void
cluster_restart(void)
{
	assert_true(control("restart", "fast"));
}

/* A zombie, which nobody may have waited for, has no command line. */
static bool
lives(pid_t pid)
{
	return (*scratch_file(scratch_printf("/proc/%d/cmdline", (int)pid)) !=
	    '\0');
}

/* The postmaster's children: its servants, and one for each connection. */
static char *
list_children(pid_t pid)
{
	return (scratch_file(
	    scratch_printf("/proc/%d/task/%d/children", (int)pid, (int)pid)));
}

/* They notice, and end by themselves. */
void
cluster_kill(void)
{
	long long deadline = now_ms() + ACTION_MS;
	pid_t     pid = postmaster();
	char     *children = list_children(pid), *rest, *word;

	kill(pid, SIGKILL);
	for (word = strtok_r(children, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest))
		while (lives(atoi(word)) && now_ms() < deadline)
			sleep_ms(10);
}

static void
freeze(pid_t pid)
{
	assert_true(frozen_count < COUNT(frozen));
	kill(pid, SIGSTOP);
	frozen[frozen_count++] = pid;
}

/* The postmaster first: it makes no new ones then. */
void
cluster_freeze(void)
{
	pid_t pid = postmaster();
	char *children, *rest, *word;

	freeze(pid);
	sleep_ms(10);
	children = list_children(pid);
	for (word = strtok_r(children, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest))
		freeze(atoi(word));
}

void
cluster_thaw(void)
{
	while (frozen_count > 0)
		kill(frozen[--frozen_count], SIGCONT);
}

void
cluster_end(void)
{
	char command[1024];

	cluster_thaw();
	snprintf(command, sizeof(command), "%s/conf/dev.sh cluster-stop %s",
	    setting("TEST_CHECKOUT"), folder);
	if (system(command) != 0)
		fprintf(stderr, "%s failed\n", command);
}
