#include <kore/kore.h>
#include <kore/http.h>
#include <kore/curl.h>

#include <unistd.h>

#include "core/config.h"
#include "core/json.h"
#include "core/log.h"
#include "kore/drain.h"
#include "kore/drain_inside.h"
#include "kore/handshakes.h"

/*
 * A connection that was silent for so long is closed. Before, its client may
 * be sending the next request at this very moment, which it would lose; the
 * answer to that one tells it not to send another.
 */
#define QUIET_MS    1000
#define LOOK_MS     20
#define TIMEOUTS_MS 500  /* as often as Kore looks */
#define HANDOVER_MS 3000 /* to store and tell what was ended */

void __real_kore_platform_enable_accept(void);
void __wrap_kore_platform_enable_accept(void);
void __real_kore_platform_disable_accept(void);
void __wrap_kore_platform_disable_accept(void);

static bool listening; /* the loop hears of new connections */
static bool told;      /* this worker is to end */

bool
drain_is_on(void)
{
	return (told || *drain_phase != DRAIN_NOT);
}

void
__wrap_kore_platform_enable_accept(void)
{
	if (listening || told || *drain_phase >= DRAIN_CLOSED)
		return;
	__real_kore_platform_enable_accept();
	listening = true;
}

void
__wrap_kore_platform_disable_accept(void)
{
	if (listening)
		__real_kore_platform_disable_accept();
	listening = false;
}

/* In place of Kore's handler, for which this is fatal. */
static void
accept_or_leave(void *arg, int error)
{
	if (!error)
		handshakes_accept(arg);
	else if (*drain_phase >= DRAIN_CLOSED)
		__wrap_kore_platform_disable_accept();
	else
		kore_listener_accept(arg, error);
}

void
drain_worker_init(void)
{
	struct kore_server *server;
	struct listener    *l;

	LIST_FOREACH(server, &kore_servers, list)
		LIST_FOREACH(l, &server->listeners, list)
			l->evt.handle = accept_or_leave;
}

static bool
has_work(const struct connection *c)
{
	return (
	    !TAILQ_EMPTY(&c->http_requests) || !TAILQ_EMPTY(&c->send_queue));
}

static bool
is_quiet(const struct connection *c, u_int64_t now)
{
	return ((c->flags & CONN_IDLE_TIMER_ACT) &&
	    now - c->idle_timer.start >= QUIET_MS);
}

/* Close what is quiet; how many connections are left to wait for. */
static int
close_quiet(u_int64_t now)
{
	struct connection *c, *next;
	int                left = 0;

	for (c = TAILQ_FIRST(&connections); c != NULL; c = next) {
		next = TAILQ_NEXT(c, list);
		if (c->proto == CONN_PROTO_MSG)
			continue;
		if (!has_work(c) && is_quiet(c, now))
			kore_connection_disconnect(c);
		else
			left++;
	}
	return (left);
}

/* A turn of Kore's own loop, which has ended. */
static void
turn(void)
{
	static u_int64_t looked;
	u_int64_t        now;

	kore_platform_event_wait(
	    MIN(kore_timer_next_run(kore_time_ms()), LOOK_MS));
	now = kore_time_ms();
	kore_timer_run(now);
	kore_curl_run_scheduled();
	kore_curl_do_timeout();
	http_process();
	if (now - looked >= TIMEOUTS_MS) {
		kore_connection_check_timeout(now);
		looked = now;
	}
	kore_connection_prune(KORE_CONNECTION_PRUNE_DISCONNECT);
}

static void
log_end_of(u_int64_t began, bool ended_work, int left)
{
	struct buf *line;

	line = log_begin(
	    left > 0 ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "worker_drained");
	if (line == NULL)
		return;
	json_put_int(line, "ms", (int64_t)(kore_time_ms() - began));
	json_put_bool(line, "handed_over", ended_work);
	json_put_int(line, "connections_cut", left);
	log_end();
}

static bool
is_orphan(void)
{
	return (getppid() != drain_parent);
}

static void
free_port(void)
{
	struct kore_server *server;
	struct listener    *l;

	LIST_FOREACH(server, &kore_servers, list) {
		LIST_FOREACH(l, &server->listeners, list) {
			close(l->fd);
			l->fd = -1;
		}
	}
}

/* Go on until there is nothing left to do, or no more time for it. */
static int
go_on(const struct drain_work *work, u_int64_t began)
{
	u_int64_t now = began;
	u_int64_t limit = began + (u_int64_t)config.drain_seconds * 1000;
	int       left;

	while (((left = close_quiet(now)) > 0 || work->busy()) && now < limit &&
	    *drain_phase != DRAIN_HURRY && !is_orphan()) {
		turn();
		now = kore_time_ms();
	}
	return (left);
}

/* End what still runs, and let who listens hear of it; whether there was
 * anything. */
static bool
hand_over(const struct drain_work *work, int *left)
{
	u_int64_t limit = kore_time_ms() + HANDOVER_MS;
	bool      ended = work->busy();

	while (kore_time_ms() < limit &&
	    (work->busy() ||
		(ended && *left > 0 && *drain_phase != DRAIN_HURRY))) {
		work->end();
		turn();
		*left = close_quiet(kore_time_ms());
	}
	return (ended);
}

void
drain_worker(const struct drain_work *work)
{
	u_int64_t began = kore_time_ms();
	bool      handed_over;
	int       left;

	told = true;
	__wrap_kore_platform_disable_accept();
	left = go_on(work, began);
	if (is_orphan())
		free_port();
	handed_over = hand_over(work, &left);
	log_end_of(began, handed_over, left);
}
