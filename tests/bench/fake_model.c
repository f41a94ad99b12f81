/*
 * A model as fast as can be: an OpenAI-compatible server that streams the
 * same number of deltas to everybody, at the same pace, the first at once.
 *
 *	fake_model PORT DELTAS INTERVAL_MS [CERTIFICATE KEY]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

#define PIECE \
	"data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\"," \
	"\"model\":\"fake\",\"choices\":[{\"index\":0,\"delta\":{%s}," \
	"\"finish_reason\":%s}]%s}\n\n"

/* A request on its connection. All wait equally long for the next delta, so
 * those who wait stand in the order in which they are due. */
struct stream {
	struct peer *peer;
	struct buf   request;
	bool         running;
	int          told;
	uint64_t     due; /* microseconds */
	TAILQ_ENTRY(stream) list;
};

static TAILQ_HEAD(, stream) due = TAILQ_HEAD_INITIALIZER(due);
static int      deltas;
static uint64_t interval;

static void
put_chunk(struct buf *b, const char *text)
{
	buf_printf(b, "%zx\r\n%s\r\n", strlen(text), text);
}

static void
put_delta(struct buf *b)
{
	char text[512];

	snprintf(
	    text, sizeof(text), PIECE, "\"content\":\"word \"", "null", "");
	put_chunk(b, text);
}

static void
put_end(struct buf *b)
{
	char text[512];

	snprintf(text, sizeof(text), PIECE "data: [DONE]\n\n", "", "\"stop\"",
	    ",\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":20,"
	    "\"total_tokens\":25}");
	put_chunk(b, text);
	buf_text(b, "0\r\n\r\n");
}

static void
send_buf(struct peer *p, struct buf *b)
{
	peer_send(p, b->data, b->len);
	buf_release(b);
}

static void
wait_for_next(struct stream *s)
{
	s->running = true;
	s->due = peer_now_us() + interval;
	TAILQ_INSERT_TAIL(&due, s, list);
}

static void
go_on(struct stream *s)
{
	struct buf out = {0};

	TAILQ_REMOVE(&due, s, list);
	s->running = false;
	if (s->told++ < deltas)
		put_delta(&out);
	if (s->told == deltas)
		put_end(&out);
	else
		wait_for_next(s);
	send_buf(s->peer, &out);
}

static void
begin(struct stream *s)
{
	struct buf out = {0};

	buf_text(&out,
	    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
	    "transfer-encoding: chunked\r\n\r\n");
	s->told = 1;
	put_delta(&out);
	if (deltas == 1)
		put_end(&out);
	else
		wait_for_next(s);
	send_buf(s->peer, &out);
}

/* Bytes of the first request, 0 when it is not whole yet. */
static size_t
request_size(const struct buf *b)
{
	const char *end, *length;

	if (b->len == 0 || (end = strstr(b->data, "\r\n\r\n")) == NULL)
		return (0);
	length = strcasestr(b->data, "content-length:");
	return ((size_t)(end + 4 - b->data) +
	    (length != NULL ? strtoul(length + 15, NULL, 10) : 0));
}

static void
data(struct peer *p, const char *bytes, size_t len)
{
	struct stream *s = p->arg;
	size_t         size;

	if (s == NULL) {
		if ((s = p->arg = calloc(1, sizeof(*s))) == NULL)
			die("calloc");
		s->peer = p;
	}
	buf_append(&s->request, bytes, len);
	size = request_size(&s->request);
	if (s->running || size == 0 || s->request.len < size)
		return;
	buf_release(&s->request);
	begin(s);
}

static void
closed(struct peer *p)
{
	struct stream *s = p->arg;

	if (s == NULL)
		return;
	if (s->running)
		TAILQ_REMOVE(&due, s, list);
	buf_release(&s->request);
	free(s);
}

static int
until_next(void)
{
	const struct stream *s = TAILQ_FIRST(&due);
	uint64_t             now = peer_now_us();

	if (s == NULL)
		return (1000);
	return (s->due <= now ? 0 : (int)((s->due - now) / 1000 + 1));
}

int
main(int argc, char **argv)
{
	static const struct peer_events events = {NULL, data, closed};
	struct stream                  *s;

	if (argc != 4 && argc != 6)
		return (2);
	peer_init();
	deltas = atoi(argv[2]);
	interval = strtoull(argv[3], NULL, 10) * 1000;
	peer_listen(atoi(argv[1]),
	    argc == 6 ? peer_server_tls(argv[4], argv[5]) : NULL, &events);
	for (;;) {
		peer_run(until_next());
		while (
		    (s = TAILQ_FIRST(&due)) != NULL && s->due <= peer_now_us())
			go_on(s);
	}
}
