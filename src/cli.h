/*
 * The command line: aichat [serve|migrate|check-config|healthcheck|...].
 */
#ifndef AICHAT_CLI_H
#define AICHAT_CLI_H

/* Run the subcommand and exit, or return when it is serve. */
void cli_run(int argc, char **argv);

#endif
