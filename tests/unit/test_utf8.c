/*
 * UTF-8 against the tables of RFC 3629 and The Unicode Standard, section 3.9.
 */
/* links: core/utf8.c | */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/utf8.h"

/* Measured at the end of the heap, so that ASan sees one byte too far. */
static int
measure(const char *text, size_t len)
{
	char *copy = malloc(len);
	int   size;

	assert_non_null(copy);
	memcpy(copy, text, len);
	size = utf8_measure(copy, len);
	free(copy);
	return (size);
}

/* Encode without a check; returns the length. */
static size_t
encode(uint32_t c, char *out)
{
	size_t  i, n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	uint8_t lead = n == 1 ? 0 : (uint8_t)(0xf00 >> n);

	for (i = n - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	out[0] = (char)(lead | c);
	out[n] = '\0';
	return (n);
}

static void
takes__every_code_point(void **state)
{
	const char *p;
	char        text[5];
	uint32_t    c;
	size_t      n;

	(void)state;
	for (c = 1; c <= 0x10ffff; c++) {
		n = encode(c, text);
		p = text;
		if (c >= 0xd800 && c <= 0xdfff) {
			assert_int_equal(utf8_measure(text, n), -1);
			continue;
		}
		assert_int_equal(utf8_measure(text, n), n);
		assert_int_equal(utf8_next(&p), c);
		assert_ptr_equal(p, text + n);
	}
	for (; c < 0x1fffff; c += 0x111) {
		n = encode(c, text);
		assert_int_equal(utf8_measure(text, n), -1);
	}
}

static void
measures__maximal_subparts(void **state)
{
	(void)state;
	assert_int_equal(measure("\x80", 1), -1);
	assert_int_equal(measure("\xc0\x80", 2), -1);
	assert_int_equal(measure("\xc1\xbf", 2), -1);
	assert_int_equal(measure("\xe0\x9f\xbf", 3), -1);
	assert_int_equal(measure("\xf0\x8f\xbf\xbf", 4), -1);
	assert_int_equal(measure("\xf4\x90\x80\x80", 4), -1);
	assert_int_equal(measure("\xf5\x80\x80\x80", 4), -1);
	assert_int_equal(measure("\xff", 1), -1);
	assert_int_equal(measure("\xc3", 1), -1);
	assert_int_equal(measure("\xe2\x82", 2), -2);
	assert_int_equal(measure("\xf0\x9f\x98", 3), -3);
	assert_int_equal(measure("\xf0\x9f\x98"
				 "A",
			     4),
	    -3);
	assert_int_equal(measure("\xe2"
				 "A\x82",
			     3),
	    -1);
	assert_int_equal(measure("\0", 1), 1);
}

static void
replaces__what_is_ill_formed(void **state)
{
	const char *p = "a\xf0\x9f\x98"
			"b\xc3";

	(void)state;
	assert_int_equal(utf8_next(&p), 'a');
	assert_int_equal(utf8_next(&p), 0xfffd);
	assert_int_equal(utf8_next(&p), 'b');
	assert_int_equal(utf8_next(&p), 0xfffd);
	assert_int_equal(utf8_next(&p), 0);
	assert_int_equal(utf8_next(&p), 0);
	assert_string_equal(p, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes__every_code_point),
	    cmocka_unit_test(measures__maximal_subparts),
	    cmocka_unit_test(replaces__what_is_ill_formed),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
