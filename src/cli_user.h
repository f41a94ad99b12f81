/*
 * aichat user ...: accounts, by an operator.
 */
#ifndef AICHAT_CLI_USER_H
#define AICHAT_CLI_USER_H

#include <libpq-fe.h>

void cli_user(int argc, char **argv) __attribute__((noreturn));

/* The id (column 0) and e-mail (1) of the user of this name; without one the
 * program ends. */
PGresult *cli_user_find(PGconn *, const char *name);

/* cli_user_password.c */
void cli_user_add(int argc, char **argv);
void cli_user_passwd(int argc, char **argv);
void cli_user_reset_link(int argc, char **argv);

/* cli_user_delete.c */
void cli_user_delete(int argc, char **argv);

#endif
