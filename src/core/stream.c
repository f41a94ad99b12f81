#include <stdlib.h>

#include "core/metrics.h"
#include "core/reply.h"
#include "core/stream.h"
#include "kore/drain.h"

#define LOOK_EVERY_MS 10
#define STALLED_MS    60000

struct draining {
	struct wait  wait; /* first */
	struct flow *flow;
	uint64_t     since;
	LIST_ENTRY(draining) list;
};

/* Looked at by one timer: Kore keeps its timers in a list. */
static LIST_HEAD(, draining) drains = LIST_HEAD_INITIALIZER(drains);

static void
write_chunk(struct connection *c, bool chunked, const void *data, size_t len)
{
	char size[24];
	int  n;

	if (!chunked) {
		net_send_queue(c, data, len);
		return;
	}
	n = snprintf(size, sizeof(size), "%zx\r\n", len);
	net_send_queue(c, size, (size_t)n);
	if (len > 0)
		net_send_queue(c, data, len);
	net_send_queue(c, "\r\n", 2);
}

static bool
is_chunked(const struct flow *f)
{
	return (!(f->req->flags & HTTP_VERSION_1_0));
}

static void
flush(struct connection *c)
{
	if (!net_send_flush(c))
		kore_connection_disconnect(c);
}

void
stream_begin(struct flow *f, const char *content_type)
{
	struct connection *c = f->req->owner;

	reply_headers(f, content_type);
	/* nginx would otherwise collect what is to be seen at once. */
	http_response_header(f->req, "x-accel-buffering", "no");
	if (is_chunked(f))
		http_response_header(f->req, "transfer-encoding", "chunked");
	f->req->flags |= HTTP_REQUEST_NO_CONTENT_LENGTH;
	/* Busy: Kore does not wait for the next request yet. */
	c->flags |= CONN_IS_BUSY;
	http_response(f->req, HTTP_STATUS_OK, NULL, 0);
	/* Kore closes such a connection as soon as its queue is empty. */
	f->close_after = (c->flags & CONN_CLOSE_EMPTY) != 0;
	c->flags &= ~CONN_CLOSE_EMPTY;
	f->streaming = true;
	metrics_change(METRIC_STREAMS, 0, 1); /* less, in flow.c */
}

void
stream_write(struct flow *f, struct buf *b)
{
	struct connection *c = f->req->owner;

	if (b->len > 0 && f->req->method != HTTP_METHOD_HEAD)
		write_chunk(c, is_chunked(f), b->data, b->len);
	b->len = 0;
	flush(c);
}

static void
free_draining(struct wait *w)
{
	free(w);
}

/* Whether the client has taken it all, is given up, or has gone. */
static bool
is_over(struct draining *d, uint64_t now)
{
	struct connection *c;

	if (d->wait.notify == NULL || (c = d->flow->req->owner) == NULL ||
	    TAILQ_EMPTY(&c->send_queue))
		return (true);
	if (now - d->since <= STALLED_MS)
		return (false);
	d->wait.error = ERR_REQUEST_TIMEOUT;
	return (true);
}

static void
look(void *arg, u_int64_t now)
{
	struct draining *d, *next;

	(void)arg;
	now = kore_time_ms(); /* not before any of them began */
	for (d = LIST_FIRST(&drains); d != NULL; d = next) {
		next = LIST_NEXT(d, list);
		if (!is_over(d, now))
			continue;
		LIST_REMOVE(d, list);
		wait_complete(&d->wait, d->wait.error);
	}
	if (!LIST_EMPTY(&drains))
		kore_timer_add(look, LOOK_EVERY_MS, NULL, KORE_TIMER_ONESHOT);
}

int
stream_drain(struct flow *f)
{
	struct draining *d;

	/* The head alone, when there is nothing to tell yet. */
	flush(f->req->owner);
	if (TAILQ_EMPTY(&f->req->owner->send_queue))
		return (FLOW_NEXT);
	if ((d = calloc(1, sizeof(*d))) == NULL)
		fatal("stream: no memory");
	d->flow = f;
	d->since = kore_time_ms();
	d->wait.free = free_draining;
	if (LIST_EMPTY(&drains))
		kore_timer_add(look, LOOK_EVERY_MS, NULL, KORE_TIMER_ONESHOT);
	LIST_INSERT_HEAD(&drains, d, list);
	return (flow_await(f, &d->wait));
}

static void
pause_over(void *arg, u_int64_t now)
{
	(void)now;
	wait_complete(arg, ERR_NONE);
}

int
stream_pause(struct flow *f, uint64_t ms)
{
	struct wait *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatal("stream: no memory");
	w->free = free_draining;
	kore_timer_add(pause_over, ms, w, KORE_TIMER_ONESHOT);
	return (flow_await(f, w));
}

/* The runner cuts off an answer whose wait failed. */
int
stream_cut(struct flow *f, enum error e)
{
	f->wait->error = e;
	return (FLOW_NEXT);
}

int
stream_end(struct flow *f)
{
	struct connection *c = f->req->owner;

	if (is_chunked(f) && f->req->method != HTTP_METHOD_HEAD)
		write_chunk(c, true, NULL, 0);
	c->flags &= ~CONN_IS_BUSY;
	if (f->close_after || drain_is_on())
		c->flags |= CONN_CLOSE_EMPTY;
	else
		http_start_recv(c);
	return (FLOW_DONE);
}
