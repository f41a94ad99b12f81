/*
 * /v1 as clients of OpenAI's API see it: tests/sdk runs the official library,
 * LangChain and the Vercel AI SDK against a server.
 */
#include <signal.h>

#include "harness.h"

#define RUN_MS 60000

static int
start(void **state)
{
	static const char *const options[] = {
	    "DAILY_MESSAGE_LIMIT=1000", "RUNNING_PER_USER=20", NULL};

	*state = server_start(options);
	return (0);
}

static const char *
api_key(struct server *s, const struct user *u)
{
	struct reply *r = http_post(
	    s, u->token, "/auth/keys", "{\"name\":\"sdk\"}");

	assert_status(r, 201);
	return (reply_text(r, "key"));
}

/* Run a file of tests; what it says is shown when one of them fails. */
static void
run(struct server *s, const char *file)
{
	static int   number;
	struct user *u = user_new(s, scratch_printf("ann%d", ++number));
	struct user *limited = user_new(s, scratch_printf("ben%d", number));
	const char  *output = scratch_printf("%s/%s.out", s->folder, file);
	const char *environment[] = {scratch_printf("PATH=%s", setting("PATH")),
	    scratch_printf("BASE_URL=https://localhost:%d/v1", s->port),
	    scratch_printf("API_KEY=%s", api_key(s, u)),
	    scratch_printf("LIMITED_KEY=%s", limited->token),
	    scratch_printf("WORKERS=%d %d", (int)server_worker(s, 1),
		(int)server_worker(s, 2)),
	    scratch_printf(
		"NODE_EXTRA_CA_CERTS=%s/trusted.pem", setting("TEST_FOLDER")),
	    NULL};
	const char *argv[] = {"/usr/bin/env", "node", "--test", file, NULL};
	pid_t       pid;

	sql_run(
	    s, "UPDATE users SET daily_limit = 1 WHERE id = %lld", limited->id);
	pid = process_start(
	    scratch_printf("%s/tests/sdk", setting("TEST_CHECKOUT")), output,
	    environment, argv);
	if (process_wait(pid, RUN_MS) == 0)
		return;
	kill(pid, SIGTERM);
	fail_msg("%s", scratch_file(output));
}

static void
frameworks(void **state)
{
	run(*state, "frameworks.test.mjs");
	/* Nothing is left of what was not stored. */
	assert_int_equal(
	    sql_int(
		*state, "SELECT count(*) FROM turns WHERE conversation = 0"),
	    0);
}

/* Its last test kills the workers. */
static void
openai(void **state)
{
	struct server *s = *state;

	run(s, "openai.test.mjs");
	server_await_children(s);
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM turns WHERE conversation = 0"), 0);
	assert_int_equal(sql_int(s, "SELECT sum(running) FROM daily_usage"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(frameworks),
	    cmocka_unit_test(openai),
	};

	return (harness_run(tests, start));
}
