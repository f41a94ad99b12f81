/*
 * aichat adopt [SCHEMA]: takes over what a Flask service left in the same
 * database, which stays as it is.
 */
#ifndef AICHAT_CLI_ADOPT_H
#define AICHAT_CLI_ADOPT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

void cli_adopt(int argc, char **argv) __attribute__((noreturn));

/* The columns that are read. */
enum adopt_column {
	ADOPT_USER_ID,
	ADOPT_USER_EMAIL,
	ADOPT_USER_NAME,
	ADOPT_USER_HASH,
	ADOPT_MESSAGE_ID,
	ADOPT_MESSAGE_USER,
	ADOPT_MESSAGE_MODEL,
	ADOPT_MESSAGE_PROMPT,
	ADOPT_MESSAGE_RESPONSE,
	ADOPT_MESSAGE_TIME,
	ADOPT_MESSAGE_NUMBER,
	ADOPT_MESSAGE_PROMPT_TOKENS,
	ADOPT_MESSAGE_RESPONSE_TOKENS,
	ADOPT_CONVERSATION_USER,
	ADOPT_CONVERSATION_NUMBER,
	ADOPT_CONVERSATION_TIME,
	ADOPT_COLUMN__MAX
};

enum adopt_table {
	ADOPT_USERS,
	ADOPT_MESSAGES,
	ADOPT_CONVERSATIONS,
	ADOPT_TABLE__MAX
};

/* What was found, quoted for SQL: tables with their schema, columns with the
 * table's alias, which is x for users, m for messages, c for conversations. A
 * time is an expression that gives a timestamptz. NULL: there is none. */
struct adopt_schema {
	char *tables[ADOPT_TABLE__MAX];
	char *columns[ADOPT_COLUMN__MAX];
};

/* cli_adopt_schema.c: find them, or tell what is missing and exit. */
void adopt_schema_find(PGconn *, const char *schema, struct adopt_schema *);

/* cli_adopt_progress.c: a line on a terminal, nothing elsewhere. */
void adopt_progress_begin(const char *what, int64_t total);
void adopt_progress_add(int64_t count);
void adopt_progress_end(void);

#endif
