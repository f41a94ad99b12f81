#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "harness.h"

#define PAIRS_MAX 200
#define POLL_MS   20

struct pair {
	int  client, server;
	bool silent;
	bool doomed; /* its next answer is lost, and it with that */
};

static struct pair         pairs[PAIRS_MAX];
static size_t              count;
static int                 listener = -1;
static struct sockaddr_in  target;
static pthread_t           thread;
static atomic_int          mode;
static const char *_Atomic to_lose;
static atomic_bool         ending;

/* With libpq's prepared statements a message of this type comes first. */
static bool
is_parse(const char *bytes, ssize_t n)
{
	return (n > 0 && bytes[0] == 'P');
}

/* The message runs the statement whose answer is to be lost. */
static bool
is_to_lose(const char *bytes, ssize_t n)
{
	const char *name = to_lose;

	if (n <= 0 || name == NULL ||
	    memmem(bytes, (size_t)n, name, strlen(name) + 1) == NULL)
		return (false);
	to_lose = NULL;
	return (true);
}

static void
end_pair(struct pair *p)
{
	close(p->client);
	close(p->server);
	p->client = p->server = -1;
}

static void
accept_pair(void)
{
	struct pair *p = &pairs[count];

	if (count == PAIRS_MAX ||
	    (p->client = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) == -1)
		return;
	p->server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	p->silent = connect(p->server, (struct sockaddr *)&target,
			sizeof(target)) == -1;
	count++;
}

/* The end of one side is passed on; a silent pair hears nothing. */
static void
forward(struct pair *p, bool from_client)
{
	int     from = from_client ? p->client : p->server;
	int     to = from_client ? p->server : p->client;
	char    bytes[16384];
	ssize_t n;

	n = recv(from, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (mode == PROXY_SILENT_AT_PARSE && from_client && is_parse(bytes, n))
		p->silent = true;
	if (from_client && is_to_lose(bytes, n))
		p->doomed = true;
	if (p->silent)
		return;
	if (p->doomed && !from_client && n > 0) {
		end_pair(p);
		return;
	}
	if (n > 0 && send(to, bytes, (size_t)n, MSG_NOSIGNAL) == n)
		return;
	if (n == -1 && errno == EAGAIN)
		return;
	end_pair(p);
}

static void
serve(void)
{
	struct pollfd fds[PAIRS_MAX * 2 + 1];
	size_t        i, n = count;

	fds[0] = (struct pollfd){listener, POLLIN, 0};
	for (i = 0; i < n; i++) {
		pairs[i].silent |= (mode == PROXY_SILENT);
		fds[i * 2 + 1] = (struct pollfd){
		    pairs[i].silent ? -1 : pairs[i].client, POLLIN, 0};
		fds[i * 2 + 2] = (struct pollfd){
		    pairs[i].silent ? -1 : pairs[i].server, POLLIN, 0};
	}
	poll(fds, n * 2 + 1, POLL_MS);
	for (i = 0; i < n; i++) {
		if (fds[i * 2 + 1].revents != 0)
			forward(&pairs[i], true);
		if (fds[i * 2 + 2].revents != 0 && pairs[i].server != -1)
			forward(&pairs[i], false);
	}
	if (fds[0].revents != 0)
		accept_pair();
}

static void *
run(void *unused)
{
	while (!ending)
		serve();
	return (unused);
}

static int
listen_somewhere(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t          len = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(listener, -1);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(listener, 128), 0);
	assert_int_equal(
	    getsockname(listener, (struct sockaddr *)&address, &len), 0);
	return (ntohs(address.sin_port));
}

char *
proxy_open(const char *url)
{
	const char *port = strrchr(url, ':') + 1;
	const char *database = strrchr(url, '/');
	int         ours = listen_somewhere();

	target.sin_family = AF_INET;
	target.sin_port = htons((uint16_t)atoi(port));
	target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(pthread_create(&thread, NULL, run, NULL), 0);
	return (
	    scratch_printf("%.*s%d%s", (int)(port - url), url, ours, database));
}

void
proxy_set(enum proxy_mode wanted)
{
	mode = (int)wanted;
	sleep_ms(3 * POLL_MS); /* until the thread has seen it */
}

void
proxy_lose(const char *statement)
{
	to_lose = statement;
}

bool
proxy_lost(void)
{
	return (to_lose == NULL);
}

void
proxy_close(void)
{
	size_t i;

	if (listener == -1)
		return;
	ending = true;
	pthread_join(thread, NULL);
	for (i = 0; i < count; i++) {
		if (pairs[i].client == -1)
			continue;
		close(pairs[i].client);
		close(pairs[i].server);
	}
	close(listener);
	listener = -1;
}
