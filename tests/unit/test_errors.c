/*
 * The table of errors: complete, consistent, and true to the contract's words.
 */
/* links: core/errors.c | */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/errors.h"

/* What the clients of the Flask service match on. */
static const struct {
	enum error  error;
	int         status;
	const char *message;
} contract[] = {
    {ERR_SIGNUP_MISSING, 400, "Missing email, username, or password"},
    {ERR_EMAIL_TAKEN, 409, "Email already exists"},
    {ERR_USERNAME_TAKEN, 409, "Username already exists"},
    {ERR_LOGIN_MISSING, 400, "Missing username or password"},
    {ERR_BAD_CREDENTIALS, 401, "Bad credentials"},
    {ERR_CHAT_MISSING, 400, "Missing model, prompt, or conversation_number"},
    {ERR_CONVERSATION_NOT_FOUND, 404, "Conversation not found"},
    {ERR_RATE_LIMIT_REACHED, 429, "Rate limit reached"},
};

static void
keeps_contract(void **state)
{
	const struct error_info *info;
	size_t                   i;

	(void)state;
	for (i = 0; i < sizeof(contract) / sizeof(contract[0]); i++) {
		info = error_info(contract[i].error);
		assert_int_equal(info->status, contract[i].status);
		assert_string_equal(info->message, contract[i].message);
	}
}

static void
fills_every_row(void **state)
{
	const struct error_info *info;
	int                      e;

	(void)state;
	for (e = ERR_NONE + 1; e < ERR__MAX; e++) {
		info = error_info((enum error)e);
		assert_in_range(info->status, 400, 599);
		assert_true(strlen(info->code) > 0);
		assert_int_equal(
		    strspn(info->code, "abcdefghijklmnopqrstuvwxyz_"),
		    strlen(info->code));
		assert_true(isupper((unsigned char)info->message[0]));
		assert_int_not_equal(
		    info->message[strlen(info->message) - 1], '.');
	}
}

/* A 401 is answered with WWW-Authenticate: only these may be one. */
static void
says_401__of_credentials_only(void **state)
{
	const struct error_info *info;
	int                      e;

	(void)state;
	for (e = ERR_NONE + 1; e < ERR__MAX; e++) {
		info = error_info((enum error)e);
		assert_int_equal(info->status == 401,
		    strncmp(info->code, "token_", 6) == 0 ||
			e == ERR_BAD_CREDENTIALS || e == ERR_OTP_REQUIRED ||
			e == ERR_BAD_OTP);
	}
}

static void
gives_codes_once(void **state)
{
	int a, b;

	(void)state;
	for (a = ERR_NONE + 1; a < ERR__MAX; a++)
		for (b = a + 1; b < ERR__MAX; b++)
			assert_string_not_equal(error_info((enum error)a)->code,
			    error_info((enum error)b)->code);
}

static void
falls_back__out_of_range(void **state)
{
	const struct error_info *internal = error_info(ERR_INTERNAL);

	(void)state;
	assert_int_equal(internal->status, 500);
	assert_ptr_equal(error_info(ERR_NONE), internal);
	assert_ptr_equal(error_info(ERR__MAX), internal);
	assert_ptr_equal(error_info((enum error)(ERR__MAX + 1)), internal);
	assert_ptr_not_equal(error_info((enum error)(ERR__MAX - 1)), internal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_contract),
	    cmocka_unit_test(fills_every_row),
	    cmocka_unit_test(says_401__of_credentials_only),
	    cmocka_unit_test(gives_codes_once),
	    cmocka_unit_test(falls_back__out_of_range),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
