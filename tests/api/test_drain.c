/*
 * The end of a server: what is in flight is finished, and nobody new is let in.
 */
#include <signal.h>
#include <sys/socket.h>

#include "harness_drain.h"

#define WAIT_MS    10000
#define SOON_MS    900 /* less than a quiet connection is waited for */
#define STREAMS    8
#define LONG_WORDS 40

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
	server_tell_to_end(s, SIGTERM);
	assert_true(raw_closes(raw, SOON_MS));
	server_assert_ends(s, SOON_MS);
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
		u = leaving_user(s);
		streams[i] = sse_chat(s, u->token, 1, "gpt", LEAVING_WORDS);
		assert_true(sse_wait(streams[i], 2, WAIT_MS));
	}
	server_tell_to_end(s, SIGTERM);
	assert_true(sse_wait_all(streams, STREAMS, WAIT_MS));
	for (i = 0; i < STREAMS; i++) {
		sse_assert_whole(streams[i], 0, "done");
		assert_true(streams[i]->count >= LONG_WORDS);
		sse_close(streams[i]);
	}
	server_assert_ends(s, WAIT_MS);
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM turns WHERE status = 'completed'"),
	    STREAMS);
}

static void
listener__refuses_while_answers_are_finished(void **state)
{
	struct server *s = server_start(NULL);
	struct user   *u = leaving_user(s);
	struct sse    *stream = sse_chat(s, u->token, 1, "gpt", LEAVING_WORDS);
	long long      deadline = now_ms() + SOON_MS;

	(void)state;
	assert_true(sse_wait(stream, 2, WAIT_MS));
	server_tell_to_end(s, SIGTERM);
	while (lets_in(s) && now_ms() < deadline)
		sleep_ms(5);
	assert_false(lets_in(s));
	assert_false(stream->ended);
	assert_true(sse_wait_end(stream, WAIT_MS));
	sse_assert_whole(stream, 0, "done");
	sse_close(stream);
	server_assert_ends(s, WAIT_MS);
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
	server_tell_to_end(s, SIGTERM);
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
	server_assert_ends(s, WAIT_MS);
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
	server_tell_to_end(s, SIGTERM);
	while (strstr(scratch_file(s->log), "\"draining\"") == NULL)
		sleep_ms(5);
	for (i = 0; i < 4; i++) {
		r = http_get(s, NULL, "/readyz"); /* a new connection each */
		assert_error(r, 503, "not_ready");
		assert_header(r, "connection", "close");
		assert_status(http_get(s, NULL, "/healthz"), 200);
	}
	http_end();
	server_assert_ends(s, WAIT_MS);
	assert_true(now_ms() - began >= 1000);
	/* Ctrl-C does not wait for balancers. */
	server_launch(s);
	began = now_ms();
	server_tell_to_end(s, SIGINT);
	server_assert_ends(s, WAIT_MS);
	assert_true(now_ms() - began < 1000);
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
	};

	return (harness_run(tests, NULL));
}
