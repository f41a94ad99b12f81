#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli_command.h"
#include "cli_db.h"
#include "cli_user.h"

static void
confirm(const char *name)
{
	char line[512];

	printf("This removes %s with all conversations, for good.\n"
	       "Type the name to go on: ",
	    name);
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL)
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, name) != 0)
		cli_fail("nothing was deleted");
}

/* Nobody acts for the user any more before the rows go. */
void
cli_user_delete(int argc, char **argv)
{
	PGconn     *db;
	PGresult   *user;
	const char *id;

	if (argc == 2 && strcmp(argv[1], "--yes") != 0)
		cli_misused("%s is not known, --yes is", argv[1]);
	if (argc == 1 && !isatty(STDIN_FILENO))
		cli_misused("say --yes to delete without being asked");
	db = cli_db_open();
	user = cli_user_find(db, argv[0]);
	if (argc == 1)
		confirm(argv[0]);
	id = PQgetvalue(user, 0, 0);
	PQclear(cli_db_run(
	    db, "UPDATE users SET disabled_at = now() WHERE id = $1", 1, &id));
	cli_db_do(db, "BEGIN");
	PQclear(cli_db_run(db, "SELECT delete_user_rows($1)", 1, &id));
	PQclear(cli_db_run(db,
	    "WITH u AS (DELETE FROM users WHERE id = $1 RETURNING id), " CLI_DB_AUDIT(
		"user_deleted", "NULL", "u") " SELECT FROM u",
	    1, &id));
	cli_db_do(db, "COMMIT");
	PQclear(user);
	PQfinish(db);
}
