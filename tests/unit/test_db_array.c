/* links: core/db_array.c core/buf.c | */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/db_array.h"

static char bound[256];

/* In place of core/db_call.c's. */
void
db_bind_text(struct db_call *call, const char *text)
{
	assert_null(call);
	strcpy(bound, text);
}

static void
array__quotes_what_is_special(void **state)
{
	struct buf array = {0};

	(void)state;
	db_array_add(&array, "a", 1);
	db_array_add(&array, "", 0);
	db_array_add(&array, NULL, 0);
	db_array_add(&array, "NULL", 4);
	db_array_add(&array, "{\"b\\,", 5);
	db_bind_array(NULL, &array);
	assert_string_equal(
	    bound, "{\"a\",\"\",NULL,\"NULL\",\"{\\\"b\\\\,\"}");
	assert_null(array.data);
}

static void
array__may_be_empty(void **state)
{
	struct buf array = {0};

	(void)state;
	db_bind_array(NULL, &array);
	assert_string_equal(bound, "{}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(array__quotes_what_is_special),
	    cmocka_unit_test(array__may_be_empty),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
