/*
 * How PostgreSQL runs what the program asks of it: every statement, as it is
 * prepared and with the options of the program's connections, finds rows of a
 * table with users' data by an index on user_id, or on words that have it
 * before them, and reads one partition when those tables are spread by it. So a
 * user's requests cost the same however many users there are, and the tables
 * can be spread over machines.
 */
#include "harness.h"

#define PARTITIONS 4
#define USER       "7"

/* Those that look after everybody's, and those that learn who it is. */
static const struct {
	const char *name;
	const char *reason;
} exceptions[] = {
    {"generation_log", "a worker's turns, of many users, joined by key"},
    {"generation_reap", "turns of everybody whose worker died; few run"},
    {"turn_begin_group", "turns of many users, joined by key"},
    {"turn_first_group", "pages of many users, joined by key"},
    {"actors_void", "actors of many users, joined by key"},
    {"reset_find", "who forgot a password is known by the token only"},
    {"reset_use", "the same"},
};

/* Whose rows come in the order of the page they join (store_page.h). */
static const char *const pages[] = {"turn_first", "turn_first_group",
    "turn_page", "turn_page_of_all", "turn_page_stored", "item_page",
    "item_page_back", "share_view"};

/* As src/core/db_conninfo.c has them. */
static const char options[] =
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;"
    "SET jit = off; SET client_min_messages = error";

/* So that plans of statements within functions are told. */
static const char tell_all[] =
    "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0;"
    "SET auto_explain.log_nested_statements = on;"
    "SET auto_explain.log_format = json";

static PGconn *db;

static const char *
query(const char *sql)
{
	PGresult   *result = PQexec(db, sql);
	const char *value = "";
	int         status = PQresultStatus(result);

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(db));
	if (status == PGRES_TUPLES_OK && PQntuples(result) > 0)
		value = scratch_printf("%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	return (value);
}

/* A few hundred users, so that an index is worth its while. */
static void
seed(void)
{
	query(
	    "INSERT INTO users (id, email, username, password_hash) SELECT i,"
	    " i || '@example.com', 'user' || i, '' FROM generate_series(1, 300)"
	    " i");
	query("INSERT INTO sessions (user_id, id, token_hash, expires_at)"
	      " SELECT i, gen_random_uuid(), '', now() FROM"
	      " generate_series(1, 300) i, generate_series(1, 3)");
	query("INSERT INTO conversations (user_id, number, id) SELECT i, n,"
	      " gen_random_uuid() FROM generate_series(1, 300) i,"
	      " generate_series(1, 5) n");
	query("INSERT INTO turns (user_id, conversation, id, status, model,"
	      " prompt, response) SELECT i, n, gen_random_uuid(), 'completed',"
	      " 'gpt', 'hello', 'world' FROM generate_series(1, 300) i,"
	      " generate_series(1, 5) n, generate_series(1, 4)");
	query("INSERT INTO daily_usage (user_id, day, used) SELECT i,"
	      " current_date - d, 1 FROM generate_series(1, 300) i,"
	      " generate_series(1, 5) d");
	query("INSERT INTO turn_events (user_id, turn, seq, ends, text)"
	      " SELECT user_id, id, 2, '5', 'hello' FROM turns");
	query("ANALYZE");
}

/* Every table that leads its primary key with user_id, spread by it. */
static void
spread(void)
{
	query(
	    "DO $$ DECLARE t text; d text; p integer; BEGIN"
	    " FOR t IN SELECT name FROM users_tables LOOP"
	    " EXECUTE format('ALTER TABLE %I RENAME TO %I', t, t || '_whole');"
	    " EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS"
	    "  INCLUDING GENERATED) PARTITION BY HASH (user_id)', t,"
	    "  t || '_whole');"
	    " FOR p IN 0..3 LOOP"
	    "  EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES WITH"
	    "  (MODULUS 4, REMAINDER %s)', t || '_part' || p, t, p); END LOOP;"
	    " FOR d IN SELECT CASE WHEN i.indkey::int2[] @> ARRAY[(SELECT attnum"
	    "  FROM pg_attribute WHERE attrelid = i.indrelid"
	    "  AND attname = 'user_id')] THEN pg_get_indexdef(i.indexrelid)"
	    "  ELSE replace(pg_get_indexdef(i.indexrelid), 'UNIQUE ', '') END"
	    "  FROM pg_index i WHERE i.indrelid = (t || '_whole')::regclass LOOP"
	    "  d := regexp_replace(d, 'INDEX \\S+ ON \\S+', 'INDEX ON ' || t);"
	    "  EXECUTE d; END LOOP;"
	    " EXECUTE format('DROP TABLE %I CASCADE', t || '_whole');"
	    " END LOOP; END $$");
}

/* Something of each type that does no harm. */
static char *
arguments(const char *name)
{
	return (scratch_printf("%s",
	    query(scratch_printf(
		"SELECT coalesce('(' || string_agg(CASE"
		" WHEN n = 1 AND type = 'bigint' THEN '" USER "'"
		" WHEN type LIKE '%%[]' THEN '''{}'''"
		" WHEN type IN ('bigint', 'integer', 'smallint') THEN '1'"
		" WHEN type = 'uuid' THEN quote_literal(gen_random_uuid())"
		" WHEN type IN ('json', 'jsonb') THEN '''[]'''"
		" WHEN type = 'boolean' THEN 'true'"
		" WHEN type = 'bytea' THEN '''\\x00'''"
		" WHEN type = 'inet' THEN '''127.0.0.1'''"
		" WHEN type LIKE 'timestamp%%' THEN 'now()'"
		" WHEN type = 'turn_status' THEN '''completed'''"
		" WHEN type = 'interval' THEN '''1s''' ELSE '''x''' END, ', '"
		" ORDER BY n) || ')', '') FROM pg_prepared_statements,"
		" unnest(parameter_types) WITH ORDINALITY AS u (t, n),"
		" format_type(t, NULL) AS type WHERE name = '%s'",
		name))));
}

static cJSON *
explain(const char *name, const char *sql)
{
	const char *text;

	query(scratch_printf("PREPARE %s AS %s", name, sql));
	text = query(scratch_printf(
	    "EXPLAIN (FORMAT JSON) EXECUTE %s%s", name, arguments(name)));
	query(scratch_printf("DEALLOCATE %s", name));
	return (cJSON_Parse(text));
}

static const char *
text_of(const cJSON *node, const char *member)
{
	const char *text = cJSON_GetStringValue(
	    cJSON_GetObjectItem(node, member));

	return (text != NULL ? text : "");
}

/* Whether the table, or the partition, has users' data: user_id leads its
 * primary key. */
static bool
is_users(const char *table)
{
	return (table[0] != '\0' &&
	    strcmp(query(scratch_printf(
		       "SELECT count(*) FROM users_tables WHERE"
		       " '%s' ~ ('^' || name || '(_part[0-9])?$')",
		       table)),
		"0") != 0);
}

static bool
is_scan(const char *type)
{
	return (strstr(type, "Scan") != NULL &&
	    strcmp(type, "Bitmap Heap Scan") != 0);
}

/* The table a scan reads; a bitmap's own node names the index only. */
static const char *
table_of(const cJSON *node)
{
	const char *table = text_of(node, "Relation Name");
	const char *index = text_of(node, "Index Name");

	if (table[0] != '\0' || index[0] == '\0')
		return (table);
	return (query(scratch_printf("SELECT indrelid::regclass FROM pg_index"
				     " WHERE indexrelid = '%s'::regclass",
	    index)));
}

/* The words of a search have their owner before them. */
static bool
is_by_user(const cJSON *node)
{
	const char *condition = text_of(node, "Index Cond");

	return (strstr(condition, "user_id = ") != NULL ||
	    strstr(condition, "search_words(user_id, ") != NULL);
}

/* What is wrong with a node or with one below it; "" when nothing is. */
static const char *
judge(const cJSON *node, char *partition)
{
	const char  *type = text_of(node, "Node Type"), *part, *problem;
	const char  *table = is_scan(type) ? table_of(node) : "";
	const cJSON *below;

	if (strcmp(type, "BitmapAnd") == 0)
		return ("all that one index finds is gathered beside another");
	if (strstr(text_of(node, "Filter"), "search_words(") != NULL)
		return ("words are made of more than what was found by them");
	if (is_users(table)) {
		if (!is_by_user(node))
			return (scratch_printf("%s on %s by (%s)", type, table,
			    text_of(node, "Index Cond")));
		if ((part = strstr(table, "_part")) != NULL) {
			if (*partition != '\0' && *partition != part[5])
				return (scratch_printf(
				    "%s reads another partition", table));
			*partition = part[5];
		}
	}
	cJSON_ArrayForEach(below, cJSON_GetObjectItem(node, "Plans")) {
		problem = judge(below, partition);
		if (problem[0] != '\0')
			return (problem);
	}
	return ("");
}

/* Whether all joins above a page's LIMIT are nested loops, which keep the order
 * of what they join to one row. */
static bool
keeps_order(const cJSON *node)
{
	const char  *type = text_of(node, "Node Type");
	const cJSON *below;

	if (strcmp(type, "Limit") == 0)
		return (true);
	if (strstr(type, "Hash") != NULL || strstr(type, "Merge") != NULL)
		return (false);
	cJSON_ArrayForEach(below, cJSON_GetObjectItem(node, "Plans"))
		if (!keeps_order(below))
			return (false);
	return (true);
}

static bool
is_page(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(pages); i++)
		if (strcmp(pages[i], name) == 0)
			return (true);
	return (false);
}

static bool
is_exception(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(exceptions); i++)
		if (strcmp(exceptions[i].name, name) == 0)
			return (true);
	return (false);
}

static int
judge_all(struct server *s)
{
	const char *listed, *name, *problem;
	cJSON      *statement, *plan, *root;
	char       *line, *rest, partition;
	int         wrong = 0, count = 0;
	size_t      excepted = 0, paged = 0;

	assert_int_equal(server_command(s, "statements", &listed), 0);
	rest = scratch_printf("%s", listed);
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		statement = cJSON_Parse(line);
		assert_non_null(statement);
		name = text_of(statement, "name");
		plan = explain(name, text_of(statement, "sql"));
		root = cJSON_GetObjectItem(cJSON_GetArrayItem(plan, 0), "Plan");
		partition = '\0';
		problem = judge(root, &partition);
		if (is_page(name) && ++paged && !keeps_order(root))
			problem = "a page's order may be lost";
		excepted += is_exception(name);
		if (problem[0] != '\0' && !is_exception(name)) {
			print_error("%s: %s\n", name, problem);
			wrong++;
		}
		cJSON_Delete(plan);
		cJSON_Delete(statement);
		count++;
	}
	assert_in_range(count, 40, 1000);
	assert_int_equal(excepted, COUNT(exceptions));
	assert_int_equal(paged, COUNT(pages));
	return (wrong);
}

/* Plans that were carried out, as auto_explain tells them. */
struct told {
	cJSON *plans[16];
	int    count;
};

static void
take_plan(void *told, const PGresult *notice)
{
	struct told *t = told;
	const char  *text = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);

	assert_in_range(t->count, 0, COUNT(t->plans) - 1);
	t->plans[t->count++] = cJSON_Parse(strchr(text, '{'));
}

static struct told
carry_out(const char *sql)
{
	struct told            told = {.count = 0};
	PQnoticeReceiver const former = PQsetNoticeReceiver(
	    db, take_plan, &told);

	query("SET client_min_messages = log");
	query(sql);
	query("SET client_min_messages = error");
	PQsetNoticeReceiver(db, former, NULL);
	return (told);
}

/* A function of the search, whose statements' plans are not those of the
 * statement that calls it: rows are found by their words. */
static void
assert_looks_words_up(const char *call)
{
	struct told told = carry_out(scratch_printf(
	    "SELECT f.* FROM (SELECT search_query(chr(1), 'hello ')::text"
	    " AS whole, search_query(chr(1), 'hello')::text AS begun) q, %s f",
	    call));
	bool        by_words = false;
	char       *text, partition;

	while (told.count-- > 0) {
		partition = '\0';
		assert_string_equal(
		    judge(cJSON_GetObjectItem(told.plans[told.count], "Plan"),
			&partition),
		    "");
		text = cJSON_PrintUnformatted(told.plans[told.count]);
		by_words |= strstr(text, " AND (search_words(user_id, ") !=
		    NULL;
		cJSON_free(text);
		cJSON_Delete(told.plans[told.count]);
	}
	assert_true(by_words);
}

static void
assert_search_looks_words_up(void)
{
	assert_looks_words_up(
	    "search_newest(" USER ", q.whole, q.begun, 6, NULL, '{}', 40)");
	assert_looks_words_up("search_turn(" USER ", 3, q.whole, q.begun)");
	assert_looks_words_up(
	    "search_titles(" USER ", search_query('" USER "/', 'hello'))");
}

static void
plans__are_by_user(void **state)
{
	query(options);
	/* When PostgreSQL knows nothing of the tables, too. */
	assert_search_looks_words_up();
	seed();
	assert_int_equal(judge_all(*state), 0);
	assert_search_looks_words_up();
	/* And where users are many, and few turns each one's. */
	query("ALTER TABLE turns ALTER user_id SET (n_distinct = -1);"
	      "ALTER TABLE conversations ALTER user_id SET (n_distinct = -1);"
	      "ANALYZE");
	assert_search_looks_words_up();
}

static void
plans__read_one_partition(void **state)
{
	spread();
	seed();
	query(options);
	assert_int_equal(judge_all(*state), 0);
	assert_search_looks_words_up();
}

static int
start(void **state)
{
	struct server *s = server_prepare(NULL);

	server_migrate(s);
	db = PQconnectdb(s->url);
	*state = s;
	query(tell_all);
	query("CREATE TEMP TABLE users_tables AS SELECT c.relname AS name"
	      " FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
	      " JOIN pg_attribute a ON a.attrelid = c.oid"
	      " AND a.attnum = i.indkey[0] WHERE i.indisprimary"
	      " AND a.attname = 'user_id'");
	return (0);
}

static int
end(void **state)
{
	(void)state;
	PQfinish(db);
	return (0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(plans__are_by_user, start, end),
	    cmocka_unit_test_setup_teardown(
		plans__read_one_partition, start, end),
	};

	return (harness_run(tests, NULL));
}
