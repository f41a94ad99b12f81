/*
 * The growable buffer: growth, terminating NUL, and release.
 */
/* links: core/buf.c | -Wl,--wrap=free */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"

void __real_free(void *);
void __wrap_free(void *);

static const char  secret[] = "a secret of 20 bytes";
static const char *watched; /* block whose end is looked at */
static bool        wiped;

void
__wrap_free(void *p)
{
	if (p != NULL && p == watched)
		wiped = memmem(p, 256, secret + 1, strlen(secret + 1)) == NULL;
	__real_free(p);
}

static void
appends__bytes_text_char(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_append(&b, "a\0b", 3);
	buf_text(&b, "cd");
	buf_char(&b, 'e');
	buf_char(&b, '\0');
	assert_int_equal(b.len, 7);
	assert_memory_equal(b.data, "a\0bcde\0", 8);
	buf_release(&b);
}

static void
appends__nothing(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_append(&b, NULL, 0);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	buf_text(&b, "x");
	buf_text(&b, "");
	assert_string_equal(b.data, "x");
	buf_release(&b);
}

/* One byte at a time over every size at which it grows. */
static void
grows__byte_by_byte(void **state)
{
	struct buf b = {0};
	size_t     i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		buf_char(&b, (char)('a' + i % 26));
		assert_int_equal(b.len, i + 1);
		assert_true(b.cap > b.len);
		assert_int_equal(b.data[b.len], '\0');
	}
	for (i = 0; i < 5000; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	buf_release(&b);
}

static void
grows__at_once(void **state)
{
	struct buf b = {0};
	char      *big = malloc(1 << 20);
	size_t     n;

	(void)state;
	assert_non_null(big);
	memset(big, 'z', 1 << 20);
	for (n = 250; n < 260; n++) {
		buf_append(&b, big, n);
		assert_int_equal(b.len, n);
		assert_int_equal(strlen(b.data), n);
		buf_release(&b);
	}
	buf_text(&b, "head");
	buf_append(&b, big, 1 << 20);
	assert_int_equal(b.len, 4 + (1 << 20));
	assert_int_equal(strlen(b.data), b.len);
	assert_memory_equal(b.data, "headzzzz", 8);
	buf_release(&b);
	free(big);
}

static void
reserves__without_a_change(void **state)
{
	struct buf b = {0};
	char      *data;

	(void)state;
	buf_text(&b, "kept");
	buf_reserve(&b, 10000);
	assert_true(b.cap > 10000 + 4);
	assert_string_equal(b.data, "kept");
	assert_int_equal(b.len, 4);
	data = b.data;
	buf_reserve(&b, 10000);
	assert_ptr_equal(b.data, data);
	buf_release(&b);
}

static void
prints__short_and_long(void **state)
{
	struct buf b = {0};
	int        i;

	(void)state;
	buf_printf(&b, "%s", "");
	assert_string_equal(b.data, "");
	buf_printf(&b, "%d-%s|", 42, "x");
	buf_printf(&b, "%c", 0);
	assert_int_equal(b.len, 6);
	assert_memory_equal(b.data, "42-x|\0", 7);
	buf_release(&b);
	/* Lengths around the first capacity. */
	for (i = 250; i < 260; i++) {
		buf_printf(&b, "%0*d", i, 7);
		assert_int_equal(b.len, i);
		assert_int_equal(strlen(b.data), i);
		assert_int_equal(b.data[i - 1], '7');
		buf_release(&b);
	}
}

static void
writes__numbers(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_int(&b, 0);
	buf_int(&b, -7);
	buf_int(&b, INT64_MAX);
	buf_int(&b, INT64_MIN);
	assert_string_equal(
	    b.data, "0-79223372036854775807-9223372036854775808");
	buf_release(&b);
}

static void
consumes__from_the_front(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_consume(&b, 0);
	assert_null(b.data);
	buf_text(&b, "abcdef");
	buf_consume(&b, 0);
	assert_string_equal(b.data, "abcdef");
	buf_consume(&b, 2);
	assert_string_equal(b.data, "cdef");
	assert_int_equal(b.len, 4);
	buf_consume(&b, 4);
	assert_string_equal(b.data, "");
	assert_int_equal(b.len, 0);
	buf_text(&b, "again");
	assert_string_equal(b.data, "again");
	buf_release(&b);
}

static void
releases__twice_and_reuses(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_release(&b);
	buf_wipe(&b);
	buf_text(&b, "secret");
	buf_wipe(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.cap, 0);
	buf_wipe(&b);
	buf_text(&b, "x");
	buf_release(&b);
	buf_release(&b);
	assert_null(b.data);
}

static bool
is_wiped_by(void (*release)(struct buf *))
{
	struct buf b = {0};

	buf_text(&b, secret);
	buf_consume(&b, strlen(secret)); /* leaves it behind the end */
	assert_int_equal(b.cap, 256);
	watched = b.data;
	wiped = false;
	release(&b);
	watched = NULL;
	return (wiped);
}

static void
wipes__before_freeing(void **state)
{
	(void)state;
	assert_true(is_wiped_by(buf_wipe));
	assert_false(is_wiped_by(buf_release));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(appends__bytes_text_char),
	    cmocka_unit_test(appends__nothing),
	    cmocka_unit_test(grows__byte_by_byte),
	    cmocka_unit_test(grows__at_once),
	    cmocka_unit_test(reserves__without_a_change),
	    cmocka_unit_test(prints__short_and_long),
	    cmocka_unit_test(writes__numbers),
	    cmocka_unit_test(consumes__from_the_front),
	    cmocka_unit_test(releases__twice_and_reuses),
	    cmocka_unit_test(wipes__before_freeing),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
