/* links: core/metrics.c core/metrics_text.c core/shared.c core/buf.c | */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/metrics.h"

static const char *
name(size_t i)
{
	static const char *const names[] = {"a", NULL, "quoted \"\\\n"};

	return (names[i]);
}

static int
start(void **state)
{
	enum metric_set sets[] = {
	    SET_ROUTE, SET_CODE, SET_MODEL, SET_FAILURE, SET_PROCESS};
	size_t i;

	(void)state;
	/* Before there is memory nothing is counted, and nothing breaks. */
	metrics_count(METRIC_RESTARTS, 0, 1);
	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		metrics_name_set(sets[i], 3, name);
	metrics_init(2);
	return (0);
}

static void
assert_says(const char *line)
{
	struct buf text = {0};
	char      *found;

	metrics_write(&text);
	found = strstr(text.data, line);
	if (found == NULL || (found > text.data && found[-1] != '\n') ||
	    found[strlen(line)] != '\n')
		fail_msg("no line %s in\n%s", line, text.data);
	buf_release(&text);
}

static void
sums_up__what_processes_counted(void **state)
{
	int   worker, status;
	pid_t pid;

	(void)state;
	for (worker = 1; worker <= 2; worker++) {
		if ((pid = fork()) == 0) {
			metrics_use_slot(worker);
			metrics_count(METRIC_RESTARTS, 0, 5);
			metrics_set(METRIC_CONNECTIONS, 0, worker);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
	}
	assert_says("aichat_worker_restarts_total 10");
	assert_says("aichat_connections_open 3");
	/* A replaced worker goes on counting, but holds nothing yet. */
	metrics_use_slot(2);
	assert_says("aichat_worker_restarts_total 10");
	assert_says("aichat_connections_open 1");
}

static void
labels__pairs_and_escapes(void **state)
{
	(void)state;
	metrics_count(
	    METRIC_HTTP_REQUESTS, metrics_pair(METRIC_HTTP_REQUESTS, 2, 4), 7);
	assert_says("aichat_http_requests_total{"
		    "route=\"quoted \\\"\\\\\\n\",status=\"5xx\"} 7");
	assert_says("aichat_http_requests_total{route=\"a\",status=\"5xx\"} 0");
	metrics_count(METRIC_TURNS, metrics_index(SET_TURN, "interrupted"), 3);
	assert_says("aichat_turns_total{status=\"interrupted\"} 3");
}

static void
gauge__may_fall_below_zero(void **state)
{
	(void)state;
	metrics_change(METRIC_STREAMS, 0, -2);
	assert_says("aichat_streams_open -2");
	metrics_change(METRIC_STREAMS, 0, 2);
	assert_says("aichat_streams_open 0");
}

static void
histogram__is_cumulative(void **state)
{
	(void)state;
	metrics_observe(METRIC_DB_DURATION, 0, 1000); /* its bound is in */
	metrics_observe(METRIC_DB_DURATION, 0, 1001);
	metrics_observe(METRIC_DB_DURATION, 0, 3600000000ULL);
	assert_says("aichat_db_statement_duration_seconds_bucket{"
		    "le=\"0.001\"} 1");
	assert_says("aichat_db_statement_duration_seconds_bucket{"
		    "le=\"0.0025\"} 2");
	assert_says("aichat_db_statement_duration_seconds_bucket{"
		    "le=\"60\"} 2");
	assert_says("aichat_db_statement_duration_seconds_bucket{"
		    "le=\"+Inf\"} 3");
	assert_says("aichat_db_statement_duration_seconds_sum 3600.002001");
	assert_says("aichat_db_statement_duration_seconds_count 3");
}

/* What is out of a set's range must not spill into the next family. */
static void
count__out_of_range(void **state)
{
	(void)state;
	metrics_count(METRIC_TURNS, 4, 99);
	metrics_count(METRIC_TOKENS, 6, 99);
	assert_says("aichat_tokens_total{model=\"a\",kind=\"prompt\"} 0");
	assert_says("aichat_generations{state=\"running\"} 0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sums_up__what_processes_counted),
	    cmocka_unit_test(labels__pairs_and_escapes),
	    cmocka_unit_test(gauge__may_fall_below_zero),
	    cmocka_unit_test(histogram__is_cumulative),
	    cmocka_unit_test(count__out_of_range),
	};

	return (cmocka_run_group_tests(tests, start, NULL));
}
