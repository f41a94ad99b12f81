#include <kore/kore.h>
#include <kore/http.h>
#include <kore/curl.h>

#include <sys/socket.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/config.h"
#include "core/upstream.h"

#define LOOK_EVERY_MS  100
#define RECEIVE_BYTES  2048 /* libcurl's buffer of a call: deltas are short */
#define SOCKET_LOWEST  64   /* descriptor numbers of calls */
#define SOCKET_NUMBERS 512

struct upstream {
	struct kore_curl     client;
	struct upstream_call call; /* its handlers and arg */
	char                 retry_after[64];
	uint64_t             began;     /* kore_time_ms() */
	uint64_t             last_byte; /* 0: none yet */
	bool                 over;      /* only to be freed */
	bool                 detached;  /* nobody listens */
	struct kore_timer   *starting;  /* NULL once it has started */
	LIST_ENTRY(upstream) list;
};

static LIST_HEAD(, upstream) open_calls = LIST_HEAD_INITIALIZER(open_calls);
static bool looking;

static void
release(struct upstream *u)
{
	LIST_REMOVE(u, list);
	if (u->starting != NULL)
		kore_timer_remove(u->starting);
	kore_curl_cleanup(&u->client);
	free(u);
}

static int
status_of(struct upstream *u)
{
	long status = 0;

	if (u->client.handle == NULL)
		return ((int)u->client.http.status);
	curl_easy_getinfo(u->client.handle, CURLINFO_RESPONSE_CODE, &status);
	return ((int)status);
}

static size_t
take_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct upstream *u = arg;
	size_t           len = size * count;

	u->last_byte = kore_time_ms();
	if (u->detached)
		return (len);
	/* Whoever says no has forgotten us: libcurl then ends the call. */
	if (!u->over && !u->call.data(u->call.arg, status_of(u), bytes, len))
		u->over = true;
	return (u->over ? 0 : len);
}

static size_t
take_header(char *line, size_t size, size_t count, void *arg)
{
	static const char name[] = "retry-after:";
	struct upstream  *u = arg;
	size_t            len = size * count, n = sizeof(name) - 1;

	if (len <= n || strncasecmp(line, name, n) != 0)
		return (len);
	while (n < len && line[n] == ' ')
		n++;
	snprintf(u->retry_after, sizeof(u->retry_after), "%.*s", (int)(len - n),
	    line + n);
	u->retry_after[strcspn(u->retry_after, "\r\n")] = '\0';
	return (len);
}

static void
finish(struct upstream *u, enum upstream_end how, const char *problem)
{
	u->over = true;
	if (!u->detached)
		u->call.end(u->call.arg, how, status_of(u),
		    u->retry_after[0] != '\0' ? u->retry_after : NULL, problem);
	release(u);
}

static void
ended(struct kore_curl *client, void *arg)
{
	struct upstream *u = arg;

	if (u->over || u->detached)
		release(u);
	else if (client->result == CURLE_OK)
		finish(u, UPSTREAM_COMPLETE, "");
	else
		finish(u,
		    client->result == CURLE_OPERATION_TIMEDOUT
			? UPSTREAM_TIMED_OUT
			: UPSTREAM_BROKEN,
		    curl_easy_strerror(client->result));
}

static bool
timed_out(const struct upstream *u, uint64_t now)
{
	if (u->last_byte == 0)
		return (
		    now - u->began > (uint64_t)config.first_byte_timeout_ms);
	return (now - u->last_byte > (uint64_t)config.idle_timeout_ms);
}

static void
look(void *arg, u_int64_t now)
{
	struct upstream *u, *next;

	(void)arg;
	/* Timers that ran before this one may have begun calls since then. */
	now = kore_time_ms();
	for (u = LIST_FIRST(&open_calls); u != NULL; u = next) {
		next = LIST_NEXT(u, list);
		if (!u->over && timed_out(u, now))
			finish(u, UPSTREAM_TIMED_OUT,
			    u->last_byte == 0 ? "no first byte"
					      : "no further byte");
	}
	looking = !LIST_EMPTY(&open_calls);
	if (looking)
		kore_timer_add(look, LOOK_EVERY_MS, NULL, KORE_TIMER_ONESHOT);
}

/*
 * A socket under a number that was not used for long. When libcurl gives up
 * an attempt to connect, and tries the next address, it closes the socket
 * without telling Kore; under the same number Kore would not notice that the
 * next one is another, and wait for it in vain.
 */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	static int next;
	int        fd, high;

	(void)arg;
	(void)purpose;
	fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	if (fd == -1)
		return (CURL_SOCKET_BAD);
	next = (next + 1) % SOCKET_NUMBERS;
	high = fcntl(fd, F_DUPFD_CLOEXEC, SOCKET_LOWEST + next);
	if (high == -1)
		return (fd);
	close(fd);
	return (high);
}

void __real_kore_platform_disable_read(int);
void __wrap_kore_platform_disable_read(int);

/* It ends the worker for a socket that is closed already; see above. */
void
__wrap_kore_platform_disable_read(int fd)
{
	if (fcntl(fd, F_GETFD) != -1)
		__real_kore_platform_disable_read(fd);
}

/* Only the protocol of the configured address; nothing a provider answers
 * can make us speak another. */
static void
set_options(struct upstream *u, const char *url)
{
	CURL *c = u->client.handle;

	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR,
	    strncmp(url, "http://", 7) == 0 ? "http" : "https");
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_CAINFO, UPSTREAM_CA_FILE);
	curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(
	    c, CURLOPT_CONNECTTIMEOUT_MS, (long)config.connect_timeout_ms);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)config.total_timeout_ms);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "aichat");
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, (long)RECEIVE_BYTES);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, u);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, u);
}

static void
set_headers(struct upstream *u, const char *headers)
{
	char   line[4096], *value;
	size_t n;

	for (; *headers != '\0'; headers += n + (headers[n] == '\n')) {
		n = strcspn(headers, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)n, headers);
		if ((value = strstr(line, ": ")) == NULL)
			continue;
		*value = '\0';
		kore_curl_http_set_header(&u->client, line, value + 2);
	}
	explicit_bzero(line, sizeof(line));
}

/*
 * From the loop: libcurl may call back at once, also for other calls, and a
 * near upstream has then answered before our caller knows the call.
 */
static void
start(void *arg, u_int64_t now)
{
	struct upstream *u = arg;

	(void)now;
	u->starting = NULL;
	kore_curl_run(&u->client);
	/* Or it starts up to a second late. */
	kore_curl_do_timeout();
}

struct upstream *
upstream_begin(const struct upstream_call *call)
{
	struct upstream *u;

	if ((u = calloc(1, sizeof(*u))) == NULL)
		fatal("upstream: no memory");
	u->call = *call;
	u->began = kore_time_ms();
	if (!kore_curl_init(&u->client, call->url, KORE_CURL_ASYNC))
		fatal("upstream: libcurl: no memory");
	kore_curl_http_setup(
	    &u->client, HTTP_METHOD_POST, call->body, call->body_len);
	/* Kore has libcurl ask for the body, which costs a buffer of 64 KB and
	 * a packet; as one text, Kore's copy, it leaves with the head. */
	curl_easy_setopt(
	    u->client.handle, CURLOPT_POSTFIELDS, u->client.http.tosend->data);
	set_options(u, call->url);
	set_headers(u, call->headers);
	kore_curl_bind_callback(&u->client, ended, u);
	LIST_INSERT_HEAD(&open_calls, u, list);
	if (!looking) {
		looking = true;
		kore_timer_add(look, LOOK_EVERY_MS, NULL, KORE_TIMER_ONESHOT);
	}
	u->starting = kore_timer_add(start, 0, u, KORE_TIMER_ONESHOT);
	return (u);
}

void
upstream_abort(struct upstream *u)
{
	if (u != NULL && !u->over)
		release(u);
}

void
upstream_detach(struct upstream *u)
{
	u->detached = true;
}
