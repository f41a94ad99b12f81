#include <pty.h>
#include <sys/wait.h>
#include <poll.h>
#include <termios.h>

#include "harness.h"

#define TERMINAL_MS 15000
#define SHOWN_MAX   65536
#define WORDS_MAX   10

/* Whoever types before the echo is off sees it: the prompt comes first. */
static void
await_secrecy(int fd, const char *shown, size_t len)
{
	static const char prompt[] = "Password: ";
	struct termios    t;
	long long         deadline = now_ms() + TERMINAL_MS;

	if (len < strlen(prompt) ||
	    strcmp(shown + len - strlen(prompt), prompt) != 0)
		return;
	while (tcgetattr(fd, &t) == 0 && (t.c_lflag & ECHO) != 0) {
		assert_true(now_ms() < deadline);
		sleep_ms(1);
	}
}

/* Read what comes until it ends; type a line at each prompt. */
static void
talk(int fd, const char *const *input, char *shown)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t        len = 0;
	ssize_t       n;

	while (poll(&p, 1, TERMINAL_MS) == 1 && len < SHOWN_MAX - 1 &&
	    (n = read(fd, shown + len, SHOWN_MAX - 1 - len)) > 0) {
		len += (size_t)n;
		if (*input == NULL || len < 2 ||
		    memcmp(shown + len - 2, ": ", 2) != 0)
			continue;
		await_secrecy(fd, shown, len);
		assert_int_equal(
		    write(fd, *input, strlen(*input)), strlen(*input));
		assert_int_equal(write(fd, "\n", 1), 1);
		input++;
	}
}

int
server_terminal(struct server *s, const char *const *input, const char **output,
    ... /* words */)
{
	const char        *argv[WORDS_MAX] = {setting("TEST_BINARY")};
	const char *const *environment = server_environment(s);
	char              *shown = scratch_alloc(SHOWN_MAX);
	size_t             n = 1;
	va_list            words;
	pid_t              pid;
	int                fd, status;

	va_start(words, output);
	do {
		assert_true(n < COUNT(argv));
		argv[n] = va_arg(words, const char *);
	} while (argv[n++] != NULL);
	va_end(words);
	assert_int_not_equal(pid = forkpty(&fd, NULL, NULL, NULL), -1);
	if (pid == 0) {
		execve(argv[0], (char *const *)(uintptr_t)argv,
		    (char *const *)(uintptr_t)environment);
		_exit(127);
	}
	talk(fd, input, shown);
	close(fd);
	*output = shown;
	status = process_wait(pid, TERMINAL_MS);
	assert_int_not_equal(status, -1);
	return (status);
}
