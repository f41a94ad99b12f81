/*
 * A password for a command: never an argument, which everybody on the machine
 * can read.
 */
#ifndef AICHAT_CLI_PASSWORD_H
#define AICHAT_CLI_PASSWORD_H

/*
 * Ask for a password of the user twice on the terminal, without echo; or take
 * the first line of standard input when that is none. One that is refused
 * (core/password_policy.h) ends the program. Returns its hash, static.
 */
const char *cli_password_hash(const char *name, const char *email);

#endif
