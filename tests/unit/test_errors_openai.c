/*
 * The errors as /v1 tells them: every one has a type and a code, and those
 * OpenAI's clients act on are as they know them.
 */
/* links: core/errors.c core/errors_openai.c | */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/errors_openai.h"

static const struct {
	enum error  error;
	const char *type;
	const char *code;
} known[] = {
    {ERR_TOKEN_MISSING, "invalid_request_error", "invalid_api_key"},
    {ERR_TOKEN_REVOKED, "invalid_request_error", "invalid_api_key"},
    {ERR_INVALID_FIELD, "invalid_request_error", "invalid_value"},
    {ERR_MODEL_NOT_FOUND, "invalid_request_error", "model_not_found"},
    {ERR_RATE_LIMIT_REACHED, "insufficient_quota", "insufficient_quota"},
    {ERR_KEY_LIMIT_REACHED, "insufficient_quota", "insufficient_quota"},
    {ERR_TOO_MANY_RUNNING, "rate_limit_exceeded", "rate_limit_exceeded"},
    {ERR_UPSTREAM_ERROR, "server_error", "upstream_error"},
    {ERR_UPSTREAM_TIMEOUT, "server_error", "upstream_timeout"},
    {ERR_OVERLOADED, "service_unavailable_error", "overloaded"},
    {ERR_NOT_FOUND, "invalid_request_error", "not_found"},
};

static void
names_known_ones(void **state)
{
	struct error_openai names;
	size_t              i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		names = error_openai(known[i].error);
		assert_string_equal(names.type, known[i].type);
		assert_string_equal(names.code, known[i].code);
	}
}

/* A wrong key is not tried again, a used-up quota neither: no 401 and no 429
 * may be called anything else. */
static void
names_all(void **state)
{
	struct error_openai names;
	const char         *message;
	int                 e, status;

	(void)state;
	for (e = ERR_NONE; e <= ERR__MAX; e++) {
		names = error_openai((enum error)e);
		status = error_info((enum error)e)->status;
		message = error_info((enum error)e)->message;
		assert_true(strlen(message) > 0);
		assert_true(strlen(names.type) > 0 && strlen(names.code) > 0);
		assert_int_equal(status < 500,
		    strcmp(names.type, "server_error") != 0 &&
			strcmp(names.type, "service_unavailable_error") != 0);
		assert_int_equal(status == 429,
		    strcmp(names.type, "insufficient_quota") == 0 ||
			strcmp(names.type, "rate_limit_exceeded") == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_known_ones),
	    cmocka_unit_test(names_all),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
