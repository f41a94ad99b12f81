/*
 * Reads a .env file, one NAME=value a line:
 *
 *	# a comment, and blank lines, are skipped
 *	export NAME=value		# "export " and a comment may be there
 *	NAME='as it stands, $ and \ too'
 *	NAME="with \n, \", \\ and \$"
 *
 * Nothing is expanded and no value spans lines.
 */
#ifndef AICHAT_ENV_FILE_H
#define AICHAT_ENV_FILE_H

#include <stdbool.h>

#include "core/buf.h"

struct env_line {
	const char *file;
	int         number; /* from 1 */
	const char *name;
	const char *value;
};

/*
 * Call found with each setting, in order; the strings are valid during the
 * call. Lines that cannot be understood are appended to problems, as
 * "file:line: what is wrong". False when file does not exist.
 */
bool
env_file_read(const char *file, void (*found)(const struct env_line *, void *),
    void *arg, struct buf *problems);

#endif
