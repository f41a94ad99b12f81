/*
 * Classes of HTTP statuses, and how long a provider asks to wait.
 */
/* links: llm/llm_failure.c | */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <time.h>

#include <cmocka.h>

#include "llm/llm_failure.h"

static void
classifies_status(void **state)
{
	static const struct {
		int              status;
		enum llm_failure failure;
	} cases[] = {
	    {100, LLM_PROTOCOL},
	    {204, LLM_PROTOCOL},
	    {302, LLM_PROTOCOL},
	    {400, LLM_BAD_REQUEST},
	    {401, LLM_AUTH},
	    {402, LLM_QUOTA},
	    {403, LLM_AUTH},
	    {404, LLM_NOT_FOUND},
	    {405, LLM_BAD_REQUEST},
	    {408, LLM_TIMEOUT},
	    {409, LLM_SERVER},
	    {413, LLM_BAD_REQUEST},
	    {422, LLM_BAD_REQUEST},
	    {429, LLM_RATE_LIMIT},
	    {499, LLM_SERVER},
	    {500, LLM_SERVER},
	    {502, LLM_SERVER},
	    {503, LLM_OVERLOADED},
	    {504, LLM_TIMEOUT},
	    {520, LLM_SERVER},
	    {524, LLM_TIMEOUT},
	    {529, LLM_OVERLOADED},
	    {599, LLM_SERVER},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    llm_failure_of_status(cases[i].status), cases[i].failure);
}

static void
reads_retry__seconds(void **state)
{
	(void)state;
	assert_int_equal(llm_failure_retry_ms("46s"), 46000);
	assert_int_equal(llm_failure_retry_ms("46.75s"), 46750);
	assert_int_equal(llm_failure_retry_ms("0.5s"), 500);
	assert_int_equal(llm_failure_retry_ms("30"), 30000);
	assert_int_equal(llm_failure_retry_ms(" \t30 "), 30000);
	assert_int_equal(llm_failure_retry_ms("86401"), 86400000);
	assert_int_equal(llm_failure_retry_ms("1e300"), 86400000);
	assert_int_equal(
	    llm_failure_retry_ms("99999999999999999999"), 86400000);
}

static void
reads_retry__nonsense(void **state)
{
	static const char *nonsense[] = {"", "0", "-5", "+5", "nan", "inf",
	    "soon", ".5", "Sun, 06 Nov 1994 08:49:37 GMT", /* is past */
	    "Sun, 06 Nov 2094 08:49:37 CET",
	    "Sun, 06 Nov 2094 08:49:37 GMT, and more", "Sun, 06 Nov"};
	size_t             i;

	(void)state;
	for (i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++)
		assert_int_equal(llm_failure_retry_ms(nonsense[i]), 0);
	assert_int_equal(llm_failure_retry_ms(NULL), 0);
}

static void
reads_retry__date(void **state)
{
	char      date[64];
	struct tm tm;
	time_t    then = time(NULL) + 100;
	int       ms;

	(void)state;
	assert_non_null(gmtime_r(&then, &tm));
	assert_true(strftime(date, sizeof(date), "%a, %d %b %Y %T GMT", &tm));
	ms = llm_failure_retry_ms(date);
	assert_true(ms > 90000 && ms <= 100000);
	assert_int_equal(
	    llm_failure_retry_ms("Sun, 06 Nov 2094 08:49:37 GMT"), 86400000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(classifies_status),
	    cmocka_unit_test(reads_retry__seconds),
	    cmocka_unit_test(reads_retry__nonsense),
	    cmocka_unit_test(reads_retry__date),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
