/* links: llm/title_clean.c | */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "llm/title.h"

static void
assert_title(const char *answer, const char *title)
{
	char text[512];

	snprintf(text, sizeof(text), "%s", answer);
	assert_int_equal(title_clean(text), title[0] != '\0');
	assert_string_equal(text, title);
}

static void
clean__takes_the_first_line(void **state)
{
	char long_one[400] = "";
	int  i;

	(void)state;
	assert_title("A trip to Rome", "A trip to Rome");
	assert_title("\n  A trip\nto Rome", "A trip");
	assert_title("\"A trip to Rome\"", "A trip to Rome");
	assert_title("# **A trip**  \n\nMore.", "A trip");
	assert_title("\xe2\x80\x9c"
		     "Caf\xc3\xa9\xe2\x80\x9d",
	    "Caf\xc3\xa9");
	assert_title("It's \"so\" here", "It's \"so\" here");
	assert_title("", "");
	assert_title(" \n ", "");
	assert_title("\"\"", "");
	for (i = 0; i < 100; i++)
		strcat(long_one, "\xc3\xa9");
	i = 160;
	{
		char text[400];

		snprintf(text, sizeof(text), "%s", long_one);
		assert_true(title_clean(text));
		assert_int_equal(strlen(text), i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(clean__takes_the_first_line),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
