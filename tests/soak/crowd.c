/*
 * Many clients of no use, who come back when they are sent away: each holds a
 * TLS connection that says nothing, or sends its request's head or body a byte
 * a second. PORT is on this machine. Every second a line tells how many are
 * connected; it goes on until it is killed.
 *
 *	crowd PORT idle|head|body N
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "peer.h"

#define CONNECTING 100 /* at once */
#define HEAD       "POST /auth/login HTTP/1.1\r\nHost: localhost\r\n"
#define SLOW_HEAD  HEAD "X-Slow: "
#define SLOW_BODY \
	HEAD "Content-Type: application/json\r\nContent-Length: 9999\r\n\r\n{"

static const char   *words = "";
static struct peer **peers;
static size_t        count, connecting, connected;

static void
opened(struct peer *p)
{
	connecting--;
	connected++;
	peer_send(p, words, strlen(words));
}

static void
ignore(struct peer *p, const char *bytes, size_t len)
{
	(void)p;
	(void)bytes;
	(void)len;
}

/* Whether it had been open, which is_open does not say any more. */
static void
lost(struct peer *p)
{
	struct peer **slot = p->arg;

	if (SSL_is_init_finished(p->ssl))
		connected--;
	else
		connecting--;
	*slot = NULL;
}

static const struct peer_events events = {opened, ignore, lost};

static void
come_back(int port, SSL_CTX *tls)
{
	size_t i;

	for (i = 0; i < count && connecting < CONNECTING; i++) {
		if (peers[i] != NULL)
			continue;
		peers[i] = peer_connect(port, tls, NULL, &events);
		peers[i]->arg = &peers[i];
		connecting++;
	}
}

static void
each_second(void)
{
	size_t i;

	printf("%zu\n", connected);
	fflush(stdout);
	for (i = 0; i < count && *words != '\0'; i++)
		if (peers[i] != NULL && peers[i]->is_open)
			peer_send(peers[i], "a", 1);
}

int
main(int argc, char **argv)
{
	uint64_t next = 0;
	SSL_CTX *tls;

	if (argc != 4)
		return (2);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	peer_init();
	tls = SSL_CTX_new(TLS_client_method());
	if (strcmp(argv[2], "idle") != 0)
		words = strcmp(argv[2], "head") == 0 ? SLOW_HEAD : SLOW_BODY;
	count = strtoul(argv[3], NULL, 10);
	if ((peers = calloc(count, sizeof(struct peer *))) == NULL)
		die("calloc");
	for (;;) {
		come_back(atoi(argv[1]), tls);
		peer_run(100);
		if (peer_now_us() < next)
			continue;
		next = peer_now_us() + 1000000;
		each_second();
	}
}
