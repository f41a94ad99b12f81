/*
 * aichat audit ...: what happened, and whether the log of it is whole.
 */
#ifndef AICHAT_CLI_AUDIT_H
#define AICHAT_CLI_AUDIT_H

void cli_audit(int argc, char **argv) __attribute__((noreturn));

#endif
