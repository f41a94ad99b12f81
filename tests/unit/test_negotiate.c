/* Accept-Encoding and If-None-Match, as clients write them. */
/* links: core/negotiate.c | */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/negotiate.h"

static void
coding__named(void **state)
{
	(void)state;
	assert_true(negotiate_coding("br", "br"));
	assert_true(negotiate_coding("gzip, deflate, br, zstd", "br"));
	assert_true(negotiate_coding("gzip,deflate,BR", "br"));
	assert_true(negotiate_coding("gzip;q=0.5, br;q=1.0", "br"));
	assert_true(negotiate_coding("gzip ; q=0.001", "gzip"));
}

static void
coding__not_named(void **state)
{
	(void)state;
	assert_false(negotiate_coding(NULL, "br"));
	assert_false(negotiate_coding("", "br"));
	assert_false(negotiate_coding("gzip", "br"));
	assert_false(negotiate_coding("brotli, xbr, b", "br"));
	assert_false(negotiate_coding("*", "br"));
	assert_false(negotiate_coding(", ,\t,", "br"));
}

static void
coding__weight_of_zero(void **state)
{
	(void)state;
	assert_false(negotiate_coding("br;q=0", "br"));
	assert_false(negotiate_coding("gzip, br; q=0.000 ", "br"));
	assert_false(negotiate_coding("br;Q=0., gzip", "br"));
	assert_true(negotiate_coding("br;q=0, gzip", "gzip"));
}

static void
matches__among_others(void **state)
{
	(void)state;
	assert_true(negotiate_matches("\"a\"", "\"a\""));
	assert_true(negotiate_matches("W/\"a\"", "\"a\""));
	assert_true(negotiate_matches("\"x,y\", W/\"z\" ,\"a\"", "\"a\""));
	assert_true(negotiate_matches("*", "\"a\""));
}

static void
matches__none(void **state)
{
	(void)state;
	assert_false(negotiate_matches(NULL, "\"a\""));
	assert_false(negotiate_matches("", "\"a\""));
	assert_false(negotiate_matches("\"A\"", "\"a\""));
	assert_false(negotiate_matches("\"ab\", \"b\"", "\"a\""));
	assert_false(negotiate_matches("\"a", "\"a\""));
	assert_false(negotiate_matches("a", "\"a\""));
	assert_false(negotiate_matches("W/", "\"a\""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(coding__named),
	    cmocka_unit_test(coding__not_named),
	    cmocka_unit_test(coding__weight_of_zero),
	    cmocka_unit_test(matches__among_others),
	    cmocka_unit_test(matches__none),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
