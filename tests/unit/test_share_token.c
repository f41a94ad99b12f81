/* links: core/share_token.c core/base64url.c | -lsodium */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "core/share_token.h"

static void
token__says_its_owner(void **state)
{
	static const int64_t owners[] = {1, 255, 256, 4294967296, INT64_MAX};
	char                 a[SHARE_TOKEN_SIZE], b[SHARE_TOKEN_SIZE];
	int64_t              owner;
	size_t               i;

	(void)state;
	for (i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		share_token_new(owners[i], a);
		share_token_new(owners[i], b);
		assert_string_not_equal(a, b);
		assert_int_equal(strlen(a), SHARE_TOKEN_SIZE - 1);
		assert_true(share_token_owner(a, &owner));
		assert_int_equal(owner, owners[i]);
	}
}

static void
token__refuses_others(void **state)
{
	char    token[SHARE_TOKEN_SIZE + 1];
	int64_t owner;
	size_t  i;

	(void)state;
	assert_false(share_token_owner("", &owner));
	share_token_new(7, token);
	for (i = 0; i < SHARE_TOKEN_SIZE - 1; i++) {
		char kept = token[i];

		token[i] = '/';
		assert_false(share_token_owner(token, &owner));
		token[i] = '\x9e'; /* libsodium would take it for _ */
		assert_false(share_token_owner(token, &owner));
		token[i] = '\0';
		assert_false(share_token_owner(token, &owner));
		token[i] = kept;
	}
	strcat(token, "A");
	assert_false(share_token_owner(token, &owner));
	/* Nobody's, and a negative number. */
	share_token_new(0, token);
	assert_false(share_token_owner(token, &owner));
	share_token_new(-1, token);
	assert_false(share_token_owner(token, &owner));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(token__says_its_owner),
	    cmocka_unit_test(token__refuses_others),
	};

	if (sodium_init() == -1)
		return (1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
