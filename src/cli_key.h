/*
 * aichat key ...: API keys, by an operator.
 */
#ifndef AICHAT_CLI_KEY_H
#define AICHAT_CLI_KEY_H

void cli_key(int argc, char **argv) __attribute__((noreturn));

#endif
