#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "harness.h"

#define HANDSHAKE_MS 5000

/* Above CHILDREN: sockets do not go to the servers we start. */
int
raw_connect(const struct server *s)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int                fd, on = 1;

	address.sin_port = htons((uint16_t)s->port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return (-1);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return (fd);
	close(fd);
	return (-1);
}

struct raw *
raw_open_plain(const struct server *s)
{
	struct raw *raw = scratch_alloc(sizeof(*raw));

	raw->server = s;
	raw->fd = raw_connect(s);
	assert_int_not_equal(raw->fd, -1);
	return (raw);
}

SSL_CTX *
raw_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	assert_non_null(ctx);
	assert_int_equal(
	    SSL_CTX_load_verify_locations(ctx,
		scratch_printf("%s/trusted.pem", setting("TEST_FOLDER")), NULL),
	    1);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return (ctx);
}

static void
set_timeout(struct raw *raw, long ms)
{
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	setsockopt(raw->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(raw->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

bool
raw_handshake(
    struct raw *raw, SSL_CTX *ctx, const char *sni, SSL_SESSION *session)
{
	SSL_CTX *usual = NULL;

	if (ctx == NULL)
		ctx = usual = raw_context();
	assert_non_null(raw->ssl = SSL_new(ctx));
	SSL_CTX_free(usual);
	if (sni != NULL)
		SSL_set_tlsext_host_name(raw->ssl, scratch_printf("%s", sni));
	if (session != NULL)
		SSL_set_session(raw->ssl, session);
	set_timeout(raw, HANDSHAKE_MS);
	SSL_set_fd(raw->ssl, raw->fd);
	return (SSL_connect(raw->ssl) == 1);
}

struct raw *
raw_open(const struct server *s)
{
	struct raw *raw = raw_open_plain(s);

	assert_true(raw_handshake(raw, NULL, NULL, NULL));
	return (raw);
}

bool
raw_send(struct raw *raw, const char *data, size_t size)
{
	ssize_t n;

	while (size > 0) {
		n = raw->ssl != NULL ? SSL_write(raw->ssl, data, (int)size)
				     : send(raw->fd, data, size, MSG_NOSIGNAL);
		if (n <= 0)
			return (false);
		data += n;
		size -= (size_t)n;
	}
	return (true);
}

bool
raw_text(struct raw *raw, const char *text)
{
	return (raw_send(raw, text, strlen(text)));
}

char *
raw_request(const struct server *s, const struct request *q)
{
	const char *body = q->body != NULL ? q->body : "";
	const char *method = q->method;
	char       *text;
	size_t      i;

	if (method == NULL)
		method = q->body != NULL ? "POST" : "GET";
	text = scratch_printf("%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n",
	    method, q->path, s->port);
	if (q->token != NULL)
		text = scratch_printf(
		    "%sAuthorization: Bearer %s\r\n", text, q->token);
	for (i = 0; i < COUNT(q->headers) && q->headers[i] != NULL; i++)
		text = scratch_printf("%s%s\r\n", text, q->headers[i]);
	if (q->body != NULL)
		text = scratch_printf("%sContent-Type: application/json\r\n"
				      "Content-Length: %zu\r\n",
		    text, strlen(body));
	return (scratch_printf("%s\r\n%s", text, body));
}

/* More bytes; 0 at the end of the connection, -1 when ms have passed. */
static int
receive(struct raw *raw, long ms)
{
	size_t room = sizeof(raw->data) - 1 - raw->size;
	char  *end = raw->data + raw->size;
	int    n, error;

	assert_true(room > 0);
	if (ms <= 0)
		return (-1);
	set_timeout(raw, ms);
	errno = 0;
	if (raw->ssl == NULL) {
		n = (int)recv(raw->fd, end, room, 0);
	} else if ((n = SSL_read(raw->ssl, end, (int)room)) <= 0) {
		error = SSL_get_error(raw->ssl, n);
		n = error == SSL_ERROR_WANT_READ ||
			(error == SSL_ERROR_SYSCALL && errno == EAGAIN)
		    ? -1
		    : 0;
	}
	if (n == -1 && errno != EAGAIN && errno != 0)
		n = 0;
	if (n > 0)
		raw->size += (size_t)n;
	return (n);
}

static void
consume(struct raw *raw, size_t n)
{
	raw->size -= n;
	memmove(raw->data, raw->data + n, raw->size);
	raw->data[raw->size] = '\0';
}

/* The head of a response, 0 while it is not complete. */
static size_t
measure_head(const struct raw *raw)
{
	const char *end = memmem(raw->data, raw->size, "\r\n\r\n", 4);

	return (end != NULL ? (size_t)(end - raw->data) + 4 : 0);
}

static size_t
measure_body(const struct reply *head)
{
	const char *length = reply_header(head, "Content-Length");

	return (length != NULL ? strtoul(length, NULL, 10) : 0);
}

static struct reply *
read_reply(struct raw *raw, long ms, bool has_body)
{
	long long     start = now_ms(), deadline = start + ms;
	struct reply *r;
	size_t        head, body;
	char         *text;

	while ((head = measure_head(raw)) == 0)
		if (receive(raw, (long)(deadline - now_ms())) <= 0)
			return (reply_new("", raw->data, raw->size));
	text = scratch_printf("%.*s", (int)head, raw->data);
	r = reply_new(text, "", 0);
	body = has_body ? measure_body(r) : 0;
	while (raw->size < head + body)
		if (receive(raw, (long)(deadline - now_ms())) <= 0)
			return (reply_new("", raw->data, raw->size));
	r = reply_new(text, raw->data + head, body);
	r->ms = now_ms() - start;
	consume(raw, head + body);
	return (r);
}

struct reply *
raw_reply(struct raw *raw, long ms)
{
	return (read_reply(raw, ms, true));
}

struct reply *
raw_reply_head(struct raw *raw, long ms)
{
	return (read_reply(raw, ms, false));
}

bool
raw_closes(struct raw *raw, long ms)
{
	return (raw->size == 0 && receive(raw, ms) == 0);
}

void
raw_close(struct raw *raw)
{
	SSL_free(raw->ssl);
	raw->ssl = NULL;
	close(raw->fd);
}
