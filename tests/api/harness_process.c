#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "harness.h"

long long
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ts.tv_sec * 1000LL + ts.tv_nsec / 1000000);
}

void
sleep_ms(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&ts, &ts) == -1 && errno == EINTR)
		continue;
}

const char *
setting(const char *name)
{
	const char *value = getenv(name);

	if (value == NULL) {
		fprintf(stderr, "%s is not set: run tests/api.sh\n", name);
		exit(2);
	}
	return (value);
}

static void
become(const char *folder, const char *output, const char *const *environment,
    const char *const *argv)
{
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	fd = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
	if (fd == -1 || dup2(fd, STDOUT_FILENO) == -1 ||
	    dup2(fd, STDERR_FILENO) == -1 || chdir(folder) == -1)
		_exit(127);
	close(fd);
	signal(SIGPIPE, SIG_DFL);
	execve(argv[0], (char *const *)(uintptr_t)argv,
	    (char *const *)(uintptr_t)environment);
	_exit(127);
}

pid_t
process_start(const char *folder, const char *output,
    const char *const *environment, const char *const *argv)
{
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0)
		become(folder, output, environment, argv);
	return (pid);
}

int
process_wait(pid_t pid, long ms)
{
	long long deadline = now_ms() + ms;
	int       status;
	pid_t     ended;

	while ((ended = waitpid(pid, &status, WNOHANG)) == 0) {
		if (now_ms() >= deadline)
			return (-1);
		sleep_ms(5);
	}
	assert_int_equal(ended, pid);
	if (WIFSIGNALED(status))
		return (128 + WTERMSIG(status));
	return (WEXITSTATUS(status));
}

/* Kore writes its title behind the program's name. */
static void
read_title(struct process *p)
{
	char   path[64], line[256];
	char  *title;
	size_t len;
	FILE  *fp;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)p->pid);
	p->title[0] = '\0';
	if ((fp = fopen(path, "re")) == NULL)
		return;
	len = fread(line, 1, sizeof(line) - 1, fp);
	fclose(fp);
	line[len] = '\0';
	if ((title = strchr(line, '[')) != NULL)
		snprintf(p->title, sizeof(p->title), "%s", title);
}

size_t
process_children(pid_t pid, struct process children[CHILDREN_MAX])
{
	char  *text, *rest, *word;
	size_t n = 0;

	text = scratch_file(
	    scratch_printf("/proc/%d/task/%d/children", (int)pid, (int)pid));
	for (word = strtok_r(text, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		assert_true(n < CHILDREN_MAX);
		children[n].pid = atoi(word);
		read_title(&children[n++]);
	}
	return (n);
}
