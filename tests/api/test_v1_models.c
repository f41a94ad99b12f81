/*
 * GET /v1/models, and what every reply below /v1 has: OpenAI's error bodies,
 * also where no endpoint is.
 */
#include "harness.h"

static int
start(void **state)
{
	*state = server_start(NULL);
	return (0);
}

static void
models__are_listed(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	struct reply  *r = http_get(s, u->token, "/v1/models");
	const cJSON   *data;

	assert_status(r, 200);
	assert_string_equal(reply_text(r, "object"), "list");
	data = cJSON_GetObjectItem(r->json, "data");
	assert_int_equal(cJSON_GetArraySize(data), 3);
	assert_string_equal(cJSON_PrintUnformatted(cJSON_GetArrayItem(data, 1)),
	    "{\"id\":\"claude\",\"object\":\"model\",\"created\":1735689600,"
	    "\"owned_by\":\"aichat\"}");
}

static void
models__are_found_in_any_case(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ben");
	struct reply  *r = http_get(s, u->token, "/v1/models/GPT");

	assert_status(r, 200);
	assert_string_equal(reply_text(r, "id"), "gpt");
	r = http_get(s, u->token, "/v1/models/gpt-99");
	assert_v1_invalid(r, 404, "model_not_found", "model");
}

static void
errors__are_openais_on_every_path(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "cem");
	struct reply  *r;

	assert_v1_invalid(
	    http_get(s, NULL, "/v1/models"), 401, "invalid_api_key", NULL);
	assert_v1_invalid(http_get(s, "nonsense", "/v1/models/gpt"), 401,
	    "invalid_api_key", NULL);
	assert_v1_invalid(
	    http_get(s, u->token, "/v1/nothing"), 404, "not_found", NULL);
	assert_v1_invalid(http_post(s, u->token, "/v1/models", "{}"), 405,
	    "method_not_allowed", NULL);
	/* And everywhere else they are not. */
	r = http_get(s, u->token, "/v1nothing");
	assert_error(r, 404, "not_found");
}

static void
models__need_a_user_who_may_act(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "dan");

	sql_run(
	    s, "UPDATE users SET disabled_at = now() WHERE id = %lld", u->id);
	assert_v1_invalid(
	    http_get(s, u->token, "/v1/models"), 401, "invalid_api_key", NULL);
	assert_v1_invalid(http_get(s, u->token, "/v1/models/gpt"), 401,
	    "invalid_api_key", NULL);
}

/* The page of another origin may read what it needs to wait. */
static void
headers__are_exposed(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "eva");
	struct request q = {.path = "/v1/models",
	    .token = u->token,
	    .headers = {"Origin: https://example.com"}};
	struct reply  *r = http_call(s, &q);
	const char    *exposed;

	exposed = reply_header(r, "Access-Control-Expose-Headers");
	assert_non_null(strstr(exposed, "X-RateLimit-Remaining-Requests"));
	assert_non_null(strstr(exposed, "X-Should-Retry"));
	assert_header(r, "OpenAI-Processing-Ms", NULL);
	/* 290 bytes that nobody else reads. */
	r = http_get(s, u->token, "/v1/models");
	assert_null(reply_header(r, "Access-Control-Expose-Headers"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(models__are_listed),
	    cmocka_unit_test(models__are_found_in_any_case),
	    cmocka_unit_test(errors__are_openais_on_every_path),
	    cmocka_unit_test(models__need_a_user_who_may_act),
	    cmocka_unit_test(headers__are_exposed),
	};

	return (harness_run(tests, start));
}
