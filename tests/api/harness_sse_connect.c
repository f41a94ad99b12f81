#include "harness_sse.h"

#define TRIES  20  /* to meet a certain worker */
#define BURST  6   /* connections a try */
#define SPARES 128 /* kept for later */

/* Connections that went to another worker than the one they were made for. */
static struct {
	struct raw *raw;
	int         worker;
} spare[SPARES];

static struct raw *
take_spare(const struct server *server, int worker)
{
	struct raw *raw;
	size_t      i;

	for (i = 0; i < SPARES; i++) {
		raw = spare[i].raw;
		if (raw == NULL || raw->server != server ||
		    spare[i].worker != worker)
			continue;
		spare[i].raw = NULL;
		return (raw);
	}
	return (NULL);
}

static void
put_spare(struct raw *raw, int worker)
{
	size_t i;

	for (i = 0; i < SPARES; i++) {
		if (spare[i].raw != NULL)
			continue;
		spare[i].raw = raw;
		spare[i].worker = worker;
		return;
	}
	raw_close(raw);
}

static int
ask_worker(struct raw *raw)
{
	static int     number;
	struct request q = {.path = "/healthz"};
	char          *id;

	id = scratch_printf("who-%d-%d", (int)getpid(), ++number);
	q.headers[0] = scratch_printf("X-Request-Id: %s", id);
	raw_text(raw, raw_request(raw->server, &q));
	assert_status(raw_reply(raw, 5000), 200);
	return (log_worker_of(raw->server, id));
}

/* Several at once: when they come one by one, a worker that has nothing else
 * to do may take them all. */
static void
connect_some(const struct server *server)
{
	struct raw *list[BURST];
	int         i;

	for (i = 0; i < BURST; i++)
		list[i] = raw_open_plain(server);
	for (i = 0; i < BURST; i++)
		assert_true(raw_handshake(list[i], NULL, NULL, NULL));
	for (i = 0; i < BURST; i++)
		put_spare(list[i], ask_worker(list[i]));
}

struct raw *
sse_connect(const struct server *server, int worker)
{
	struct raw *raw;
	int         i;

	for (i = 0; i < TRIES; i++) {
		if ((raw = take_spare(server, worker)) != NULL)
			return (raw);
		connect_some(server);
	}
	fail_msg("worker %d takes no connection", worker);
	return (NULL);
}
