#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

#define EVENTS_MAX 512

struct listening {
	struct watch              watch; /* first */
	SSL_CTX                  *ctx;
	const struct peer_events *events;
};

static SLIST_HEAD(, peer) gone = SLIST_HEAD_INITIALIZER(gone);
static int epoll_fd = -1;

void
die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

uint64_t
peer_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000);
}

void
peer_init(void)
{
	struct rlimit files;

	signal(SIGPIPE, SIG_IGN);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if ((epoll_fd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		die("epoll_create1");
}

void
watch_set(struct watch *w, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};

	if (events == 0)
		epoll_ctl(epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	else if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, w->fd, &e) == -1 &&
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, w->fd, &e) == -1)
		die("epoll_ctl");
}

void
peer_close(struct peer *p)
{
	if (p->is_closed)
		return;
	p->is_closed = true;
	if (p->ssl != NULL && p->is_open)
		SSL_shutdown(p->ssl);
	close(p->watch.fd);
	SLIST_INSERT_HEAD(&gone, p, gone);
}

static void
lose(struct peer *p)
{
	if (p->is_closed)
		return;
	p->is_open = false;
	peer_close(p);
	p->events->closed(p);
}

/* What TLS wants before it goes on; false when the connection is lost. */
static bool
try_later(struct peer *p, int result)
{
	int error = SSL_get_error(p->ssl, result);

	ERR_clear_error();
	if (error == SSL_ERROR_WANT_WRITE)
		watch_set(&p->watch, EPOLLIN | EPOLLOUT);
	else if (error != SSL_ERROR_WANT_READ)
		lose(p);
	return (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE);
}

static void
flush(struct peer *p)
{
	ssize_t n;

	while (p->out.len > 0) {
		if (p->ssl != NULL)
			n = SSL_write(p->ssl, p->out.data, (int)p->out.len);
		else
			n = send(p->watch.fd, p->out.data, p->out.len, 0);
		if (n > 0) {
			buf_consume(&p->out, (size_t)n);
		} else if (p->ssl != NULL) {
			try_later(p, (int)n);
			return;
		} else if (errno == EAGAIN) {
			watch_set(&p->watch, EPOLLIN | EPOLLOUT);
			return;
		} else {
			lose(p);
			return;
		}
	}
	buf_release(&p->out);
	watch_set(&p->watch, EPOLLIN);
}

void
peer_send(struct peer *p, const char *data, size_t len)
{
	bool busy = p->out.len > 0;

	if (p->is_closed)
		return;
	buf_append(&p->out, data, len);
	if (p->is_open && !busy)
		flush(p);
}

static void
take(struct peer *p)
{
	static char bytes[65536];
	ssize_t     n;

	while (!p->is_closed) {
		if (p->ssl != NULL)
			n = SSL_read(p->ssl, bytes, sizeof(bytes));
		else
			n = recv(p->watch.fd, bytes, sizeof(bytes), 0);
		if (n > 0)
			p->events->data(p, bytes, (size_t)n);
		else if (p->ssl != NULL) {
			try_later(p, (int)n);
			return;
		} else if (n == 0 || errno != EAGAIN) {
			lose(p);
		} else
			return;
	}
}

static bool
become_open(struct peer *p)
{
	int       result, error = 0;
	socklen_t len = sizeof(error);

	getsockopt(p->watch.fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error != 0) {
		lose(p);
		return (false);
	}
	if (p->ssl != NULL && (result = SSL_do_handshake(p->ssl)) != 1) {
		watch_set(&p->watch, EPOLLIN);
		try_later(p, result);
		return (false);
	}
	p->is_open = true;
	watch_set(&p->watch, EPOLLIN);
	if (p->events->open != NULL)
		p->events->open(p);
	return (!p->is_closed);
}

static void
peer_ready(struct watch *w, uint32_t events)
{
	struct peer *p = (struct peer *)w;

	if (p->is_closed || (!p->is_open && !become_open(p)))
		return;
	if (events & EPOLLOUT || p->out.len > 0)
		flush(p);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		take(p);
}

static struct peer *
peer_new(int fd, SSL_CTX *ctx, const struct peer_events *events)
{
	struct peer *p;
	int          one = 1;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		die("calloc");
	p->watch.fd = fd;
	p->watch.ready = peer_ready;
	p->events = events;
	if (ctx != NULL) {
		p->ssl = SSL_new(ctx);
		SSL_set_fd(p->ssl, fd);
		SSL_set_mode(p->ssl,
		    SSL_MODE_ENABLE_PARTIAL_WRITE |
			SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	watch_set(&p->watch, EPOLLIN | EPOLLOUT);
	return (p);
}

static void
accept_all(struct watch *w, uint32_t events)
{
	struct listening *l = (struct listening *)w;
	struct peer      *p;
	int               fd;

	(void)events;
	while ((fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK)) != -1) {
		p = peer_new(fd, l->ctx, l->events);
		if (p->ssl != NULL)
			SSL_set_accept_state(p->ssl);
	}
}

static struct sockaddr_in
loopback(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET};

	a.sin_port = htons((uint16_t)port);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return (a);
}

void
peer_listen(int port, SSL_CTX *ctx, const struct peer_events *events)
{
	struct sockaddr_in a = loopback(port);
	struct listening  *l = calloc(1, sizeof(*l));
	int                one = 1;

	if (l == NULL)
		die("calloc");
	l->ctx = ctx;
	l->events = events;
	l->watch.ready = accept_all;
	l->watch.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	setsockopt(l->watch.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(l->watch.fd, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    listen(l->watch.fd, 4096) == -1)
		die("listen");
	watch_set(&l->watch, EPOLLIN);
}

SSL_CTX *
peer_server_tls(const char *certificate, const char *key)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		die(certificate);
	return (ctx);
}

struct peer *
peer_connect(int port, SSL_CTX *ctx, SSL_SESSION *session,
    const struct peer_events *events)
{
	struct sockaddr_in a = loopback(port);
	struct peer       *p;
	int                fd;

	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) == -1)
		die("socket");
	/* One that was refused at once is lost like one that is later. */
	(void)connect(fd, (struct sockaddr *)&a, sizeof(a));
	p = peer_new(fd, ctx, events);
	if (p->ssl != NULL) {
		SSL_set_connect_state(p->ssl);
		if (session != NULL)
			SSL_set_session(p->ssl, session);
	}
	return (p);
}

static void
free_gone(void)
{
	struct peer *p;

	while ((p = SLIST_FIRST(&gone)) != NULL) {
		SLIST_REMOVE_HEAD(&gone, gone);
		SSL_free(p->ssl);
		buf_release(&p->out);
		free(p);
	}
}

void
peer_run(int ms)
{
	struct epoll_event events[EVENTS_MAX];
	struct watch      *w;
	int                i, n;

	n = epoll_wait(epoll_fd, events, EVENTS_MAX, ms);
	for (i = 0; i < n; i++) {
		w = events[i].data.ptr;
		w->ready(w, events[i].events);
	}
	free_gone();
}
