#include <kore/kore.h>
#include <kore/http.h>

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "kore/http_gate.h"
#include "kore/http_head.h"
#include "kore/http_refusal.h"

#define GATE_LINGERING   0x1000 /* in c->flags, where Kore has 0x00ff */
#define LINGER_MS        2000
#define LINGER_BYTES_MAX (1024 * 1024)
#define LINGER_READ      4096
#define HEAD_FIRST       2048 /* bytes: most heads are shorter */
#define EMPTY_LINE       2

/* Hangs off c->hdlr_extra, which Kore frees with the connection. */
struct leftover {
	size_t   discarded; /* while lingering */
	size_t   len;       /* read behind the last request */
	u_int8_t bytes[];
};

void __real_net_recv_queue(
    struct connection *, size_t, int, int (*)(struct netbuf *));
void __wrap_net_recv_queue(
    struct connection *, size_t, int, int (*)(struct netbuf *));
void
__real_net_recv_reset(struct connection *, size_t, int (*)(struct netbuf *));
void
__wrap_net_recv_reset(struct connection *, size_t, int (*)(struct netbuf *));
int __wrap_http_check_timeout(struct connection *, u_int64_t);

static int receive(struct netbuf *);

static bool waking;

/* Kore does not read into a connection without a buffer. */
static void
pause_reading(struct netbuf *nb)
{
	if (nb->buf != NULL)
		explicit_bzero(nb->buf, nb->m_len);
	kore_free(nb->buf);
	nb->buf = NULL;
	nb->m_len = 0;
}

static int
discard(struct netbuf *nb)
{
	struct connection *c = nb->owner;
	struct leftover   *l = c->hdlr_extra;

	l->discarded += nb->s_off;
	nb->s_off = 0;
	if (l->discarded <= LINGER_BYTES_MAX)
		return (KORE_RESULT_OK);
	kore_connection_disconnect(c);
	return (KORE_RESULT_ERROR);
}

/* A request whose body will not come any more holds a place meanwhile. */
static void
abandon_requests(struct connection *c)
{
	struct http_request *req;

	TAILQ_FOREACH(req, &c->http_requests, olist) {
		if (req->flags & HTTP_REQUEST_COMPLETE)
			continue;
		req->flags |= HTTP_REQUEST_DELETE;
		http_request_wakeup(req);
	}
}

/*
 * Closing with bytes unread makes the kernel send a reset, which can destroy
 * the answer on its way (RFC 9112, section 9.6). So read on until the client
 * has closed, but neither long nor much.
 */
static void
linger(struct connection *c)
{
	abandon_requests(c);
	kore_free(c->hdlr_extra);
	c->hdlr_extra = kore_calloc(1, sizeof(struct leftover));
	c->flags |= GATE_LINGERING;
	c->http_start = kore_time_ms();
	c->http_timeout = LINGER_MS;
	c->rnb->extra = NULL;
	__real_net_recv_reset(c, LINGER_READ, discard);
	if (!net_send_flush(c))
		kore_connection_disconnect(c);
	else if (c->ssl != NULL && TAILQ_EMPTY(&c->send_queue))
		/* The client sees the end of the answer now, not later. */
		(void)SSL_shutdown(c->ssl);
}

static bool
is_head_request(const struct netbuf *nb)
{
	static const char method[] = "HEAD ";
	size_t            at, len = sizeof(method) - 1;

	if (nb->cb != receive || nb->buf == NULL)
		return (false);
	at = nb->s_off > 0 && nb->buf[0] == '\r' ? EMPTY_LINE : 0;
	return (
	    nb->s_off >= at + len && memcmp(nb->buf + at, method, len) == 0);
}

int
gate_refuse(struct connection *c, enum error e)
{
	http_refusal_send(c, e, is_head_request(c->rnb));
	linger(c);
	return (KORE_RESULT_OK);
}

static void
woken(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
	waking = false;
}

/*
 * Kore looks for requests to process after its wait for events, up to 100 ms
 * long; one that is made while another is processed missed this turn.
 */
static void
wake_loop(void)
{
	if (waking)
		return;
	waking = true;
	kore_timer_add(woken, 0, NULL, KORE_TIMER_ONESHOT);
}

static enum error
admit(const struct connection *c, const struct http_head *head)
{
	if (c->tls_sni != NULL && head->host_len > 0 &&
	    (strlen(c->tls_sni) != head->host_len ||
		strncasecmp(c->tls_sni, head->host, head->host_len) != 0))
		return (ERR_MISDIRECTED_REQUEST);
	if (head->body_size > http_body_max)
		return (ERR_BODY_TOO_LARGE);
	if (http_request_count >= http_request_limit)
		return (ERR_OVERLOADED);
	return (ERR_NONE);
}

static void
keep_leftover(struct connection *c, const u_int8_t *data, size_t len)
{
	struct leftover *l;

	if (len == 0)
		return;
	l = kore_malloc(sizeof(*l) + len);
	l->discarded = 0;
	l->len = len;
	memcpy(l->bytes, data, len);
	c->hdlr_extra = l;
}

/*
 * Put the rewritten head and this request's part of what was read in the
 * place of all that was read. body is the bytes of the body among it. False
 * when the head does not go in, which http_head.h excludes.
 */
static bool
replace_buffer(struct netbuf *nb, const struct http_head *head, size_t body)
{
	u_int8_t *received = nb->buf;
	size_t    size = head->size + HTTP_HEAD_GROWTH, len = nb->s_off;
	size_t    end = head->size + body, n;
	u_int8_t *fresh = kore_malloc(size + body);

	n = http_head_rewrite(
	    (const char *)received, head, (char *)fresh, size);
	if (n == 0) {
		kore_free(fresh);
		return (false);
	}
	memcpy(fresh + n, received + head->size, body);
	keep_leftover(nb->owner, received + end, len - end);
	pause_reading(nb);
	nb->buf = fresh;
	nb->m_len = size + body;
	nb->s_off = n + body;
	nb->b_len = nb->s_off;
	return (true);
}

static bool
send_continue(struct connection *c)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	net_send_queue(c, text, sizeof(text) - 1);
	return (net_send_flush(c) == KORE_RESULT_OK);
}

static struct http_request *
newest_request(const struct connection *c)
{
	struct http_request *req, *last = NULL;

	TAILQ_FOREACH(req, &c->http_requests, olist)
		last = req;
	return (last);
}

/*
 * Let Kore parse. It compares Host with the TLS name too, but over IPv6 with
 * the port in it; admit() did it right, so Kore sees no TLS name. It takes
 * the buffer, unless it answered itself, and reads on when a body is missing.
 */
static int
parse(struct netbuf *nb, bool is_delete)
{
	struct connection   *c = nb->owner;
	struct http_request *before = newest_request(c), *req;
	char                *sni = c->tls_sni;
	int                  r;

	/* The time for the body counts from here. */
	c->http_start = kore_time_ms();
	c->http_timeout = 0;
	if (!TAILQ_EMPTY(&c->http_requests))
		wake_loop();
	c->tls_sni = NULL;
	r = http_header_recv(nb);
	c->tls_sni = sni;
	if (nb->cb == receive)
		pause_reading(nb);
	req = newest_request(c);
	if (is_delete && req != NULL && req != before)
		req->method = HTTP_METHOD_DELETE;
	return (r);
}

static int
hand_on(struct netbuf *nb, const struct http_head *head)
{
	struct connection *c = nb->owner;
	size_t             body = nb->s_off - head->size;

	if (body > head->body_size)
		body = (size_t)head->body_size;
	if (!replace_buffer(nb, head, body))
		return (gate_refuse(c, ERR_INTERNAL));
	if (head->expects_continue && body < head->body_size &&
	    !send_continue(c)) {
		kore_connection_disconnect(c);
		return (KORE_RESULT_ERROR);
	}
	return (parse(nb, head->is_delete_with_body));
}

/*
 * An idle connection holds room for a usual head, not for the longest: that
 * would be more than half of what it costs. This makes room for the longest.
 */
static void
make_room(struct netbuf *nb)
{
	u_int8_t *larger = kore_malloc(http_header_max);

	memcpy(larger, nb->buf, nb->s_off);
	pause_reading(nb);
	nb->buf = larger;
	nb->m_len = http_header_max;
	nb->b_len = http_header_max;
}

/*
 * More of the head is to come, and the time for it counts from its first
 * bytes, whatever comes later: a client that sends one byte now and then is
 * not waited for. An empty line is not a head yet: some clients send one
 * after a body.
 */
static int
await_rest(struct netbuf *nb)
{
	struct connection *c = nb->owner;

	if (nb->s_off == http_header_max)
		return (gate_refuse(c, ERR_HEADERS_TOO_LARGE));
	if (nb->s_off == nb->b_len)
		make_room(nb);
	if (c->http_timeout == 0 && nb->s_off > EMPTY_LINE) {
		c->http_start = kore_time_ms();
		c->http_timeout = (u_int64_t)http_header_timeout * 1000;
	}
	return (KORE_RESULT_OK);
}

/* In the place of http_header_recv(): what came of a head is in nb. */
static int
receive(struct netbuf *nb)
{
	struct connection *c = nb->owner;
	struct http_head   head;
	enum error         e;

	if (c->flags & CONN_CLOSE_EMPTY) {
		pause_reading(nb);
		return (KORE_RESULT_OK);
	}
	e = http_head_read((const char *)nb->buf, nb->s_off, &head);
	if (e == ERR_NONE && head.size == 0)
		return (await_rest(nb));
	if (e == ERR_NONE)
		e = admit(c, &head);
	if (e != ERR_NONE)
		return (gate_refuse(c, e));
	return (hand_on(nb, &head));
}

/* Go on with what was read behind the last request; it fits, as it came out
 * of a buffer no larger than the longest. */
static void
feed_leftover(struct connection *c)
{
	struct leftover *l = c->hdlr_extra;
	struct netbuf   *nb = c->rnb;

	if (l == NULL)
		return;
	c->hdlr_extra = NULL;
	if (l->len > nb->b_len)
		make_room(nb);
	memcpy(nb->buf, l->bytes, l->len);
	nb->s_off = l->len;
	explicit_bzero(l->bytes, l->len);
	kore_free(l);
	if (!receive(nb))
		kore_connection_disconnect(c);
}

static bool
is_answering(const struct connection *c)
{
	struct http_request *req;

	TAILQ_FOREACH(req, &c->http_requests, olist)
		if (req->status == 0)
			return (true);
	return (false);
}

void
__wrap_net_recv_queue(
    struct connection *c, size_t len, int flags, int (*cb)(struct netbuf *))
{
	if (cb == http_header_recv) {
		/* Silent from the start: the idle timer's business. */
		c->http_timeout = 0;
		cb = receive;
		len = MIN(len, HEAD_FIRST);
	}
	__real_net_recv_queue(c, len, flags, cb);
}

/*
 * Kore wants the next head: after an answer, or after the body of a request
 * that is yet to be answered, and then the next one waits.
 */
void
__wrap_net_recv_reset(
    struct connection *c, size_t len, int (*cb)(struct netbuf *))
{
	if (cb != http_header_recv) {
		__real_net_recv_reset(c, len, cb);
		return;
	}
	if (c->flags & GATE_LINGERING)
		return;
	c->http_timeout = 0;
	__real_net_recv_reset(c, MIN(len, HEAD_FIRST), receive);
	if ((c->flags & CONN_CLOSE_EMPTY) || is_answering(c))
		pause_reading(c->rnb);
	else
		feed_leftover(c);
}

/* As Kore's own, with our answer. An answer still on its way is left to the
 * idle timer. */
int
__wrap_http_check_timeout(struct connection *c, u_int64_t now)
{
	if (c->http_timeout == 0 || now < c->http_start + c->http_timeout)
		return (KORE_RESULT_OK);
	if (!(c->flags & GATE_LINGERING))
		gate_refuse(c, ERR_REQUEST_TIMEOUT);
	else if (TAILQ_EMPTY(&c->send_queue))
		kore_connection_disconnect(c);
	else
		return (KORE_RESULT_OK);
	return (KORE_RESULT_ERROR);
}
