/*
 * Commands with subcommands of their own: aichat user add ..., as tables.
 */
#ifndef AICHAT_CLI_COMMAND_H
#define AICHAT_CLI_COMMAND_H

#include <stddef.h>

/* Exit statuses; 0 is success. */
enum {
	CLI_FAILED = 1, /* it could not be done, and why was said */
	CLI_USAGE = 2   /* it was not understood */
};

struct cli_command {
	const char *name;
	const char *args; /* for people: "NAME [LIMIT]" */
	const char *purpose;
	int         min, max;               /* arguments it takes */
	void (*run)(int argc, char **argv); /* of its arguments only */
};

/*
 * Run the command of the group that argv[0] names and exit; with "help" the
 * usage is shown, with anything else unknown it is the error. NULL for the
 * name is the group's command when none is given.
 */
void cli_dispatch(const char *group, const struct cli_command *, size_t count,
    int argc, char **argv) __attribute__((noreturn));

/* Read the settings, or tell what is wrong with them and exit. */
void cli_load_config(void);

/* Say "aichat: ..." on standard error and exit with CLI_FAILED. */
void
cli_fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* The same with CLI_USAGE, for an argument that means nothing. */
void cli_misused(const char *fmt, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

#endif
