/*
 * User names and e-mail addresses that are accepted, and those that are not.
 */
/* links: core/names.c core/utf8.c | */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/names.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define NBSP  "\xc2\xa0"
#define IDEO  "\xe3\x80\x80" /* U+3000 */
#define A_UML "\xc3\xa4"

static void
trim__both_ends(void **state)
{
	static const char *const cases[][2] = {
	    {"ann", "ann"},
	    {"  ann ", "ann"},
	    {"\t\r\nann\v\f", "ann"},
	    {NBSP "ann lee" IDEO, "ann lee"},
	    {" " A_UML " ", A_UML},
	    {"", ""},
	    {"   ", ""},
	    {IDEO, ""},
	};
	char   out[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		names_trim(cases[i][0], out, strlen(cases[i][0]) + 1);
		assert_string_equal(out, cases[i][1]);
	}
}

static void
username__accepted(void **state)
{
	static const char *const names[] = {"a", "Ann Lee", "o'brien",
	    "ann@example.com", "\xd0\xb0\xd0\xbd\xd0\xbd\xd0\xb0",
	    "\xe5\xbc\xa0\xe4\xbc\x9f", "\xf0\x9f\x98\x80", "<b>", "--", "0"};
	size_t                   i;

	(void)state;
	for (i = 0; i < COUNT(names); i++)
		assert_null(names_check_username(names[i]));
}

static void
username__refused(void **state)
{
	static const char *const names[] = {"", " ", NBSP, "a\x01", "a\x7f",
	    "a\nb", "a\xc2\x85", "a\xc2\xad", /* soft hyphen */
	    "a\xe2\x80\x8b",                  /* zero width space */
	    "a\xe2\x80\xae",                  /* right-to-left override */
	    "a\xe2\x80\xa8",                  /* line separator */
	    "a\xef\xbb\xbf", "a\xe3\x85\xa4", "a\xf3\xa0\x81\x81"};
	char                     name[152] = "";
	size_t                   i;

	(void)state;
	for (i = 0; i < COUNT(names); i++)
		if (names_check_username(names[i]) == NULL)
			fail_msg("accepted: number %zu", i);
	memset(name, 'x', 150);
	assert_null(names_check_username(name));
	name[150] = 'x';
	assert_non_null(names_check_username(name));
}

static void
email__accepted(void **state)
{
	static const char *const emails[] = {"a@b", "ann@example.com",
	    "ann.lee+tag@mail.example.co.uk", "o'brien@example.com",
	    "x_{}|~!#$%&*/=?^`-@b.de",
	    "\xd0\xb0@\xd0\xbf\xd1\x80.\xd1\x80\xd1\x84", A_UML "@example.com",
	    "1@2.3", "a@xn--bcher-kva.example"};
	size_t                   i;

	(void)state;
	for (i = 0; i < COUNT(emails); i++)
		if (names_check_email(emails[i]) != NULL)
			fail_msg("refused: %s", emails[i]);
}

static void
email__refused(void **state)
{
	static const char *const emails[] = {"", "ann", "@", "@example.com",
	    "ann@", "a@@b", "a@b@c", "a b@example.com", "ann@exam ple.com",
	    ".ann@example.com", "ann.@example.com", "a..b@example.com",
	    "ann@.com", "ann@example.", "ann@exa..mple", "ann@-example.com",
	    "ann@example-.com", "ann@example.com-", "ann@[192.0.2.1]",
	    "\"a b\"@example.com", "Ann <ann@example.com>", "a,b@example.com",
	    "ann@example.com\n", "a" NBSP "b@example.com",
	    "a\xe2\x80\x8b@example.com", "ann@ex_ample.com"};
	char                     email[300];
	size_t                   i;

	(void)state;
	for (i = 0; i < COUNT(emails); i++)
		if (names_check_email(emails[i]) == NULL)
			fail_msg("accepted: %s", emails[i]);
	/* A local part of 64 and of 65, a label of 63 and of 64. */
	for (i = 64; i <= 65; i++) {
		memset(email, 'x', i);
		strcpy(email + i, "@example.com");
		assert_int_equal(names_check_email(email) == NULL, i == 64);
	}
	for (i = 63; i <= 64; i++) {
		memset(email, 'x', 300);
		email[1] = '@';
		email[2 + i] = '\0';
		assert_int_equal(names_check_email(email) == NULL, i == 63);
	}
	memset(email, 'x', 299);
	for (i = 1; i < 299; i += 50)
		email[i] = i == 1 ? '@' : '.';
	email[255] = '\0';
	assert_string_equal(names_check_email(email),
	    "email must not be longer than 254 bytes");
	email[254] = '\0';
	assert_null(names_check_email(email));
}

static void
length__in_characters(void **state)
{
	(void)state;
	assert_int_equal(names_length(""), 0);
	assert_int_equal(names_length("abc"), 3);
	assert_int_equal(names_length(A_UML A_UML), 2);
	assert_int_equal(names_length("\xf0\x9f\x98\x80"), 1);
}

static void
equal__but_for_case(void **state)
{
	(void)state;
	assert_true(names_equal("", ""));
	assert_true(names_equal("Ann", "aNN"));
	assert_false(names_equal("Ann", "Anna"));
	assert_false(names_equal("Anna", "Ann"));
	assert_true(names_equal("\xc3\x84", "\xc3\xa4"));
	/* Cyrillic. */
	assert_true(names_equal("\xd0\x90\xd0\x9d", "\xd0\xb0\xd0\xbd"));
	assert_false(names_equal("\xd0\x90", "A"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(trim__both_ends),
	    cmocka_unit_test(username__accepted),
	    cmocka_unit_test(username__refused),
	    cmocka_unit_test(email__accepted),
	    cmocka_unit_test(email__refused),
	    cmocka_unit_test(length__in_characters),
	    cmocka_unit_test(equal__but_for_case),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
