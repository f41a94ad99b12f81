#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_command.h"
#include "core/config.h"

static void
usage(FILE *to, const char *group, const struct cli_command *commands,
    size_t count)
{
	const struct cli_command *c;
	char                      call[64];

	fprintf(to, "usage:\n");
	for (c = commands; c < commands + count; c++) {
		snprintf(call, sizeof(call), "%s%s%s%s",
		    c->name != NULL ? c->name : "",
		    c->name != NULL && *c->args != '\0' ? " " : "", c->args,
		    "");
		fprintf(to, "  aichat %s %-34s %s\n", group, call, c->purpose);
	}
}

static bool
is_called(const struct cli_command *c, int argc, char **argv)
{
	int n = c->name == NULL ? argc : argc - 1;

	if (c->name != NULL && (argc == 0 || strcmp(argv[0], c->name) != 0))
		return (false);
	return (n >= c->min && n <= c->max);
}

void
cli_dispatch(const char *group, const struct cli_command *commands,
    size_t count, int argc, char **argv)
{
	const struct cli_command *c;
	int                       named;

	if (argc == 1 &&
	    (strcmp(argv[0], "help") == 0 || strcmp(argv[0], "--help") == 0 ||
		strcmp(argv[0], "-h") == 0)) {
		usage(stdout, group, commands, count);
		exit(0);
	}
	for (c = commands; c < commands + count; c++) {
		if (!is_called(c, argc, argv))
			continue;
		named = c->name != NULL;
		c->run(argc - named, argv + named);
		exit(fflush(stdout) == 0 ? 0 : CLI_FAILED);
	}
	usage(stderr, group, commands, count);
	exit(CLI_USAGE);
}

void
cli_load_config(void)
{
	struct buf problems = {0};

	if (config_load(NULL, &problems))
		return;
	fprintf(stderr, "aichat: the configuration has problems:\n%s",
	    problems.data);
	exit(CLI_FAILED);
}

static void say(const char *, va_list) __attribute__((format(printf, 1, 0)));

static void
say(const char *fmt, va_list args)
{
	fflush(stdout);
	fputs("aichat: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

void
cli_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	exit(CLI_FAILED);
}

void
cli_misused(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	exit(CLI_USAGE);
}
