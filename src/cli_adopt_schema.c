#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_adopt.h"
#include "cli_command.h"
#include "cli_db.h"

#define NAMES_MAX 6

/*
 * Flask-SQLAlchemy names a table after its class: User becomes "user",
 * ChatMessage "chat_message"; and those who name them themselves like the
 * plural.
 */
static const struct {
	const char *alias;
	const char *names[NAMES_MAX];
	bool        needed;
} tables[ADOPT_TABLE__MAX] = {
    [ADOPT_USERS] = {"x", {"user", "users", "app_user"}, true},
    [ADOPT_MESSAGES] = {"m",
	{"chat_message", "chat_messages", "message", "messages",
	    "chat_history"},
	true},
    [ADOPT_CONVERSATIONS] = {"c",
	{"conversation", "conversations", "chat_conversation"}, false},
};

static const struct {
	enum adopt_table table;
	const char      *names[NAMES_MAX];
	bool             needed;
} columns[ADOPT_COLUMN__MAX] = {
    [ADOPT_USER_ID] = {ADOPT_USERS, {"id"}, true},
    [ADOPT_USER_EMAIL] = {ADOPT_USERS, {"email"}, true},
    [ADOPT_USER_NAME] = {ADOPT_USERS, {"username", "name"}, true},
    [ADOPT_USER_HASH] = {ADOPT_USERS,
	{"password_hash", "password", "hashed_password", "pw_hash"}, true},
    [ADOPT_MESSAGE_ID] = {ADOPT_MESSAGES, {"id"}, true},
    [ADOPT_MESSAGE_USER] = {ADOPT_MESSAGES, {"user_id"}, true},
    [ADOPT_MESSAGE_MODEL] = {ADOPT_MESSAGES, {"model", "model_name"}, true},
    [ADOPT_MESSAGE_PROMPT] = {ADOPT_MESSAGES, {"prompt", "message"}, true},
    [ADOPT_MESSAGE_RESPONSE] = {ADOPT_MESSAGES, {"response", "answer", "reply"},
	true},
    [ADOPT_MESSAGE_TIME] = {ADOPT_MESSAGES,
	{"timestamp", "created_at", "created"}, true},
    [ADOPT_MESSAGE_NUMBER] = {ADOPT_MESSAGES,
	{"conversation_number", "conversation"}, true},
    [ADOPT_MESSAGE_PROMPT_TOKENS] = {ADOPT_MESSAGES,
	{"prompt_tokens", "input_tokens"}, false},
    [ADOPT_MESSAGE_RESPONSE_TOKENS] = {ADOPT_MESSAGES,
	{"response_tokens", "completion_tokens", "output_tokens"}, false},
    [ADOPT_CONVERSATION_USER] = {ADOPT_CONVERSATIONS, {"user_id"}, true},
    [ADOPT_CONVERSATION_NUMBER] = {ADOPT_CONVERSATIONS,
	{"conversation_number", "number"}, true},
    [ADOPT_CONVERSATION_TIME] = {ADOPT_CONVERSATIONS,
	{"timestamp", "created_at", "created", "started_at"}, false},
};

static char *
quoted(PGconn *db, const char *name)
{
	char *text = PQescapeIdentifier(db, name, strlen(name));

	if (text == NULL)
		abort();
	return (text);
}

/* Whether it is there; not one of our own, which have a user's key. */
static bool
has_table(PGconn *db, const char *schema, const char *name)
{
	const char *values[2] = {schema, name};
	PGresult   *rows;
	bool        found;

	rows = cli_db_run(db,
	    "SELECT EXISTS (SELECT FROM information_schema.tables"
	    " WHERE table_schema = $1 AND table_name = $2 AND ($1 <>"
	    " current_schema() OR $2 NOT IN ('users', 'conversations')))",
	    2, values);
	found = *PQgetvalue(rows, 0, 0) == 't';
	PQclear(rows);
	return (found);
}

/* Its type, or NULL when it is not there; static. */
static const char *
column_type(
    PGconn *db, const char *schema, const char *table, const char *column)
{
	static char type[64];
	const char *values[3] = {schema, table, column};
	PGresult   *rows;
	int         n;

	rows = cli_db_run(db,
	    "SELECT data_type FROM information_schema.columns WHERE"
	    " table_schema = $1 AND table_name = $2 AND column_name = $3",
	    3, values);
	n = PQntuples(rows);
	if (n > 0)
		snprintf(type, sizeof(type), "%s", PQgetvalue(rows, 0, 0));
	PQclear(rows);
	return (n > 0 ? type : NULL);
}

/* With the table's alias. datetime.utcnow() is stored without a zone, and is
 * UTC. */
static char *
expression(PGconn *db, enum adopt_table t, const char *name, const char *type)
{
	bool  naive = strcmp(type, "timestamp without time zone") == 0;
	char *quote = quoted(db, name), *text;

	if (asprintf(&text, naive ? "(%s.%s AT TIME ZONE 'UTC')" : "%s.%s",
		tables[t].alias, quote) == -1)
		abort();
	PQfreemem(quote);
	return (text);
}

static void
find_column(PGconn *db, const char *schema, const char *table,
    enum adopt_column c, struct adopt_schema *out)
{
	const char *const *name, *type;

	for (name = columns[c].names; *name != NULL; name++) {
		if ((type = column_type(db, schema, table, *name)) == NULL)
			continue;
		out->columns[c] = expression(db, columns[c].table, *name, type);
		return;
	}
	if (columns[c].needed)
		cli_fail("the table %s.%s has no column %s", schema, table,
		    columns[c].names[0]);
}

static void
find_table(PGconn *db, const char *schema, enum adopt_table t,
    struct adopt_schema *out)
{
	const char *const *name;
	unsigned           c;
	char              *a, *b;

	for (name = tables[t].names; *name != NULL; name++)
		if (has_table(db, schema, *name))
			break;
	if (*name == NULL) {
		if (tables[t].needed)
			cli_fail("the schema %s has no table %s of a Flask "
				 "service",
			    schema, tables[t].names[0]);
		return;
	}
	a = quoted(db, schema);
	b = quoted(db, *name);
	if (asprintf(&out->tables[t], "%s.%s", a, b) == -1)
		abort();
	PQfreemem(a);
	PQfreemem(b);
	for (c = 0; c < ADOPT_COLUMN__MAX; c++)
		if (columns[c].table == t)
			find_column(db, schema, *name, c, out);
}

void
adopt_schema_find(PGconn *db, const char *schema, struct adopt_schema *out)
{
	unsigned t;

	memset(out, 0, sizeof(*out));
	for (t = 0; t < ADOPT_TABLE__MAX; t++)
		find_table(db, schema, t, out);
}
