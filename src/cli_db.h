/*
 * The database for commands: plain libpq, waiting. What fails is told, and
 * ends the program with CLI_FAILED.
 */
#ifndef AICHAT_CLI_DB_H
#define AICHAT_CLI_DB_H

#include <libpq-fe.h>

/*
 * Connect, after reading the settings; the schema must be this program's. No
 * statement of the session has a timeout, and its time zone is UTC.
 */
PGconn *cli_db_open(void);

/* Run one statement with n text parameters; the result is the caller's. */
PGresult *
cli_db_run(PGconn *, const char *sql, int n, const char *const *values);

/* The same, but nobody looks at the result. */
void cli_db_do(PGconn *, const char *sql);

/* Rows with a head line: columns for a terminal, else separated by tabs.
 * Control characters are shown as '?'. */
void cli_db_print(const PGresult *);

/*
 * Part of a WITH: append to the audit log (src/store/audit_event.h) for each
 * row of "from", which has the user's id. detail is SQL for a text. The
 * operator is noted by the name the system has for them.
 */
#define CLI_DB_AUDIT(event, detail, from) \
	"audited AS (INSERT INTO audit (key, event, user_id, detail)" \
	" SELECT gen_random_uuid(), '" event "', id, concat_ws(', ', " detail \
	", 'by ' || current_setting('aichat.operator')) FROM " from ")"

#endif
