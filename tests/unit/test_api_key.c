/*
 * API keys: what is made is read back, and nothing else is read.
 */
/* links: core/api_key.c core/base64url.c core/secret.c core/uuid.c | -lsodium */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/api_key.h"

#define SECRET "Rk3VZ0v9mS1xT7qLwPz4bNfYcUa8HdJe"

static void
parses__what_it_formats(void **state)
{
	struct api_key key, read;
	char           text[API_KEY_SIZE];

	(void)state;
	api_key_new(&key, 0x0102030405060708);
	api_key_format(&key, text);
	assert_int_equal(strlen(text), 85);
	assert_true(api_key_is(text));
	assert_true(api_key_parse(text, &read));
	assert_memory_equal(read.id.bytes, key.id.bytes, 16);
	assert_memory_equal(read.secret, key.secret, 32);
	assert_true(read.user_id == key.user_id);
}

/* By hand: bytes 0 to 15, the user 7, bytes 32 to 63. */
static void
parses__a_known_one(void **state)
{
	struct api_key key;
	struct actor   actor;
	char           prefix[API_KEY_PREFIX_SIZE], again[API_KEY_SIZE];
	const char    *text = "sk-aichat-AAECAwQFBgcICQoLDA0ODwAAAAAAAAAH"
			      "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8";
	int            i;

	(void)state;
	assert_true(api_key_parse(text, &key));
	assert_true(key.user_id == 7);
	for (i = 0; i < 16; i++)
		assert_int_equal(key.id.bytes[i], i);
	for (i = 0; i < 32; i++)
		assert_int_equal(key.secret[i], 32 + i);
	api_key_format(&key, again);
	assert_string_equal(again, text);
	api_key_prefix(&key, prefix);
	assert_string_equal(prefix, "sk-aichat-AAECAwQF");
	api_key_actor(&key, &actor);
	assert_true(actor.user_id == 7);
	assert_memory_equal(actor.credential.bytes, key.id.bytes, 16);
	/* sha256sum of those 32 bytes */
	assert_string_equal(actor.key_hash,
	    "\\x72dbb7336c76780023f83da4c355f2eeea85733b13d3477697917790"
	    "c1229084");
}

static void
parses__nothing_else(void **state)
{
	static const char *const texts[] = {
	    "",
	    "sk-aichat-",
	    "sk-aichat",
	    "sk-aichat-AAAA",
	    /* One character short, one too many, padded, of another alphabet, a
	     * last digit whose low bits are set, user 0, a negative user, no
	     * ASCII (libsodium would take it for _). */
	    "sk-aichat-AAECAwQFBgcICQoLDA0ODwAAAAAAAAAH"
	    "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj",
	    "sk-aichat-AAECAwQFBgcICQoLDA0ODwAAAAAAAAAH"
	    "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8A",
	    "sk-aichat-AAECAwQFBgcICQoLDA0ODwAAAAAAAAAH"
	    "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
	    "sk-aichat-AAECAwQFBgcICQoLDA0ODwAAAAAAAAAH"
	    "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj+",
	    "sk-aichat-AAECAwQFBgcICQoLDA0ODwAAAAAAAAAH"
	    "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj9",
	    "sk-aichat-AAECAwQFBgcICQoLDA0ODwAAAAAAAAAA"
	    "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8",
	    "sk-aichat-AAECAwQFBgcICQoLDA0OD_________8H"
	    "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8",
	    "sk-aichat-AAECAwQFBgcICQoLDA0OD\x9e\xff"
	    "AAAAAAAAH"
	    "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8",
	    "sk-openai-AAECAwQFBgcICQoLDA0ODwAAAAAAAAAH"
	    "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8",
	    "SK-aichat-AAECAwQFBgcICQoLDA0ODwAAAAAAAAAH"
	    "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8",
	};
	struct api_key key;
	size_t         i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (api_key_parse(texts[i], &key))
			fail_msg("parsed %s", texts[i]);
}

static bool
equal(const struct api_key *a, const struct api_key *b)
{
	return (memcmp(a->id.bytes, b->id.bytes, 16) == 0 ||
	    memcmp(a->secret, b->secret, 32) == 0);
}

static void
derives__the_same_from_the_same(void **state)
{
	struct api_key one, two;

	(void)state;
	api_key_derive(&one, 7, SECRET, "text");
	api_key_derive(&two, 7, SECRET, "text");
	assert_memory_equal(one.id.bytes, two.id.bytes, 16);
	assert_memory_equal(one.secret, two.secret, 32);
	api_key_derive(&two, 8, SECRET, "text");
	assert_false(equal(&one, &two));
	api_key_derive(&two, 7, SECRET, "texts");
	assert_false(equal(&one, &two));
	api_key_derive(&two, 7, SECRET "x", "text");
	assert_false(equal(&one, &two));
	api_key_new(&one, 7);
	api_key_new(&two, 7);
	assert_false(equal(&one, &two));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parses__what_it_formats),
	    cmocka_unit_test(parses__a_known_one),
	    cmocka_unit_test(parses__nothing_else),
	    cmocka_unit_test(derives__the_same_from_the_same),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
