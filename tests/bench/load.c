/*
 * What wrk cannot: streams, idle connections, handshakes. PORT is on this
 * machine; the result is one JSON object on a line.
 *
 *	load streams PORT tls|plain TOKENS N SECONDS SPREAD_MS
 *		keep N event streams going for so long, begun over SPREAD_MS:
 *		time to the first word and to the end, in microseconds
 *	load hold PORT tls|plain TOKENS N
 *		open N streams, say "ready" when each has its first word, and
 *		hold them until standard input ends
 *	load idle PORT N
 *		the same with connections that say nothing
 *	load handshakes PORT full|resumed N SECONDS
 *		N at once, each followed by one GET /healthz and a close
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

#define WORD       "word" /* of a fake model's deltas, and of no head */
#define END        "\r\n0\r\n\r\n"
#define KEEP       16  /* bytes of what came before that may matter */
#define CONNECTING 200 /* at once */
#define BODY \
	"{\"model\":\"gpt\",\"prompt\":\"Say something.\"," \
	"\"conversation_number\":1,\"stream\":true}"

struct client {
	struct peer *peer;
	struct buf   request;
	char         tail[KEEP]; /* the end of what was read */
	size_t       tail_len;
	uint64_t     start_at, sent, first;
	bool         answered; /* its status was seen */
};

struct times {
	uint64_t *list;
	size_t    count, room;
};

static struct times firsts, wholes;
static size_t       errors, opening, opened, begun, count;
static uint64_t     stop_at;
static bool         holding, only_connect;
static int          port;
static SSL_CTX     *tls;
static char       **tokens;
static size_t       token_count;

static void
note(struct times *t, uint64_t value)
{
	if (t->count == t->room) {
		t->room = t->room > 0 ? t->room * 2 : 1024;
		t->list = realloc(t->list, t->room * sizeof(*t->list));
		if (t->list == NULL)
			die("realloc");
	}
	t->list[t->count++] = value;
}

static int
by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

static unsigned long long
percentile(struct times *t, double p)
{
	if (t->count == 0)
		return (0);
	qsort(t->list, t->count, sizeof(*t->list), by_value);
	return (t->list[(size_t)((double)(t->count - 1) * p)]);
}

static void
ask(struct client *c)
{
	c->sent = peer_now_us();
	c->first = 0;
	c->answered = false;
	c->tail_len = 0;
	peer_send(c->peer, c->request.data, c->request.len);
}

static void
finish(struct client *c)
{
	uint64_t now = peer_now_us();

	note(&firsts, c->first - c->sent);
	note(&wholes, now - c->sent);
	if (now < stop_at)
		ask(c);
	else {
		peer_close(c->peer);
		opened--;
	}
}

static void
data(struct peer *p, const char *bytes, size_t len)
{
	static char    text[65536 + KEEP + 1];
	struct client *c = p->arg;
	size_t         n = c->tail_len + len;

	memcpy(text, c->tail, c->tail_len);
	memcpy(text + c->tail_len, bytes, len);
	text[n] = '\0';
	if (!c->answered && n >= 12) {
		c->answered = true;
		if (memcmp(text, "HTTP/1.1 200", 12) != 0)
			errors++;
	}
	if (c->first == 0 && memmem(text, n, WORD, strlen(WORD)) != NULL) {
		c->first = peer_now_us();
		begun++;
	}
	c->tail_len = n < KEEP ? n : KEEP;
	memcpy(c->tail, text + n - c->tail_len, c->tail_len);
	if (!holding && n >= strlen(END) &&
	    memcmp(text + n - strlen(END), END, strlen(END)) == 0)
		finish(c);
}

static void
open_client(struct peer *p)
{
	struct client *c = p->arg;

	opening--;
	opened++;
	if (holding && !only_connect)
		ask(c);
}

static void
lost(struct peer *p)
{
	(void)p;
	errors++;
	opened--;
}

static const struct peer_events client_events = {open_client, data, lost};

static void
read_tokens(const char *path)
{
	static char line[4096];
	FILE       *fp = fopen(path, "r");

	if (fp == NULL)
		die(path);
	while (fgets(line, sizeof(line), fp) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		tokens = realloc(tokens, (token_count + 1) * sizeof(*tokens));
		tokens[token_count++] = strdup(line);
	}
	fclose(fp);
}

static void
put_request(struct client *c, size_t i)
{
	buf_printf(&c->request,
	    "POST /chat/ HTTP/1.1\r\nhost: localhost\r\n"
	    "content-type: application/json\r\n"
	    "authorization: Bearer %s\r\ncontent-length: %zu\r\n\r\n%s",
	    tokens[i % token_count], strlen(BODY), BODY);
}

/* Connections that are being made, or wait for their first word. */
static size_t
busy(void)
{
	return (opening + (holding && !only_connect ? opened - begun : 0));
}

/* All of them, a few at a time: a queue of connections has its end. */
static struct client *
connect_all(void)
{
	struct client *list = calloc(count, sizeof(*list));
	size_t         i;

	if (list == NULL)
		die("calloc");
	for (i = 0; i < count; i++) {
		if (token_count > 0)
			put_request(&list[i], i);
		list[i].peer = peer_connect(port, tls, NULL, &client_events);
		list[i].peer->arg = &list[i];
		opening++;
		while (busy() >= CONNECTING && errors == 0)
			peer_run(100);
	}
	while (busy() > 0 && errors == 0)
		peer_run(100);
	return (list);
}

static int
streams(double seconds, double spread_ms)
{
	struct client *list = connect_all();
	uint64_t       start = peer_now_us();
	size_t         i, next = 0;

	stop_at = start + (uint64_t)(seconds * 1e6);
	for (i = 0; i < count; i++)
		list[i].start_at = start +
		    (uint64_t)(spread_ms * 1000) * i / count;
	while (opened > 0 && peer_now_us() < stop_at + 15000000) {
		while (next < count && list[next].start_at <= peer_now_us())
			ask(&list[next++]);
		peer_run(next < count ? 1 : 100);
	}
	printf("{\"streams\": %zu, \"answers\": %zu, \"errors\": %zu, "
	       "\"first_p50\": %llu, \"first_p99\": %llu, "
	       "\"whole_p50\": %llu, \"whole_p99\": %llu}\n",
	    count, wholes.count, errors + opened, percentile(&firsts, 0.5),
	    percentile(&firsts, 0.99), percentile(&wholes, 0.5),
	    percentile(&wholes, 0.99));
	return (errors + opened > 0);
}

static bool input_ended;

static void
input_ready(struct watch *w, uint32_t events)
{
	char bytes[64];

	(void)events;
	if (read(w->fd, bytes, sizeof(bytes)) <= 0)
		input_ended = true;
}

static int
hold(void)
{
	static struct watch input = {STDIN_FILENO, input_ready};

	holding = true;
	connect_all();
	printf(errors > 0 ? "failed\n" : "ready\n");
	fflush(stdout);
	watch_set(&input, 1 /* EPOLLIN */);
	while (!input_ended)
		peer_run(1000);
	return (errors > 0);
}

static const char health[] =
    "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
static SSL_SESSION *session;
static size_t       handshakes, opened, reused;
static bool         resume;
static void         shake(void);

static void
shaken(struct peer *p)
{
	opened++;
	reused += (size_t)SSL_session_reused(p->ssl);
	peer_send(p, health, sizeof(health) - 1);
}

static void
shaken_over(struct peer *p)
{
	if (p->arg == NULL)
		errors++;
	handshakes++;
	shake();
}

static void
shaken_data(struct peer *p, const char *bytes, size_t len)
{
	(void)len;
	if (bytes[0] != 'H' || p->arg != NULL)
		return;
	p->arg = &handshakes; /* answered */
	peer_close(p);
	handshakes++;
	shake();
}

static const struct peer_events shake_events = {
    shaken, shaken_data, shaken_over};

/* A copy for each: OpenSSL lets a client use a session of TLS 1.3 once. */
static void
shake(void)
{
	SSL_SESSION *copy = NULL;

	if (peer_now_us() >= stop_at)
		return;
	if (session != NULL && (copy = SSL_SESSION_dup(session)) == NULL)
		abort();
	peer_connect(port, tls, copy, &shake_events);
	SSL_SESSION_free(copy);
}

static int
keep_session(SSL *ssl, SSL_SESSION *s)
{
	(void)ssl;
	if (!resume || session != NULL || !SSL_SESSION_is_resumable(s))
		return (0);
	session = s;
	return (1);
}

static int
measure_handshakes(double seconds)
{
	uint64_t start;
	size_t   i;

	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_CLIENT);
	SSL_CTX_sess_set_new_cb(tls, keep_session);
	if (resume) {
		stop_at = peer_now_us() + 300000;
		for (shake(); session == NULL;)
			peer_run(10);
		while (peer_now_us() < stop_at)
			peer_run(10);
	}
	handshakes = opened = reused = 0;
	start = peer_now_us();
	stop_at = start + (uint64_t)(seconds * 1e6);
	for (i = 0; i < count; i++)
		shake();
	while (peer_now_us() < stop_at)
		peer_run(10);
	printf("{\"handshakes\": %.1f, \"errors\": %zu}\n",
	    (double)handshakes / seconds, errors);
	if (reused != (resume ? opened : 0)) {
		fprintf(
		    stderr, "load: %zu of %zu were resumed\n", reused, opened);
		return (1);
	}
	return (errors > 0);
}

static int
usage(void)
{
	fprintf(stderr, "usage: see tests/bench/load.c\n");
	return (2);
}

int
main(int argc, char **argv)
{
	if (argc < 4)
		return (usage());
	peer_init();
	port = atoi(argv[2]);
	tls = SSL_CTX_new(TLS_client_method());
	if (strcmp(argv[1], "idle") == 0) {
		count = strtoul(argv[3], NULL, 10);
		only_connect = true;
		return (hold());
	}
	if (argc < 6)
		return (usage());
	if (strcmp(argv[1], "handshakes") == 0) {
		resume = strcmp(argv[3], "resumed") == 0;
		count = strtoul(argv[4], NULL, 10);
		return (measure_handshakes(atof(argv[5])));
	}
	if (strcmp(argv[3], "plain") == 0)
		tls = NULL;
	read_tokens(argv[4]);
	count = strtoul(argv[5], NULL, 10);
	if (strcmp(argv[1], "hold") == 0)
		return (hold());
	if (strcmp(argv[1], "streams") == 0 && argc == 8)
		return (streams(atof(argv[6]), atof(argv[7])));
	return (usage());
}
