/* The circuit breaker: when it opens, who may try, when it closes. */
/* links: llm/circuit.c | */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "llm/circuit.h"

#define NOW ((uint64_t)1000000)

static void
fail_times(struct circuit *c, int times, uint64_t now)
{
	while (times-- > 0) {
		assert_true(circuit_allows(c, now));
		circuit_failed(c, now);
	}
}

static void
allows__while_closed(void **state)
{
	struct circuit c = {0};
	int            i;

	(void)state;
	for (i = 0; i < 100; i++)
		assert_true(circuit_allows(&c, NOW));
	fail_times(&c, CIRCUIT_FAILURES - 1, NOW);
	assert_true(circuit_allows(&c, NOW));
	assert_true(circuit_allows(&c, 0));
}

static void
opens__after_failures_in_a_row(void **state)
{
	struct circuit c = {0};

	(void)state;
	fail_times(&c, CIRCUIT_FAILURES, NOW);
	assert_false(circuit_allows(&c, NOW));
	assert_false(circuit_allows(&c, NOW + CIRCUIT_OPEN_MS - 1));
	assert_true(circuit_allows(&c, NOW + CIRCUIT_OPEN_MS));
}

static void
opens__not_when_a_success_comes_between(void **state)
{
	struct circuit c = {0};
	int            i;

	(void)state;
	for (i = 0; i < 10; i++) {
		fail_times(&c, CIRCUIT_FAILURES - 1, NOW);
		circuit_succeeded(&c);
	}
	assert_true(circuit_allows(&c, NOW));
}

static void
half_open__one_may_try(void **state)
{
	struct circuit c = {0};
	uint64_t       later = NOW + CIRCUIT_OPEN_MS;

	(void)state;
	fail_times(&c, CIRCUIT_FAILURES, NOW);
	assert_true(circuit_allows(&c, later));
	assert_false(circuit_allows(&c, later));
	assert_false(circuit_allows(&c, later + 10 * CIRCUIT_OPEN_MS));
}

static void
half_open__success_closes(void **state)
{
	struct circuit c = {0};
	uint64_t       later = NOW + CIRCUIT_OPEN_MS;

	(void)state;
	fail_times(&c, CIRCUIT_FAILURES, NOW);
	assert_true(circuit_allows(&c, later));
	circuit_succeeded(&c);
	assert_true(circuit_allows(&c, later));
	/* All failures are forgotten. */
	fail_times(&c, CIRCUIT_FAILURES - 1, later);
	assert_true(circuit_allows(&c, later));
}

static void
half_open__failure_opens_again(void **state)
{
	struct circuit c = {0};
	uint64_t       later = NOW + CIRCUIT_OPEN_MS;

	(void)state;
	fail_times(&c, CIRCUIT_FAILURES, NOW);
	assert_true(circuit_allows(&c, later));
	circuit_failed(&c, later + 5);
	assert_false(circuit_allows(&c, later + 5 + CIRCUIT_OPEN_MS - 1));
	assert_true(circuit_allows(&c, later + 5 + CIRCUIT_OPEN_MS));
}

static void
half_open__abandoned_lets_the_next_try(void **state)
{
	struct circuit c = {0};
	uint64_t       later = NOW + CIRCUIT_OPEN_MS;

	(void)state;
	fail_times(&c, CIRCUIT_FAILURES, NOW);
	assert_true(circuit_allows(&c, later));
	circuit_abandoned(&c);
	assert_true(circuit_allows(&c, later));
	assert_false(circuit_allows(&c, later));
}

/* Calls that were on their way when it opened may still come to an end. */
static void
open__late_results(void **state)
{
	struct circuit c = {0};

	(void)state;
	fail_times(&c, CIRCUIT_FAILURES, NOW);
	circuit_abandoned(&c);
	assert_false(circuit_allows(&c, NOW));
	circuit_succeeded(&c);
	assert_true(circuit_allows(&c, NOW));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(allows__while_closed),
	    cmocka_unit_test(opens__after_failures_in_a_row),
	    cmocka_unit_test(opens__not_when_a_success_comes_between),
	    cmocka_unit_test(half_open__one_may_try),
	    cmocka_unit_test(half_open__success_closes),
	    cmocka_unit_test(half_open__failure_opens_again),
	    cmocka_unit_test(half_open__abandoned_lets_the_next_try),
	    cmocka_unit_test(open__late_results),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
