#include <fcntl.h>
#include <poll.h>

#include <openssl/err.h>

#include "harness_sse.h"

#define LISTEN 256 /* streams read at once */

static void
put(struct sse_bytes *b, const char *data, size_t size)
{
	if (b->room < b->size + size + 1) {
		b->room = (b->size + size + 1) * 2;
		assert_non_null(b->data = realloc(b->data, b->room));
	}
	memcpy(b->data + b->size, data, size);
	b->size += size;
	b->data[b->size] = '\0';
}

static void
take(struct sse_bytes *b, size_t size)
{
	b->size -= size;
	memmove(b->data, b->data + size, b->size + 1);
}

static void
set_blocking(int fd, bool blocking)
{
	int flags = fcntl(fd, F_GETFL);

	assert_int_not_equal(flags, -1);
	fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

/* What came behind the end is the next answer's. */
static void
end(struct sse *s)
{
	s->ended = true;
	set_blocking(s->raw->fd, true);
	assert_true(s->received.size < sizeof(s->raw->data));
	memcpy(s->raw->data, s->received.data, s->received.size);
	s->raw->size = s->received.size;
	s->raw->data[s->raw->size] = '\0';
}

static void
add_event(struct sse *s, const struct sse_event *e)
{
	if (s->count == s->room) {
		s->room = s->room > 0 ? s->room * 2 : 64;
		s->events = realloc(s->events, s->room * sizeof(*s->events));
		assert_non_null(s->events);
	}
	s->events[s->count++] = *e;
}

/* The lines of an event; only comments and nothing are none. */
static void
read_event(struct sse *s, char *text)
{
	struct sse_event e = {0, "", NULL, now_ms() - s->opened};
	char            *line, *rest;

	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (line[0] == ':')
			s->comments++;
		else if (strncmp(line, "id: ", 4) == 0)
			e.id = strtol(line + 4, NULL, 10);
		else if (strncmp(line, "event: ", 7) == 0)
			e.name = scratch_printf("%s", line + 7);
		else if (strncmp(line, "data: ", 6) == 0 && e.data == NULL)
			e.data = scratch_printf("%s", line + 6);
		else
			fail_msg("not a line of ours: %s", line);
	}
	if (e.data != NULL)
		add_event(s, &e);
}

static void
read_events(struct sse *s)
{
	char *text = s->body.data, *blank;

	while (s->body.size > 0 && (blank = strstr(text, "\n\n")) != NULL) {
		*blank = '\0';
		read_event(s, text);
		text = blank + 2;
	}
	if (s->body.size > 0)
		take(&s->body, (size_t)(text - s->body.data));
}

/* RFC 9112, section 7.1; each chunk as a whole. */
static bool
read_chunk(struct sse *s)
{
	char  *line = s->received.data, *data;
	size_t size, whole;

	if (s->received.size == 0 || (data = strstr(line, "\r\n")) == NULL)
		return (false);
	size = strtoul(line, NULL, 16);
	data += 2;
	whole = (size_t)(data - line) + size + 2;
	if (s->received.size < whole)
		return (false);
	assert_memory_equal(data + size, "\r\n", 2);
	put(&s->body, data, size);
	take(&s->received, whole);
	if (size == 0)
		end(s);
	return (size > 0);
}

static void
read_body(struct sse *s)
{
	const char *length = reply_header(s->head, "Content-Length");
	size_t      size;

	if (length != NULL) {
		size = strtoul(length, NULL, 10);
		if (s->received.size < size)
			return;
		s->head = reply_new(s->head->headers, s->received.data, size);
		take(&s->received, size);
		end(s);
		return;
	}
	if (!s->chunked) {
		put(&s->body, s->received.data, s->received.size);
		s->received.size = 0;
	} else
		while (read_chunk(s))
			continue;
	read_events(s);
}

static void
read_head(struct sse *s)
{
	const char *blank, *coding;
	size_t      size;

	blank = memmem(s->received.data, s->received.size, "\r\n\r\n", 4);
	if (blank == NULL)
		return;
	size = (size_t)(blank - s->received.data) + 4;
	s->head = reply_new(
	    scratch_printf("%.*s", (int)size, s->received.data), "", 0);
	coding = reply_header(s->head, "Transfer-Encoding");
	s->chunked = coding != NULL && strcmp(coding, "chunked") == 0;
	take(&s->received, size);
}

static void
digest(struct sse *s)
{
	if (s->received.size > 0 && s->head == NULL)
		read_head(s);
	if (s->head != NULL && !s->ended)
		read_body(s);
}

/* All that is there at the moment. Without chunks the end is the end of the
 * connection. */
static void
pump(struct sse *s)
{
	char bytes[16384];
	int  n;

	if (s->ended || s->closed)
		return;
	/* What another connection left there would count as this one's. */
	ERR_clear_error();
	while (!s->ended &&
	    (n = SSL_read(s->raw->ssl, bytes, sizeof(bytes))) > 0) {
		put(&s->received, bytes, (size_t)n);
		digest(s);
	}
	if (s->ended)
		return;
	if (SSL_get_error(s->raw->ssl, n) != SSL_ERROR_WANT_READ) {
		s->closed = true;
		s->ended = s->head != NULL && !s->chunked;
	}
}

struct sse *
sse_next(struct raw *raw)
{
	struct sse *s = scratch_alloc(sizeof(*s));

	s->raw = raw;
	s->server = raw->server;
	s->opened = now_ms();
	put(&s->received, raw->data, raw->size);
	raw->size = 0;
	set_blocking(raw->fd, false);
	digest(s);
	pump(s); /* what OpenSSL holds wakes no poll() */
	return (s);
}

struct sse *
sse_on(struct raw *raw, const struct request *q)
{
	assert_true(raw_text(raw, raw_request(raw->server, q)));
	return (sse_next(raw));
}

struct sse *
sse_open(const struct server *server, const struct request *q)
{
	return (sse_on(raw_open(server), q));
}

static bool
is_open(const struct sse *s)
{
	return (!s->ended && !s->closed);
}

void
sse_watch(struct sse *const *list, size_t n, long ms)
{
	struct pollfd fds[LISTEN];
	size_t        i;

	assert_true(n <= LISTEN);
	for (i = 0; i < n; i++) {
		fds[i].fd = is_open(list[i]) ? list[i]->raw->fd : -1;
		fds[i].events = POLLIN;
	}
	if (poll(fds, (nfds_t)n, (int)ms) > 0)
		for (i = 0; i < n; i++)
			pump(list[i]);
}

bool
sse_wait(struct sse *s, size_t count, long ms)
{
	long long deadline = now_ms() + ms;

	while (s->count < count && is_open(s) && now_ms() < deadline)
		sse_watch(&s, 1, (long)(deadline - now_ms()));
	return (s->count >= count);
}

bool
sse_wait_end(struct sse *s, long ms)
{
	return (sse_wait_all(&s, 1, ms));
}

bool
sse_wait_all(struct sse *const *list, size_t n, long ms)
{
	long long deadline = now_ms() + ms;
	size_t    i, open, ended;

	do {
		for (i = open = ended = 0; i < n; i++) {
			open += is_open(list[i]);
			ended += list[i]->ended;
		}
		if (open == 0 || now_ms() >= deadline)
			return (ended == n);
		sse_watch(list, n, (long)(deadline - now_ms()));
	} while (true);
}

void
sse_close(struct sse *s)
{
	raw_close(s->raw);
	s->closed = true;
	free(s->received.data);
	free(s->body.data);
	s->received = s->body = (struct sse_bytes){0};
}
