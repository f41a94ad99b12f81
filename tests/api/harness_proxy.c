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
#define SLOW_MS   120 /* at most, of each message */
#define CUT_ONE   12  /* of so many messages */

/* One that is free has no client. */
struct pair {
	int       client, server;
	bool      silent;
	bool      doomed; /* its next answer is lost, and it with that */
	long long due;    /* now_ms(); 0: nothing is held back */
};

static struct pair         pairs[PAIRS_MAX];
static size_t              count;
static int                 listener = -1;
static bool                refusing;
static unsigned int        chance = 1;
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

static struct pair *
free_pair(void)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (pairs[i].client == -1)
			return (&pairs[i]);
	return (count < PAIRS_MAX ? &pairs[count++] : NULL);
}

static void
close_pair(struct pair *p)
{
	close(p->client);
	close(p->server);
	p->client = p->server = -1;
}

static void
accept_pair(void)
{
	int          client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct pair *p;

	if (client == -1)
		return;
	if ((p = free_pair()) == NULL) {
		close(client);
		return;
	}
	*p = (struct pair){.client = client};
	p->server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(p->server, (struct sockaddr *)&target, sizeof(target)) ==
	    -1)
		close_pair(p);
}

/* A message that is slow is left where it is until its time has come. */
static bool
holds_back(struct pair *p)
{
	if (mode != PROXY_SLOW)
		return (false);
	if (p->due == 0)
		p->due = now_ms() + 1 + rand_r(&chance) % SLOW_MS;
	else if (p->due <= now_ms()) {
		p->due = 0;
		return (false);
	}
	return (true);
}

/* The end of one side is passed on; a silent pair hears nothing. */
static void
forward(struct pair *p, bool from_client)
{
	int     from = from_client ? p->client : p->server;
	int     to = from_client ? p->server : p->client;
	char    bytes[16384];
	ssize_t n;

	if (holds_back(p))
		return;
	n = recv(from, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (mode == PROXY_SILENT_AT_PARSE && from_client && is_parse(bytes, n))
		p->silent = true;
	if (from_client && is_to_lose(bytes, n))
		p->doomed = true;
	if (p->silent || (n == -1 && errno == EAGAIN))
		return;
	if (n > 0 && mode == PROXY_CUTTING && rand_r(&chance) % CUT_ONE == 0)
		send(to, bytes, (size_t)n / 2, MSG_NOSIGNAL);
	else if (n > 0 && (!p->doomed || from_client) &&
	    send(to, bytes, (size_t)n, MSG_NOSIGNAL) == n)
		return;
	close_pair(p);
}

/* A socket that listens no more refuses, and can listen again. */
static void
refuse(bool wanted)
{
	size_t i;

	if (wanted == refusing)
		return;
	if (!wanted) {
		refusing = listen(listener, 128) == -1;
		return;
	}
	refusing = true;
	shutdown(listener, SHUT_RDWR);
	for (i = 0; i < count; i++)
		if (pairs[i].client != -1)
			close_pair(&pairs[i]);
}

/* Both sides of a pair; of a silent one only whether its client has left,
 * which while all are silent nobody is to learn. */
static void
look_at(struct pair *p, struct pollfd *fds)
{
	bool waits = p->due > now_ms();

	if (p->client != -1)
		p->silent |= mode == PROXY_SILENT;
	fds[0] = (struct pollfd){p->client, POLLIN, 0};
	fds[1] = (struct pollfd){p->server, POLLIN, 0};
	if (p->silent || waits)
		fds[0].fd = fds[1].fd = -1;
	if (p->silent && mode != PROXY_SILENT)
		fds[0] = (struct pollfd){p->client, POLLRDHUP, 0};
}

static void
pass_on(struct pair *p, const struct pollfd *fds)
{
	if (fds[0].revents != 0 && p->silent)
		close_pair(p);
	else if (fds[0].revents != 0)
		forward(p, true);
	if (fds[1].revents != 0 && p->server != -1)
		forward(p, false);
}

static void
serve(void)
{
	struct pollfd fds[PAIRS_MAX * 2 + 1];
	size_t        i, n = count;

	refuse(mode == PROXY_REFUSING);
	fds[0] = (struct pollfd){refusing ? -1 : listener, POLLIN, 0};
	for (i = 0; i < n; i++)
		look_at(&pairs[i], &fds[i * 2 + 1]);
	poll(fds, n * 2 + 1, POLL_MS);
	for (i = 0; i < n; i++)
		pass_on(&pairs[i], &fds[i * 2 + 1]);
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
	int                on = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	/* One that the kernel chose is another one after it refused. */
	address.sin_port = htons((uint16_t)free_port());
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(listener, -1);
	/* What was accepted and ended holds the port for a while, also against
	 * one that listens on it again. */
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
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
