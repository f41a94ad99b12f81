#include <signal.h>

#include "harness.h"

static bool is_clean;

static int
stop_all(void **state)
{
	(void)state;
	server_stop_all();
	is_clean = true;
	return (0);
}

int
harness_run_tests(
    const struct CMUnitTest *tests, size_t n, CMFixtureFunction setup)
{
	int failed;

	signal(SIGPIPE, SIG_IGN);
	failed = _cmocka_run_group_tests("tests", tests, n, setup, stop_all);
	/* PostgreSQL drops no database while a silent client logs in. */
	proxy_close();
	server_remove_all();
	http_end();
	scratch_release();
	return (failed != 0 || !is_clean);
}
