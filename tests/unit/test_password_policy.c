/*
 * Passwords that are refused: too short, too long, too common, the user's own
 * names.
 */
/* links: core/password_policy.c core/common_passwords.c core/names.c core/utf8.c | */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/common_passwords.h"
#include "core/password_policy.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *
check(const char *password)
{
	return (password_policy_check(
	    password, "Barbara L", "Babs.Lee@example.com", 8));
}

static void
policy__accepts(void **state)
{
	static const char *const passwords[] = {"correct horse", "        ",
	    "tell-nobody", "passwords are fun", "xpassword1",
	    "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
	    "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
	    "barbara l2", "example.com", "babs.lee@example.org"};
	size_t                   i;

	(void)state;
	for (i = 0; i < COUNT(passwords); i++)
		if (check(passwords[i]) != NULL)
			fail_msg("%s: %s", passwords[i], check(passwords[i]));
}

static void
policy__length(void **state)
{
	char password[1026];

	(void)state;
	assert_string_equal(
	    check(""), "password must have at least 8 characters");
	assert_string_equal(
	    check("7 chars"), "password must have at least 8 characters");
	/* Seven characters in fourteen bytes. */
	assert_string_equal(check("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
				  "\xc3\xa9\xc3\xa9"),
	    "password must have at least 8 characters");
	memset(password, 'x', sizeof(password));
	password[1025] = '\0';
	assert_string_equal(
	    check(password), "password must not be longer than 1024 bytes");
	password[1024] = '\0';
	assert_null(check(password));
}

static void
policy__common(void **state)
{
	static const char *const passwords[] = {"password", "PassWord",
	    "12345678", "QWERTY123", "iloveyou", "aaaaaaaa", "P@ssw0rd"};
	size_t                   i;

	(void)state;
	for (i = 0; i < COUNT(passwords); i++)
		assert_string_equal(check(passwords[i]),
		    "password is one of the most common ones");
}

static void
policy__own_names(void **state)
{
	(void)state;
	assert_string_equal(
	    check("bArBaRa L"), "password must not be the username");
	assert_string_equal(
	    check("babs.lee@EXAMPLE.com"), "password must not be the email");
	assert_string_equal(
	    check("BABS.LEE"), "password must not be the email");
	assert_null(password_policy_check("babs.lee", "barbara", NULL, 8));
	assert_null(password_policy_check("babs.lee", "barbara", "odd", 8));
}

/* What the search relies on; and that each entry is found by it. */
static void
list__is_sorted_and_lower(void **state)
{
	const char *entry;
	size_t      i;

	(void)state;
	assert_true(common_passwords_count > 300);
	for (i = 0; i < common_passwords_count; i++) {
		entry = common_passwords[i];
		if (i > 0 && strcmp(common_passwords[i - 1], entry) >= 0)
			fail_msg("not in order: %s", entry);
		for (; *entry != '\0'; entry++)
			assert_false(isupper((unsigned char)*entry));
		assert_non_null(
		    password_policy_check(common_passwords[i], "x", NULL, 1));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(policy__accepts),
	    cmocka_unit_test(policy__length),
	    cmocka_unit_test(policy__common),
	    cmocka_unit_test(policy__own_names),
	    cmocka_unit_test(list__is_sorted_and_lower),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
