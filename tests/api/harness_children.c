#include "harness.h"

#define START_MS  15000
#define HEALTH_MS 500 /* 100 on a machine that has time for us */

pid_t
server_worker(const struct server *s, int number)
{
	struct process children[CHILDREN_MAX];
	char           title[32];
	size_t         i, n = process_children(s->pid, children);

	snprintf(title, sizeof(title), "[wrk %d]", number);
	for (i = 0; i < n; i++)
		if (strcmp(children[i].title, title) == 0)
			return (children[i].pid);
	fail_msg("no process %s", title);
	return (-1);
}

static int
by_title(const void *a, const void *b)
{
	return (strcmp(((const struct process *)a)->title,
	    ((const struct process *)b)->title));
}

static char *
describe_children(const struct server *s)
{
	struct process children[CHILDREN_MAX];
	char          *text = scratch_printf("%s", "");
	size_t         i, n = process_children(s->pid, children);

	qsort(children, n, sizeof(children[0]), by_title);
	for (i = 0; i < n; i++)
		text = scratch_printf(
		    "%s%s %d ", text, children[i].title, (int)children[i].pid);
	return (text);
}

void
server_note_children(struct server *s)
{
	s->children = describe_children(s);
}

/* A fork has its parent's title until it has set its own. */
void
server_await_children(struct server *s)
{
	long long deadline = now_ms() + START_MS;

	do {
		if (now_ms() > deadline)
			fail_msg("processes are missing: %s", s->children);
		sleep_ms(5);
		server_note_children(s);
	} while (strstr(s->children, "[keymgr]") == NULL ||
	    strstr(s->children, "[wrk 1]") == NULL ||
	    strstr(s->children, "[wrk 2]") == NULL);
}

void
server_assert_unharmed(const struct server *s)
{
	struct request health = {.path = "/healthz"};
	struct reply  *r;

	assert_string_equal(describe_children(s), s->children);
	http_call(s, &health); /* the handshake is not measured */
	r = http_call(s, &health);
	assert_status(r, 200);
	assert_in_range(r->ms, 0, HEALTH_MS);
}
