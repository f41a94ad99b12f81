/*
 * Titles by a model: asked for once, after the first answer, and never in the
 * way of one the user gave.
 */
#include "harness.h"
#include "harness_upstream.h"

#define WAIT_MS  10000
#define STAYS_MS 500

static struct upstream *upstream;

static int
start(void **state)
{
	upstream = upstream_start();
	*state = server_start(upstream_options(
	    upstream, "TITLE_MODEL=claude\nUPSTREAM_RETRIES=0\n"));
	return (0);
}

static const char *
title(struct server *s, const struct user *u, int number)
{
	return (sql_text(s,
	    "SELECT title FROM conversations WHERE user_id = %lld"
	    " AND number = %d",
	    u->id, number));
}

static bool
becomes(struct server *s, const struct user *u, int number, const char *wanted,
    long ms)
{
	long long deadline = now_ms() + ms;

	while (now_ms() < deadline) {
		if (strcmp(title(s, u, number), wanted) == 0)
			return (true);
		sleep_ms(20);
	}
	return (false);
}

static void
title__comes_from_the_model(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	const char    *prompt = upstream_prompt("");
	int            number = conversation_new(s, u->token);

	assert_status(chat_send(s, u->token, number, "gpt", prompt), 200);
	assert_true(becomes(s, u, number, UPSTREAM_GREETING, WAIT_MS));
	/* It costs no message. */
	assert_int_equal(
	    sql_int(
		s, "SELECT used FROM daily_usage WHERE user_id = %lld", u->id),
	    1);
	/* One's own stays, whatever is said next. */
	sql_run(s,
	    "UPDATE conversations SET title = 'mine' WHERE user_id = %lld",
	    u->id);
	assert_status(
	    chat_send(s, u->token, number, "gpt", upstream_prompt("")), 200);
	assert_false(becomes(s, u, number, UPSTREAM_GREETING, STAYS_MS));
	assert_string_equal(title(s, u, number), "mine");
}

/* The one model that fails is the one that is asked for titles. */
static void
title__stays_when_the_model_fails(void **state)
{
	struct server *s = *state, *broken;
	struct user   *u = user_new(s, "ben");
	int            number = conversation_new(s, u->token);
	long long      deadline = now_ms() + WAIT_MS;

	broken = server_start_beside(s,
	    upstream_options(upstream,
		scratch_printf("TITLE_MODEL=broken\n%s",
		    upstream_models_file(
			"[{\"id\":\"broken\",\"provider\":\"openai\",\"model\":"
			"\"x\",\"api_key\":\"x\",\"base_url\":"
			"\"http://127.0.0.1:1\"}]"))));
	assert_status(
	    chat_send(broken, u->token, number, "gpt", "a question"), 200);
	while (strstr(scratch_file(broken->log), "title_failed") == NULL) {
		assert_true(now_ms() < deadline);
		sleep_ms(20);
	}
	assert_string_equal(title(s, u, number), "a question");
}

static void
settings__name_a_real_model(void **state)
{
	static const char *const options[] = {"TITLE_MODEL=gpt", NULL};
	struct server           *s = server_prepare(options);
	const char              *said;

	(void)state;
	assert_int_not_equal(server_command(s, "serve", &said), 0);
	assert_non_null(strstr(said, "TITLE_MODEL"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(title__comes_from_the_model),
	    cmocka_unit_test(title__stays_when_the_model_fails),
	    cmocka_unit_test(settings__name_a_real_model),
	};

	return (harness_run(tests, start));
}
