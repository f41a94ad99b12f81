/*
 * The end of a server: what is in flight is finished, or handed over when that
 * takes too long, and nobody new is let in.
 */
#include <signal.h>
#include <sys/socket.h>

#include "harness_sse.h"

#define WAIT_MS    10000
#define SOON_MS    900 /* less than a quiet connection is waited for */
#define STREAMS    8
#define LONG_WORDS 40 /* 20 ms each */

static const char words[] =
    "a b c d e f g h i j k l m n o p q r s t u v w x y z "
    "a b c d e f g h i j k l m n";

static struct user *
user_of(struct server *s)
{
	static int   count;
	struct user *u = user_new(s, scratch_printf("leaving-%d", ++count));

	conversation_new(s, u->token);
	return (u);
}

static void
tell_to_end(struct server *s, int sig)
{
	http_end();
	assert_int_equal(kill(s->pid, sig), 0);
}

static void
assert_ends(struct server *s, long ms)
{
	pid_t pid = s->pid;
	int   status = process_wait(pid, ms);

	if (status == -1)
		fail_msg(
		    "still there after %ld ms: %s", ms, scratch_file(s->log));
	s->pid = 0;
	assert_int_equal(status, 0);
	log_assert_clean(s);
	assert_non_null(strstr(scratch_file(s->log), "\"drained\""));
}

static bool
lets_in(const struct server *s)
{
	int fd = raw_connect(s);

	if (fd != -1)
		close(fd);
	return (fd != -1);
}

static void
idle__ends_at_once(void **state)
{
	struct server *s = server_start(NULL);
	struct raw    *raw = raw_open(s);

	(void)state;
	raw_text(raw, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
	assert_status(raw_reply(raw, WAIT_MS), 200);
	/* A connection that has been silent for a while is not waited for. */
	sleep_ms(1100);
	tell_to_end(s, SIGTERM);
	assert_true(raw_closes(raw, SOON_MS));
	assert_ends(s, SOON_MS);
	raw_close(raw);
}

/* Streams and single replies, on workers that were told to end. */
static void
answers__are_finished(void **state)
{
	struct server *s = server_start(NULL);
	struct sse    *streams[STREAMS];
	struct user   *u;
	size_t         i;

	(void)state;
	for (i = 0; i < STREAMS; i++) {
		u = user_of(s);
		streams[i] = sse_chat(s, u->token, 1, "gpt", words);
		assert_true(sse_wait(streams[i], 2, WAIT_MS));
	}
	tell_to_end(s, SIGTERM);
	assert_true(sse_wait_all(streams, STREAMS, WAIT_MS));
	for (i = 0; i < STREAMS; i++) {
		sse_assert_whole(streams[i], 0, "done");
		assert_true(streams[i]->count >= LONG_WORDS);
		sse_close(streams[i]);
	}
	assert_ends(s, WAIT_MS);
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM turns WHERE status = 'completed'"),
	    STREAMS);
}

static void
listener__refuses_while_answers_are_finished(void **state)
{
	struct server *s = server_start(NULL);
	struct user   *u = user_of(s);
	struct sse    *stream = sse_chat(s, u->token, 1, "gpt", words);
	long long      deadline = now_ms() + SOON_MS;

	(void)state;
	assert_true(sse_wait(stream, 2, WAIT_MS));
	tell_to_end(s, SIGTERM);
	while (lets_in(s) && now_ms() < deadline)
		sleep_ms(5);
	assert_false(lets_in(s));
	assert_false(stream->ended);
	assert_true(sse_wait_end(stream, WAIT_MS));
	sse_assert_whole(stream, 0, "done");
	sse_close(stream);
	assert_ends(s, WAIT_MS);
}

/* A client may be sending at the moment its connection would be closed. */
static void
connection__gets_one_more_answer(void **state)
{
	struct server *s = server_start(NULL);
	struct raw    *raw = raw_open(s), *handshaking = raw_open_plain(s);
	struct reply  *r;

	(void)state;
	raw_text(raw, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
	assert_header(raw_reply(raw, WAIT_MS), "connection", "keep-alive");
	tell_to_end(s, SIGTERM);
	while (strstr(scratch_file(s->log), "\"draining\"") == NULL)
		sleep_ms(5);
	raw_text(raw, "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
	r = raw_reply(raw, WAIT_MS);
	assert_error(r, 503, "not_ready");
	assert_header(r, "connection", "close");
	assert_true(raw_closes(raw, WAIT_MS));
	/* Who had been let in already can even begin: the key process is the
	 * last to go. */
	assert_true(raw_handshake(handshaking, NULL, NULL, NULL));
	raw_text(
	    handshaking, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
	r = raw_reply(handshaking, WAIT_MS);
	assert_status(r, 200);
	assert_header(r, "connection", "close");
	raw_close(handshaking);
	raw_close(raw);
	assert_ends(s, WAIT_MS);
}

static void
delay__lets_balancers_leave(void **state)
{
	const char    *options[] = {"DRAIN_DELAY_SECONDS=1", NULL};
	struct server *s = server_start(options);
	long long      began = now_ms();
	struct reply  *r;
	int            i;

	(void)state;
	tell_to_end(s, SIGTERM);
	while (strstr(scratch_file(s->log), "\"draining\"") == NULL)
		sleep_ms(5);
	for (i = 0; i < 4; i++) {
		r = http_get(s, NULL, "/readyz"); /* a new connection each */
		assert_error(r, 503, "not_ready");
		assert_header(r, "connection", "close");
		assert_status(http_get(s, NULL, "/healthz"), 200);
	}
	http_end();
	assert_ends(s, WAIT_MS);
	assert_true(now_ms() - began >= 1000);
	/* Ctrl-C does not wait for balancers. */
	server_launch(s);
	began = now_ms();
	tell_to_end(s, SIGINT);
	assert_ends(s, WAIT_MS);
	assert_true(now_ms() - began < 1000);
}

/* An answer that takes too long is stored as far as it came, and its message
 * is not charged when nothing came. */
static void
answers__are_handed_over(void **state)
{
	const char *options[] = {
	    "DRAIN_SECONDS=1", "MOCK_FAULTS=1", "IDLE_TIMEOUT_MS=60000", NULL};
	struct server *s = server_start(options);
	struct user   *u = user_of(s), *left = user_of(s);
	struct sse    *stream, *abandoned;

	(void)state;
	stream = sse_chat(s, u->token, 1, "gpt", "!stall one two three");
	abandoned = sse_chat(s, left->token, 1, "gpt", "!stall a b c d");
	assert_true(sse_wait(stream, 3, WAIT_MS));
	assert_true(sse_wait(abandoned, 3, WAIT_MS));
	sse_close(abandoned);
	tell_to_end(s, SIGTERM);
	assert_true(sse_wait_end(stream, WAIT_MS));
	assert_string_equal(sse_last(stream)->name, "error");
	assert_non_null(strstr(sse_last(stream)->data, "interrupted"));
	assert_ends(s, 4000);
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
	struct user   *u = user_of(s);
	struct sse    *stream;

	(void)state;
	stream = sse_chat(s, u->token, 1, "gpt", "!stall one two three");
	assert_true(sse_wait(stream, 3, WAIT_MS));
	tell_to_end(s, SIGTERM);
	assert_int_equal(process_wait(s->pid, 500), -1);
	assert_int_equal(kill(s->pid, SIGTERM), 0);
	assert_ends(s, 3000);
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
	struct user   *u = user_of(s);
	struct process children[CHILDREN_MAX];
	struct sse    *stream;
	size_t         i, n;

	(void)state;
	stream = sse_chat(s, u->token, 1, "gpt", "!stall one two three");
	assert_true(sse_wait(stream, 3, WAIT_MS));
	tell_to_end(s, SIGTERM);
	assert_int_equal(process_wait(s->pid, 300), -1);
	n = process_children(s->pid, children);
	for (i = 0; i < n; i++)
		if (strstr(children[i].title, "[wrk") != NULL)
			kill(children[i].pid, SIGKILL);
	assert_ends(s, 1000);
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
	struct user   *u = user_of(s);
	struct sse    *stream = sse_chat(s, u->token, 1, "gpt", words);
	struct process children[CHILDREN_MAX];
	size_t         i, n = process_children(s->pid, children);

	(void)state;
	assert_true(sse_wait(stream, 2, WAIT_MS));
	tell_to_end(s, SIGINT);
	for (i = 0; i < n; i++)
		kill(children[i].pid, SIGINT);
	assert_true(sse_wait_end(stream, WAIT_MS));
	sse_assert_whole(stream, 0, "done");
	sse_close(stream);
	assert_ends(s, WAIT_MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(idle__ends_at_once),
	    cmocka_unit_test(answers__are_finished),
	    cmocka_unit_test(listener__refuses_while_answers_are_finished),
	    cmocka_unit_test(connection__gets_one_more_answer),
	    cmocka_unit_test(delay__lets_balancers_leave),
	    cmocka_unit_test(answers__are_handed_over),
	    cmocka_unit_test(second_signal__hurries),
	    cmocka_unit_test(dead_worker__is_not_waited_for),
	    cmocka_unit_test(early_signal__ends_it_too),
	    cmocka_unit_test(every_process_is_told),
	};

	return (harness_run(tests, NULL));
}
