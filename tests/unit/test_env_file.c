/*
 * The syntax of .env files, line by line.
 */
/* links: core/env_file.c core/buf.c | */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/env_file.h"

static char path[] = "/tmp/test_env_file.XXXXXX";

static void
collect(const struct env_line *line, void *arg)
{
	assert_string_equal(line->file, path);
	buf_printf(arg, "%d %s=[%s]\n", line->number, line->name, line->value);
}

/* Read a file with this content; what was found and what was wrong. */
static void
read_text(const char *text, size_t len, struct buf *found, struct buf *problems)
{
	FILE *fp = fopen(path, "w");

	assert_non_null(fp);
	assert_int_equal(fwrite(text, 1, len, fp), len);
	assert_int_equal(fclose(fp), 0);
	buf_release(found);
	buf_release(problems);
	buf_text(found, "");
	buf_text(problems, "");
	assert_true(env_file_read(path, collect, found, problems));
}

static void
takes(const char *text, const char *expected)
{
	struct buf found = {0}, problems = {0};

	read_text(text, strlen(text), &found, &problems);
	assert_string_equal(problems.data, "");
	assert_string_equal(found.data, expected);
	buf_release(&found);
	buf_release(&problems);
}

static void
refuses(const char *text, size_t len, const char *problem)
{
	struct buf found = {0}, problems = {0}, expected = {0};

	read_text(text, len, &found, &problems);
	assert_string_equal(found.data, "");
	buf_printf(&expected, "%s:1: %s\n", path, problem);
	assert_string_equal(problems.data, expected.data);
	buf_release(&found);
	buf_release(&problems);
	buf_release(&expected);
}

static void
reads__plain_values(void **state)
{
	(void)state;
	takes("A=1\nB=two words\n", "1 A=[1]\n2 B=[two words]\n");
	takes("A=\nB= \t\nC=x", "1 A=[]\n2 B=[]\n3 C=[x]\n");
	takes("  A= x \t\n", "1 A=[x]\n");
	takes("_a9=a=b=c\n", "1 _a9=[a=b=c]\n");
	takes("A=$B \\n \"q\" it's\n", "1 A=[$B \\n \"q\" it's]\n");
	takes("export A=1\nexport\tB=2\nexport=3\nexported=4\n",
	    "1 A=[1]\n2 B=[2]\n3 export=[3]\n4 exported=[4]\n");
}

static void
skips__comments_and_blank_lines(void **state)
{
	(void)state;
	takes("# A=1\n\n \t \n  # x\nB=2", "5 B=[2]\n");
	takes("A=a#b # c # d\n", "1 A=[a#b]\n");
	takes("A=a\t#c\n", "1 A=[a]\n");
	takes("A=#b\nB= # c\nC=a #\n", "1 A=[#b]\n2 B=[]\n3 C=[a]\n");
	takes("", "");
}

static void
reads__quoted_values(void **state)
{
	(void)state;
	takes("A='a # \\n $x \" '  # c\n", "1 A=[a # \\n $x \" ]\n");
	takes("A=\"a # '$x' \\\\ \\\" \\$ \\n.\"#c\n",
	    "1 A=[a # '$x' \\ \" $ \n.]\n");
	takes("A=''\nB=\"\"\n", "1 A=[]\n2 B=[]\n");
}

static void
tolerates__crlf(void **state)
{
	(void)state;
	takes("A=1\r\n\r\n# c\r\nB='x'\r\nC=\"y\"\r\n",
	    "1 A=[1]\n4 B=[x]\n5 C=[y]\n");
	takes("A=a\rb\n", "1 A=[a\rb]\n");
}

static void
names_what_is_wrong(void **state)
{
	static const char *expected = "NAME=value is expected";

	(void)state;
	refuses("A", 1, expected);
	refuses("=1", 2, expected);
	refuses("A =1", 4, expected);
	refuses("1A=1", 4, expected);
	refuses("A-B=1", 5, expected);
	refuses("A.B=1", 5, expected);
	refuses("export", 6, expected);
	refuses("\xef\xbb\xbf"
		"A=1",
	    6, expected);
	refuses("A='x", 4, "the closing quote is missing");
	refuses("A=\"x", 4, "the closing quote is missing");
	refuses("A=\"x\\\"", 6, "the closing quote is missing");
	refuses("A='x'y", 6, "something follows the quote");
	refuses("A=\"x\" y", 7, "something follows the quote");
	refuses("A=\"\\t\"", 6, "only \\n \\\" \\\\ \\$ are known");
	refuses("A=\"x\\", 5, "only \\n \\\" \\\\ \\$ are known");
	refuses("A=1\0"
		"2",
	    5, "a NUL byte is in it");
}

static void
goes_on__after_a_bad_line(void **state)
{
	struct buf found = {0}, problems = {0};

	(void)state;
	read_text("A=1\nbad\nB=2\n'\n", 14, &found, &problems);
	assert_string_equal(found.data, "1 A=[1]\n3 B=[2]\n");
	assert_non_null(strstr(problems.data, ":2: "));
	assert_non_null(strstr(problems.data, ":4: "));
	buf_release(&found);
	buf_release(&problems);
}

static void
says__missing_and_unreadable(void **state)
{
	struct buf found = {0}, problems = {0};

	(void)state;
	assert_false(
	    env_file_read("/nonexistent/.env", collect, &found, &problems));
	assert_int_equal(problems.len, 0);
	assert_true(env_file_read("/tmp", collect, &found, &problems));
	assert_string_equal(problems.data, "/tmp: Is a directory\n");
	assert_int_equal(found.len, 0);
	buf_release(&problems);
}

static int
make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return (fd == -1 ? -1 : close(fd));
}

static int
remove_file(void **state)
{
	(void)state;
	return (unlink(path));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads__plain_values),
	    cmocka_unit_test(skips__comments_and_blank_lines),
	    cmocka_unit_test(reads__quoted_values),
	    cmocka_unit_test(tolerates__crlf),
	    cmocka_unit_test(names_what_is_wrong),
	    cmocka_unit_test(goes_on__after_a_bad_line),
	    cmocka_unit_test(says__missing_and_unreadable),
	};

	return (cmocka_run_group_tests(tests, make_file, remove_file));
}
