#include <signal.h>

#include "harness_drain.h"

struct user *
leaving_user(struct server *s)
{
	static int   count;
	struct user *u = user_new(s, scratch_printf("leaving-%d", ++count));

	conversation_new(s, u->token);
	return (u);
}

void
server_tell_to_end(struct server *s, int sig)
{
	http_end();
	assert_int_equal(kill(s->pid, sig), 0);
}

void
server_assert_ends(struct server *s, long ms)
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
