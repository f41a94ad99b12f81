/*
 * The end of a server when it does not go smoothly: answers that take too long,
 * impatience, and deaths meanwhile.
 */
#include <signal.h>

#include "harness_drain.h"

#define WAIT_MS 10000

/* An answer that takes too long is stored as far as it came, and its message
 * is not charged when nothing came. */
static void
answers__are_handed_over(void **state)
{
	const char *options[] = {
	    "DRAIN_SECONDS=1", "MOCK_FAULTS=1", "IDLE_TIMEOUT_MS=60000", NULL};
	struct server *s = server_start(options);
	struct user   *u = leaving_user(s), *left = leaving_user(s);
	struct sse    *stream, *abandoned;

	(void)state;
	stream = sse_chat(s, u->token, 1, "gpt", "!stall one two three");
	abandoned = sse_chat(s, left->token, 1, "gpt", "!stall a b c d");
	assert_true(sse_wait(stream, 3, WAIT_MS));
	assert_true(sse_wait(abandoned, 3, WAIT_MS));
	sse_close(abandoned);
	server_tell_to_end(s, SIGTERM);
	assert_true(sse_wait_end(stream, WAIT_MS));
	assert_string_equal(sse_last(stream)->name, "error");
	assert_non_null(strstr(sse_last(stream)->data, "interrupted"));
	server_assert_ends(s, 4000);
	assert_int_equal(
	    sql_int(s,
		"SELECT count(*) FROM turns WHERE status = 'interrupted'"
		" AND response LIKE '[GPT]%%'"),
	    2);
	assert_string_equal(sql_text(s,
				"SELECT response FROM turns"
				" WHERE user_id = %lld",
				u->id),
	    sse_text(stream));
	assert_int_equal(sql_int(s, "SELECT sum(running) FROM daily_usage"), 0);
	sse_close(stream);
}

/* A second signal is from somebody who does not want to wait. */
static void
second_signal__hurries(void **state)
{
	const char *options[] = {
	    "MOCK_FAULTS=1", "IDLE_TIMEOUT_MS=60000", NULL};
	struct server *s = server_start(options);
	struct user   *u = leaving_user(s);
	struct sse    *stream;

	(void)state;
	stream = sse_chat(s, u->token, 1, "gpt", "!stall one two three");
	assert_true(sse_wait(stream, 3, WAIT_MS));
	server_tell_to_end(s, SIGTERM);
	assert_int_equal(process_wait(s->pid, 500), -1);
	assert_int_equal(kill(s->pid, SIGTERM), 0);
	server_assert_ends(s, 3000);
	assert_int_equal(
	    sql_int(
		s, "SELECT count(*) FROM turns WHERE status = 'interrupted'"),
	    1);
	sse_close(stream);
}

/* A worker that dies then is not waited for, and not replaced. */
static void
dead_worker__is_not_waited_for(void **state)
{
	const char    *options[] = {"MOCK_FAULTS=1", NULL};
	struct server *s = server_start(options);
	struct user   *u = leaving_user(s);
	struct process children[CHILDREN_MAX];
	struct sse    *stream;
	size_t         i, n;

	(void)state;
	stream = sse_chat(s, u->token, 1, "gpt", "!stall one two three");
	assert_true(sse_wait(stream, 3, WAIT_MS));
	server_tell_to_end(s, SIGTERM);
	assert_int_equal(process_wait(s->pid, 300), -1);
	n = process_children(s->pid, children);
	for (i = 0; i < n; i++)
		if (strstr(children[i].title, "[wrk") != NULL)
			kill(children[i].pid, SIGKILL);
	server_assert_ends(s, 1000);
	sse_close(stream);
}

/* Without it nobody can come in: what runs is handed over at once, and who
 * starts the server anew does not wait for it. */
static void
dead_key_process__hurries(void **state)
{
	const char    *options[] = {"MOCK_FAULTS=1", "IDLE_TIMEOUT_MS=60000",
	       "DRAIN_DELAY_SECONDS=9", NULL};
	struct server *s = server_start(options);
	struct user   *u = leaving_user(s);
	struct process children[CHILDREN_MAX];
	struct sse    *stream;
	size_t         i, n = process_children(s->pid, children);

	(void)state;
	stream = sse_chat(s, u->token, 1, "gpt", "!stall one two three");
	assert_true(sse_wait(stream, 3, WAIT_MS));
	http_end();
	for (i = 0; i < n; i++)
		if (strcmp(children[i].title, "[keymgr]") == 0)
			kill(children[i].pid, SIGKILL);
	server_assert_ends(s, 3000);
	assert_int_equal(
	    sql_int(
		s, "SELECT count(*) FROM turns WHERE status = 'interrupted'"),
	    1);
	sse_close(stream);
}

/* At any moment of the start. */
static void
early_signal__ends_it_too(void **state)
{
	struct server *s = server_prepare(NULL);
	const char    *argv[] = {setting("TEST_BINARY"), "serve", NULL};
	pid_t          pid;
	int            i, status;

	(void)state;
	server_migrate(s);
	for (i = 0; i < 12; i++) {
		s->port = free_port();
		pid = process_start(
		    s->folder, s->log, server_environment(s), argv);
		sleep_ms(i * 15);
		kill(pid, SIGTERM);
		status = process_wait(pid, 5000);
		/* Before it listens to signals it is simply gone. */
		if (status != 0 && status != 128 + SIGTERM)
			fail_msg("status %d after %d ms: %s", status, i * 15,
			    scratch_file(s->log));
	}
}

/* As Ctrl-C and some supervisors do it. */
static void
every_process_is_told(void **state)
{
	struct server *s = server_start(NULL);
	struct user   *u = leaving_user(s);
	struct sse    *stream = sse_chat(s, u->token, 1, "gpt", LEAVING_WORDS);
	struct process children[CHILDREN_MAX];
	size_t         i, n = process_children(s->pid, children);

	(void)state;
	assert_true(sse_wait(stream, 2, WAIT_MS));
	server_tell_to_end(s, SIGINT);
	for (i = 0; i < n; i++)
		kill(children[i].pid, SIGINT);
	assert_true(sse_wait_end(stream, WAIT_MS));
	sse_assert_whole(stream, 0, "done");
	sse_close(stream);
	server_assert_ends(s, WAIT_MS);
}

/* Nobody tells its workers then, but they notice; a successor has the port at
 * once, and what was being written is stored by then. */
/* Kore has room for one signal: the other one is of a worker that died. */
static void
signal__is_not_lost(void **state)
{
	struct server *s = server_start(NULL);
	struct process children[CHILDREN_MAX];
	size_t         i, n;

	(void)state;
	n = process_children(s->pid, children);
	assert_int_equal(kill(s->pid, SIGSTOP), 0);
	server_tell_to_end(s, SIGTERM);
	for (i = 0; i < n; i++)
		if (strcmp(children[i].title, "[wrk 1]") == 0)
			assert_int_equal(kill(children[i].pid, SIGKILL), 0);
	sleep_ms(100); /* until it is dead */
	assert_int_equal(kill(s->pid, SIGCONT), 0);
	server_assert_ends(s, 3000);
}

static void
killed_parent__frees_the_port(void **state)
{
	const char *options[] = {
	    "MOCK_FAULTS=1", "IDLE_TIMEOUT_MS=60000", NULL};
	struct server *s = server_start(options);
	struct user   *u = leaving_user(s);
	struct sse    *stream;
	long long      began;

	(void)state;
	stream = sse_chat(s, u->token, 1, "gpt", "!stall one two three");
	assert_true(sse_wait(stream, 3, WAIT_MS));
	http_end();
	assert_int_equal(kill(s->pid, SIGKILL), 0);
	assert_int_equal(process_wait(s->pid, WAIT_MS), 128 + SIGKILL);
	began = now_ms();
	while (!server_relaunch(s))
		assert_true(now_ms() - began < 3000);
	assert_int_equal(
	    sql_int(
		s, "SELECT count(*) FROM turns WHERE status = 'interrupted'"),
	    1);
	sse_close(stream);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers__are_handed_over),
	    cmocka_unit_test(second_signal__hurries),
	    cmocka_unit_test(dead_worker__is_not_waited_for),
	    cmocka_unit_test(dead_key_process__hurries),
	    cmocka_unit_test(early_signal__ends_it_too),
	    cmocka_unit_test(every_process_is_told),
	    cmocka_unit_test(signal__is_not_lost),
	    cmocka_unit_test(killed_parent__frees_the_port),
	};

	return (harness_run(tests, NULL));
}
