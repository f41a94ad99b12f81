/*
 * What has to hold in the end: turns and allowances, by SQL; and what the
 * server takes of the machine and how quick it is, beside what it was before.
 */
#include <dirent.h>

#include "soak.h"

#define SAMPLES    100
#define GROWTH_KB  5000
#define SLOWEST_MS 500
/* Beside the parent's: two of its own, PostgreSQL's, one of the client that
 * measures, and as many to upstreams as libcurl keeps for each request. */
#define WORKERS_OWN (2 + DB_POOL + 1 + 4)

static int
count_files(pid_t pid)
{
	DIR *folder = opendir(scratch_printf("/proc/%d/fd", (int)pid));
	int  n = -2; /* . and .. */

	assert_non_null(folder);
	while (readdir(folder) != NULL)
		n++;
	closedir(folder);
	return (n);
}

static long
pss_kb(pid_t pid)
{
	const char *line;

	line = strstr(
	    scratch_file(scratch_printf("/proc/%d/smaps_rollup", (int)pid)),
	    "\nPss:");
	assert_non_null(line);
	return (atol(line + 5));
}

static void
measure_process(struct measure *m, const struct process *p)
{
	int files = count_files(p->pid);

	m->kb += pss_kb(p->pid);
	if (strcmp(p->title, "[keymgr]") == 0)
		m->keymgr_files = files;
	else if (files > m->worker_files)
		m->worker_files = files;
}

static int
by_value(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return (x < y ? -1 : x > y);
}

/* Turns of the mock, one after another: the whole way and back. */
static void
measure_times(struct measure *m)
{
	static int    number;
	long long     ms[SAMPLES];
	struct user  *u = user_new(soaked, scratch_printf("calm%d", ++number));
	struct reply *r;
	int           i;

	conversation_new(soaked, u->token);
	for (i = 0; i < SAMPLES; i++) {
		r = chat_send(soaked, u->token, 1, "gemini", PRIVATE);
		assert_status(r, 200);
		ms[i] = r->ms;
	}
	qsort(ms, SAMPLES, sizeof(ms[0]), by_value);
	m->median_ms = ms[SAMPLES / 2];
	m->slowest_ms = ms[SAMPLES - 1];
}

void
measure_all(struct measure *m)
{
	struct process p[CHILDREN_MAX];
	size_t         i, n;

	memset(m, 0, sizeof(*m));
	measure_times(m);
	n = process_children(soaked->pid, p);
	m->kb = pss_kb(soaked->pid);
	m->files = count_files(soaked->pid);
	for (i = 0; i < n; i++)
		measure_process(m, &p[i]);
}

void
measure_report(const struct measure *b, const struct measure *a)
{
	print_message("PSS %ld -> %ld KB\n", b->kb, a->kb);
	print_message("descriptors: parent %d -> %d, key process %d -> %d, "
		      "workers %d -> %d (at most %d)\n",
	    b->files, a->files, b->keymgr_files, a->keymgr_files,
	    b->worker_files, a->worker_files, a->files + WORKERS_OWN);
	print_message("of %d turns half take %lld -> %lld ms, the slowest "
		      "%lld -> %lld ms\n",
	    SAMPLES, b->median_ms, a->median_ms, b->slowest_ms, a->slowest_ms);
}

void
assert_as_before(const struct measure *b, const struct measure *a)
{
	assert_true(a->kb < b->kb + GROWTH_KB);
	/* A worker that is replaced has all its parent has, the first ones had
	 * less; but it does not become more with each. */
	assert_int_equal(a->files, b->files);
	assert_int_equal(a->keymgr_files, b->keymgr_files);
	assert_true(a->worker_files <= a->files + WORKERS_OWN);
	assert_true(a->median_ms <= 2 * b->median_ms + 2);
	assert_true(a->slowest_ms < SLOWEST_MS);
}

/* The ledgers as a table. */
static void
load_ledgers(void)
{
	char  *text, *line, *rest;
	char  *values;
	size_t size, n;
	FILE  *sql;
	int    i;

	sql_run(
	    soaked, "CREATE TABLE ledger (user_id bigint, id uuid, sum text)");
	for (i = 0; i < CLIENTS; i++) {
		text = scratch_file(clients[i].ledger);
		assert_non_null(sql = open_memstream(&values, &size));
		fputs("INSERT INTO ledger VALUES ", sql);
		for (line = strtok_r(text, "\n", &rest), n = 0; line != NULL;
		     line = strtok_r(NULL, "\n", &rest), n++)
			fprintf(sql, "%s(%lld,'%.36s','%s')", n > 0 ? "," : "",
			    clients[i].user->id, line, line + 37);
		fclose(sql);
		assert_true(n > 0);
		print_message(
		    "%s: %zu turns acknowledged\n", clients[i].user->name, n);
		sql_run(soaked, "%s", values);
		free(values);
	}
}

static void
assert_none(const char *what, const char *sql)
{
	long long n = sql_int(soaked, "SELECT count(*) FROM (%s) x", sql);

	if (n != 0)
		print_message("%s: %lld\n", what, n);
	assert_int_equal(n, 0);
}

/* Of each of a user's days, what was counted and what is there. */
#define TURNS_BY_DAY \
	"SELECT user_id, (created_at AT TIME ZONE 'UTC')::date AS day," \
	" count(*) FILTER (WHERE counts) AS used," \
	" count(api_key) FILTER (WHERE counts) AS by_key" \
	" FROM (SELECT *, response <> '' OR status = 'completed' AS counts" \
	" FROM turns) t GROUP BY 1, 2"

void
assert_turns_hold(void)
{
	load_ledgers();
	print_message("%lld turns were acknowledged, %lld are stored, %lld of "
		      "them interrupted, %lld failed, on %lld days\n",
	    sql_int(soaked, "SELECT count(*) FROM ledger"),
	    sql_int(soaked, "SELECT count(*) FROM turns"),
	    sql_int(soaked,
		"SELECT count(*) FROM turns WHERE status = 'interrupted'"),
	    sql_int(
		soaked, "SELECT count(*) FROM turns WHERE status = 'failed'"),
	    sql_int(soaked, "SELECT count(DISTINCT day) FROM daily_usage"));
	assert_none("acknowledged, and not stored so",
	    "SELECT DISTINCT l.id FROM ledger l LEFT JOIN turns t"
	    " ON t.user_id = l.user_id AND t.conversation = 1 AND t.id = l.id"
	    " WHERE t.status IS DISTINCT FROM 'completed' OR l.sum <>"
	    " encode(sha256(convert_to(t.response, 'UTF8')), 'hex')");
	assert_none("stored twice",
	    "SELECT user_id, prompt FROM turns JOIN users u ON u.id = user_id"
	    " WHERE u.username LIKE 'soak%'"
	    " GROUP BY 1, 2 HAVING count(*) > 1");
	assert_none("running", "SELECT id FROM turns WHERE status = 'running'");
	assert_none("counted as running",
	    "SELECT user_id FROM daily_usage WHERE running <> 0");
	assert_none("counted wrongly",
	    "SELECT user_id FROM daily_usage FULL JOIN (" TURNS_BY_DAY
	    ") t USING (user_id, day)"
	    " WHERE coalesce(daily_usage.used, 0) <> coalesce(t.used, 0)");
	assert_none("counted wrongly of a key",
	    "SELECT user_id FROM daily_usage d FULL JOIN (" TURNS_BY_DAY
	    ") t USING (user_id, day) WHERE coalesce(by_key, 0) <> coalesce("
	    "(SELECT sum(value::integer) FROM jsonb_each_text(keys)), 0)");
	assert_none("missing in the usage of models",
	    "SELECT user_id FROM daily_usage d WHERE used <> coalesce("
	    "(SELECT sum((value ->> 0)::integer) FROM jsonb_each(models)), 0)");
	assert_none("above the limit",
	    "SELECT user_id FROM daily_usage JOIN users u ON u.id = user_id"
	    " WHERE used > daily_limit");
}
