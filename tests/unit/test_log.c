/*
 * The log on a disk that is full: requests go on, and lines stay lines.
 */
/* links: core/log.c core/buf.c core/json.c core/json_scan.c core/json_write.c core/utf8.c | -lcjson */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/log.h"

#define ROOM 200 /* what the disk takes: a line, and a half */

/* With a file as standard output that may become so large; what is in it. */
static const char *
log_lines(int fd, const rlim_t *limits, size_t count)
{
	static char   text[4096];
	struct rlimit limit, usual;
	int           output = dup(STDOUT_FILENO);
	ssize_t       n;
	size_t        i;

	fflush(stdout);
	getrlimit(RLIMIT_FSIZE, &usual);
	assert_int_not_equal(dup2(fd, STDOUT_FILENO), -1);
	for (i = 0; i < count; i++) {
		limit = usual;
		limit.rlim_cur = limits[i];
		setrlimit(RLIMIT_FSIZE, &limit);
		log_event(LOG_LEVEL_ERROR, "numbered", "%.60s%zu",
		    "..........................................................",
		    i);
	}
	setrlimit(RLIMIT_FSIZE, &usual);
	dup2(output, STDOUT_FILENO);
	close(output);
	n = pread(fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return (text);
}

static int
new_file(void)
{
	char path[] = "/tmp/test_log.XXXXXX";
	int  fd = mkstemp(path);

	assert_int_not_equal(fd, -1);
	unlink(path);
	fcntl(fd, F_SETFL, O_APPEND);
	return (fd);
}

/* The line after one that was cut, and after one that was lost, is whole. */
static void
full_disk__spoils_one_line(void **state)
{
	const rlim_t limits[] = {
	    RLIM_INFINITY, ROOM, ROOM, RLIM_INFINITY, RLIM_INFINITY};
	int         fd = new_file();
	const char *text = log_lines(fd, limits, 5);
	const char *line[8] = {text};
	size_t      i;

	(void)state;
	for (i = 0; i + 1 < 8 && (line[i + 1] = strchr(line[i], '\n')) != NULL;
	     i++)
		line[i + 1]++;
	assert_int_equal(i, 4);
	assert_non_null(strstr(line[0], "0\"}\n{"));
	assert_memory_equal(line[1], "{\"time\"", 7);
	assert_memory_equal(line[2], "{\"time\"", 7);
	assert_non_null(strstr(line[2], "3\"}\n{"));
	assert_non_null(strstr(line[3], "4\"}\n"));
	close(fd);
}

static void
full_disk__is_no_error(void **state)
{
	const rlim_t limits[] = {RLIM_INFINITY, RLIM_INFINITY};
	int          fd = open("/dev/full", O_WRONLY);

	(void)state;
	assert_int_not_equal(fd, -1);
	log_lines(fd, limits, 2);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(full_disk__spoils_one_line),
	    cmocka_unit_test(full_disk__is_no_error),
	};

	signal(SIGXFSZ, SIG_IGN);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
