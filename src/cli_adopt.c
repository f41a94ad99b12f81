/*
 * Everything is done by PostgreSQL, a batch a statement: a batch is there
 * whole or not at all, so the program may be killed anywhere and run again.
 * Each user's row in adopted_users says what has been taken of theirs, so that
 * what they have deleted since does not come back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_adopt.h"
#include "cli_command.h"
#include "cli_db.h"
#include "core/buf.h"

#define LOCK_KEY      "7236832744"
#define USER_BATCH    "500"
#define MESSAGE_BATCH "2000"

/* A hash that core/password.h knows; anything else is not copied. */
#define KNOWN_HASH "'^(scrypt:|pbkdf2:sha256:|[$]argon2id[$])'"

/*
 * A UUID of version 7 (core/uuid.h) as SQL: the time, then 30 bits of number,
 * then 32 of tail.
 */
#define UUID7(time, number, tail) \
	"(lpad(to_hex(floor(extract(epoch FROM " time \
	") * 1000)::bigint), 12," \
	" '0') || '7' || lpad(to_hex(mod(extract(microseconds FROM " time \
	")::bigint, 1000) * 4096 / 1000), 3, '0')" \
	" || to_hex(2147483648 + ((" number ")::bigint & 1073741823))" \
	" || lpad(to_hex((" tail ")::bigint), 8, '0'))::uuid"

/* The users of one batch. An id that is taken here is another's, so the user
 * gets a new one, beyond all there are. */
static void
users_sql(const struct adopt_schema *s, struct buf *sql)
{
	buf_printf(sql,
	    "WITH l AS (SELECT %s AS id, btrim(%s) AS name,"
	    " coalesce(btrim(%s), 'user-' || %s || '@invalid') AS email,"
	    " coalesce(%s, '') AS hash FROM %s x WHERE %s > $1::bigint"
	    " ORDER BY 1 LIMIT " USER_BATCH "), fresh AS ("
	    " SELECT l.*, CASE WHEN EXISTS (SELECT FROM users u"
	    " WHERE u.id = l.id)"
	    " THEN nextval(pg_get_serial_sequence('users', 'id'))"
	    " ELSE l.id END AS new_id FROM l WHERE NOT EXISTS ("
	    " SELECT FROM adopted_users a WHERE a.legacy_id = l.id)), made AS ("
	    " INSERT INTO users (id, username, email, password_hash)"
	    " SELECT new_id, name, email,"
	    " CASE WHEN hash ~ " KNOWN_HASH " AND length(hash) < 256"
	    " THEN hash ELSE '' END FROM fresh ORDER BY new_id"
	    " ON CONFLICT DO NOTHING RETURNING id), noted AS ("
	    " INSERT INTO adopted_users (legacy_id, user_id)"
	    " SELECT fresh.id, new_id FROM fresh JOIN made ON made.id = new_id"
	    "), " CLI_DB_AUDIT("user_adopted", "NULL",
		"made") " SELECT count(*), max(id), (SELECT count(*) FROM made) FROM l",
	    s->columns[ADOPT_USER_ID], s->columns[ADOPT_USER_NAME],
	    s->columns[ADOPT_USER_EMAIL], s->columns[ADOPT_USER_ID],
	    s->columns[ADOPT_USER_HASH], s->tables[ADOPT_USERS],
	    s->columns[ADOPT_USER_ID]);
}

static const char *
or_null(const char *column)
{
	return (column != NULL ? column : "NULL");
}

/*
 * The messages of one batch, their conversations, and the users' counts of
 * those. A message without a number is in no conversation.
 */
static void
messages_sql(const struct adopt_schema *s, struct buf *sql)
{
	buf_printf(sql,
	    "WITH l AS (SELECT %s AS id, a.user_id,"
	    " greatest(coalesce(%s, 0), 0)::integer AS number,"
	    " coalesce(%s, '') AS model, coalesce(%s, '') AS prompt,"
	    " %s AS response, %s::integer AS prompt_tokens,"
	    " %s::integer AS response_tokens, greatest(coalesce(%s, 'epoch'),"
	    " 'epoch') AS at FROM %s m"
	    " JOIN adopted_users a ON a.legacy_id = %s"
	    " JOIN users u ON u.id = a.user_id"
	    " WHERE %s > $1::bigint AND %s > a.messages_upto"
	    " ORDER BY %s LIMIT " MESSAGE_BATCH "), upto AS ("
	    " UPDATE adopted_users a SET messages_upto = n.id FROM ("
	    " SELECT user_id, max(id) AS id FROM l GROUP BY user_id) n"
	    " WHERE a.user_id = n.user_id), c AS ("
	    " INSERT INTO conversations AS c"
	    " (user_id, number, id, title, created_at, updated_at,"
	    " listed_at)"
	    " SELECT user_id, number, " UUID7("min(at)", "min(id)",
		"number") ", (array_agg(left(regexp_replace(btrim(left(prompt, 500)),"
			  " '\\s+', ' ', 'g'), 80) ORDER BY id))[1], min(at), max(at), max(at)"
			  " FROM l WHERE number > 0 GROUP BY user_id, number"
			  " ON CONFLICT (user_id, number) DO UPDATE SET updated_at ="
			  " greatest(c.updated_at, excluded.updated_at), listed_at ="
			  " greatest(c.listed_at, excluded.listed_at), title ="
			  " CASE WHEN c.title = '' THEN excluded.title ELSE c.title END"
			  "), u AS ("
			  " UPDATE users SET conversation_count ="
			  " greatest(conversation_count, n.number) FROM ("
			  " SELECT user_id, max(number) AS number FROM l GROUP BY user_id) n"
			  " WHERE users.id = n.user_id), t AS ("
			  " INSERT INTO turns (user_id, conversation, id, status, model,"
			  " prompt, response, prompt_tokens, response_tokens, created_at,"
			  " finished_at) SELECT user_id, number, " UUID7("at",
			      "id",
			      "number") ", CASE WHEN response IS NULL THEN 'interrupted' ELSE 'completed'"
					" END::turn_status, model, prompt, coalesce(response, ''),"
					" prompt_tokens, response_tokens, at, at FROM l"
					" ON CONFLICT DO NOTHING RETURNING 1) "
					"SELECT count(*), max(id), (SELECT count(*) FROM t) FROM l",
	    s->columns[ADOPT_MESSAGE_ID], s->columns[ADOPT_MESSAGE_NUMBER],
	    s->columns[ADOPT_MESSAGE_MODEL], s->columns[ADOPT_MESSAGE_PROMPT],
	    s->columns[ADOPT_MESSAGE_RESPONSE],
	    or_null(s->columns[ADOPT_MESSAGE_PROMPT_TOKENS]),
	    or_null(s->columns[ADOPT_MESSAGE_RESPONSE_TOKENS]),
	    s->columns[ADOPT_MESSAGE_TIME], s->tables[ADOPT_MESSAGES],
	    s->columns[ADOPT_MESSAGE_USER], s->columns[ADOPT_MESSAGE_ID],
	    s->columns[ADOPT_MESSAGE_ID], s->columns[ADOPT_MESSAGE_ID]);
}

/* Conversations that have no message, if there is a table of them. */
static void
adopt_conversations(PGconn *db, const struct adopt_schema *s)
{
	struct buf sql = {0};

	if (s->tables[ADOPT_CONVERSATIONS] == NULL)
		return;
	buf_printf(&sql,
	    "WITH l AS (SELECT a.user_id, %s::integer AS number,"
	    " min(coalesce(%s, now())) AS at FROM %s c"
	    " JOIN adopted_users a ON a.legacy_id = %s"
	    " JOIN users u ON u.id = a.user_id"
	    " WHERE %s > u.conversation_count GROUP BY 1, 2), c AS ("
	    " INSERT INTO conversations"
	    " (user_id, number, id, created_at, updated_at, listed_at)"
	    " SELECT user_id, number, " UUID7("at", "number",
		"number") ", at, at, at FROM l ON CONFLICT DO NOTHING) "
			  "UPDATE users SET conversation_count = n.number FROM ("
			  " SELECT user_id, max(number) AS number FROM l GROUP BY 1) n"
			  " WHERE users.id = n.user_id",
	    s->columns[ADOPT_CONVERSATION_NUMBER],
	    or_null(s->columns[ADOPT_CONVERSATION_TIME]),
	    s->tables[ADOPT_CONVERSATIONS], s->columns[ADOPT_CONVERSATION_USER],
	    s->columns[ADOPT_CONVERSATION_NUMBER]);
	cli_db_do(db, sql.data);
	buf_release(&sql);
}

/* What was sent there today counts here. */
static void
adopt_usage(PGconn *db, const struct adopt_schema *s)
{
	struct buf sql = {0};

	buf_printf(&sql,
	    "INSERT INTO daily_usage AS d (user_id, day, used)"
	    " SELECT a.user_id, (now() AT TIME ZONE 'UTC')::date, count(*)"
	    " FROM %s m JOIN adopted_users a ON a.legacy_id = %s"
	    " JOIN users u ON u.id = a.user_id"
	    " WHERE %s >= date_trunc('day', now(), 'UTC') GROUP BY a.user_id"
	    " ON CONFLICT (user_id, day) DO UPDATE"
	    " SET used = greatest(d.used, excluded.used)",
	    s->tables[ADOPT_MESSAGES], s->columns[ADOPT_MESSAGE_USER],
	    s->columns[ADOPT_MESSAGE_TIME]);
	cli_db_do(db, sql.data);
	buf_release(&sql);
}

static int64_t
count_rows(PGconn *db, const char *table)
{
	struct buf sql = {0};
	PGresult  *rows;
	int64_t    n;

	buf_printf(&sql, "SELECT count(*) FROM %s", table);
	rows = cli_db_run(db, sql.data, 0, NULL);
	n = atoll(PQgetvalue(rows, 0, 0));
	PQclear(rows);
	buf_release(&sql);
	return (n);
}

/*
 * Run the statement from id to id until it finds no more. It answers how many
 * rows it looked at, the last one's id, and how many of them were new.
 */
static int64_t
in_batches(PGconn *db, const char *what, int64_t total, const char *sql)
{
	PGresult   *rows;
	char        after[24] = "-1";
	const char *values[1] = {after};
	int64_t     made = 0, seen;

	adopt_progress_begin(what, total);
	do {
		rows = cli_db_run(db, sql, 1, values);
		seen = atoll(PQgetvalue(rows, 0, 0));
		made += atoll(PQgetvalue(rows, 0, 2));
		snprintf(after, sizeof(after), "%s", PQgetvalue(rows, 0, 1));
		PQclear(rows);
		adopt_progress_add(seen);
	} while (seen > 0);
	adopt_progress_end();
	return (made);
}

static int64_t
adopt_users(PGconn *db, const struct adopt_schema *s)
{
	struct buf sql = {0};
	int64_t    made;

	/* Ids that are given out from here on are beyond all of both. */
	buf_printf(&sql,
	    "SELECT setval(pg_get_serial_sequence('users', 'id'), greatest("
	    "(SELECT max(id) FROM users), (SELECT max(%s) FROM %s x),"
	    " nextval(pg_get_serial_sequence('users', 'id'))))",
	    s->columns[ADOPT_USER_ID], s->tables[ADOPT_USERS]);
	cli_db_do(db, sql.data);
	buf_release(&sql);
	users_sql(s, &sql);
	made = in_batches(
	    db, "users", count_rows(db, s->tables[ADOPT_USERS]), sql.data);
	buf_release(&sql);
	return (made);
}

static int64_t
adopt_messages(PGconn *db, const struct adopt_schema *s)
{
	struct buf sql = {0};
	int64_t    made;

	messages_sql(s, &sql);
	made = in_batches(db, "messages",
	    count_rows(db, s->tables[ADOPT_MESSAGES]), sql.data);
	buf_release(&sql);
	return (made);
}

/* Those whose name or e-mail somebody else has here. Returns how many. */
static int
tell_left_out(PGconn *db, const struct adopt_schema *s)
{
	struct buf sql = {0};
	PGresult  *rows;
	int        n;

	buf_printf(&sql,
	    "SELECT %s AS id, %s AS name, %s AS email,"
	    " 'not taken over: another user has this name or e-mail' AS problem"
	    " FROM %s x WHERE NOT EXISTS (SELECT FROM adopted_users"
	    " WHERE legacy_id = %s) ORDER BY 1",
	    s->columns[ADOPT_USER_ID], s->columns[ADOPT_USER_NAME],
	    s->columns[ADOPT_USER_EMAIL], s->tables[ADOPT_USERS],
	    s->columns[ADOPT_USER_ID]);
	rows = cli_db_run(db, sql.data, 0, NULL);
	if ((n = PQntuples(rows)) > 0)
		cli_db_print(rows);
	PQclear(rows);
	buf_release(&sql);
	return (n);
}

static void
tell_without_password(PGconn *db)
{
	PGresult *rows;

	rows = cli_db_run(db,
	    "SELECT u.id, username AS name, 'no hash that is known:"
	    " aichat user reset-link' AS problem FROM users u"
	    " JOIN adopted_users a ON a.user_id = u.id"
	    " WHERE password_hash = '' ORDER BY u.id",
	    0, NULL);
	if (PQntuples(rows) > 0)
		cli_db_print(rows);
	PQclear(rows);
}

static void
adopt(int argc, char **argv)
{
	const char                *schema_name = argc > 0 ? argv[0] : "public";
	PGconn                    *db = cli_db_open();
	static struct adopt_schema schema; /* with texts that stay */
	int64_t                    users, messages;

	adopt_schema_find(db, schema_name, &schema);
	/* One at a time; the lock ends with the connection. */
	cli_db_do(db, "SELECT pg_advisory_lock(" LOCK_KEY ")");
	users = adopt_users(db, &schema);
	adopt_conversations(db, &schema);
	messages = adopt_messages(db, &schema);
	adopt_usage(db, &schema);
	printf("took over %lld users and %lld messages\n", (long long)users,
	    (long long)messages);
	tell_without_password(db);
	if (tell_left_out(db, &schema) > 0)
		cli_fail("rename them in %s and run it again",
		    schema.tables[ADOPT_USERS]);
	PQfinish(db);
}

static const struct cli_command commands[] = {
    {NULL, "[SCHEMA]", "take over a Flask service's tables", 0, 1, adopt},
};

void
cli_adopt(int argc, char **argv)
{
	cli_dispatch("adopt", commands, sizeof(commands) / sizeof(commands[0]),
	    argc, argv);
}
