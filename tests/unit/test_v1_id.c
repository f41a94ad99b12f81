/*
 * Identifiers of /v1: what is written is read again, and nothing else is.
 */
/* links: api/v1_id.c core/uuid.c | -lsodium */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "api/v1_id.h"

#define HEX "0192f0a41b2c7d3e8f90a1b2c3d4e5f6"

static const struct {
	enum v1_id  kind;
	const char *text;
} ids[] = {
    {V1_ID_RESPONSE, "resp_" HEX},
    {V1_ID_CONVERSATION, "conv_" HEX},
    {V1_ID_MESSAGE, "msg_" HEX},
    {V1_ID_PROMPT, "msg_" HEX "_in"},
    {V1_ID_COMPLETION, "chatcmpl-" HEX},
};

#define COUNT (sizeof(ids) / sizeof(ids[0]))

static void
writes_what_it_reads(void **state)
{
	struct uuid id, expected;
	char        text[V1_ID_SIZE];
	size_t      i;

	(void)state;
	assert_true(
	    uuid_parse("0192f0a4-1b2c-7d3e-8f90-a1b2c3d4e5f6", &expected));
	for (i = 0; i < COUNT; i++) {
		assert_true(v1_id_parse(ids[i].kind, ids[i].text, &id));
		assert_memory_equal(&id, &expected, sizeof(id));
		v1_id_format(ids[i].kind, &id, text);
		assert_string_equal(text, ids[i].text);
	}
}

static void
reads_one_kind_only(void **state)
{
	struct uuid id;
	size_t      a, b;

	(void)state;
	for (a = 0; a < COUNT; a++)
		for (b = 0; b < COUNT; b++)
			assert_int_equal(
			    v1_id_parse(ids[a].kind, ids[b].text, &id), a == b);
}

static void
refuses_anything_else(void **state)
{
	static const char *const texts[] = {"", "resp_", "resp", HEX,
	    "resp_" HEX "0", "resp_0192f0a41b2c7d3e8f90a1b2c3d4e5f",
	    "resp_0192F0A41B2C7D3E8F90A1B2C3D4E5F6",
	    "resp_0192f0a4-1b2c-7d3e-8f90-a1b2c3d4", "resp_" HEX " ",
	    "resp_0192f0a41b2c7d3e8f90a1b2c3d4e5fg", "Resp_" HEX};
	struct uuid              id;
	size_t                   i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(v1_id_parse(V1_ID_RESPONSE, texts[i], &id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_what_it_reads),
	    cmocka_unit_test(reads_one_kind_only),
	    cmocka_unit_test(refuses_anything_else),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
