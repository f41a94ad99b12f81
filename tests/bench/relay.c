/*
 * The least a proxy of streams can do: TLS in front, libcurl behind, and the
 * bytes of the answer passed on as they come. Nothing is checked or kept.
 *
 *	relay PORT CERTIFICATE KEY URL
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "peer.h"

struct relayed {
	struct peer       *peer; /* NULL once it left */
	struct buf         request;
	CURL              *call;
	struct curl_slist *headers;
};

static CURLM      *multi;
static const char *url;
static uint64_t    timer_at; /* microseconds; 0: none */

static size_t
pass_on(char *bytes, size_t size, size_t n, void *arg)
{
	struct relayed *r = arg;
	struct buf      out = {0};

	if (r->peer == NULL)
		return (0);
	buf_printf(&out, "%zx\r\n", size * n);
	buf_append(&out, bytes, size * n);
	buf_text(&out, "\r\n");
	peer_send(r->peer, out.data, out.len);
	buf_release(&out);
	return (size * n);
}

static void
begin(struct relayed *r, const char *body)
{
	static const char head[] =
	    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
	    "transfer-encoding: chunked\r\n\r\n";

	peer_send(r->peer, head, sizeof(head) - 1);
	r->call = curl_easy_init();
	r->headers = curl_slist_append(NULL, "content-type: application/json");
	curl_easy_setopt(r->call, CURLOPT_URL, url);
	curl_easy_setopt(r->call, CURLOPT_HTTPHEADER, r->headers);
	curl_easy_setopt(r->call, CURLOPT_COPYPOSTFIELDS, body);
	curl_easy_setopt(r->call, CURLOPT_WRITEFUNCTION, pass_on);
	curl_easy_setopt(r->call, CURLOPT_WRITEDATA, r);
	curl_easy_setopt(r->call, CURLOPT_PRIVATE, r);
	curl_multi_add_handle(multi, r->call);
}

static void
end(struct relayed *r)
{
	curl_multi_remove_handle(multi, r->call);
	curl_easy_cleanup(r->call);
	curl_slist_free_all(r->headers);
	r->call = NULL;
	if (r->peer != NULL)
		peer_send(r->peer, "0\r\n\r\n", 5);
	else
		free(r);
}

static void
look(void)
{
	struct relayed *r;
	CURLMsg        *message;
	int             left;

	while ((message = curl_multi_info_read(multi, &left)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(
		    message->easy_handle, CURLINFO_PRIVATE, (char **)&r);
		end(r);
	}
}

static void
socket_ready(struct watch *w, uint32_t events)
{
	int what = 0, running;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		what |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	curl_multi_socket_action(multi, w->fd, what, &running);
	look();
}

static int
watch_socket(CURL *call, curl_socket_t fd, int what, void *arg, void *socket)
{
	struct watch *w = socket;

	(void)call;
	(void)arg;
	if (what == CURL_POLL_REMOVE) {
		if (w != NULL)
			watch_set(w, 0);
		/* Events of this turn may still name it. */
		return (0);
	}
	if (w == NULL) {
		if ((w = calloc(1, sizeof(*w))) == NULL)
			die("calloc");
		w->fd = fd;
		w->ready = socket_ready;
		curl_multi_assign(multi, fd, w);
	}
	watch_set(w,
	    (what & CURL_POLL_IN ? EPOLLIN : 0u) |
		(what & CURL_POLL_OUT ? EPOLLOUT : 0u));
	return (0);
}

static int
set_timer(CURLM *m, long ms, void *arg)
{
	(void)m;
	(void)arg;
	timer_at = ms < 0 ? 0 : peer_now_us() + (uint64_t)ms * 1000 + 1;
	return (0);
}

static void
data(struct peer *p, const char *bytes, size_t len)
{
	struct relayed *r = p->arg;
	const char     *body, *length;

	if (r == NULL) {
		if ((r = p->arg = calloc(1, sizeof(*r))) == NULL)
			die("calloc");
		r->peer = p;
	}
	buf_append(&r->request, bytes, len);
	if ((body = strstr(r->request.data, "\r\n\r\n")) == NULL ||
	    (length = strcasestr(r->request.data, "content-length:")) == NULL)
		return;
	body += 4;
	if (strlen(body) < strtoul(length + 15, NULL, 10))
		return;
	begin(r, body);
	buf_release(&r->request);
}

static void
closed(struct peer *p)
{
	struct relayed *r = p->arg;

	if (r == NULL)
		return;
	r->peer = NULL;
	buf_release(&r->request);
	if (r->call == NULL)
		free(r);
}

static int
until_timer(void)
{
	uint64_t now = peer_now_us();

	if (timer_at == 0)
		return (1000);
	return (timer_at <= now ? 0 : (int)((timer_at - now) / 1000 + 1));
}

int
main(int argc, char **argv)
{
	static const struct peer_events events = {NULL, data, closed};
	int                             running;

	if (argc != 5)
		return (2);
	peer_init();
	curl_global_init(CURL_GLOBAL_ALL);
	url = argv[4];
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 500L);
	peer_listen(atoi(argv[1]), peer_server_tls(argv[2], argv[3]), &events);
	for (;;) {
		peer_run(until_timer());
		if (timer_at == 0 || timer_at > peer_now_us())
			continue;
		timer_at = 0;
		curl_multi_socket_action(
		    multi, CURL_SOCKET_TIMEOUT, 0, &running);
		look();
	}
}
