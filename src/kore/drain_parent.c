#include <kore/kore.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/config.h"
#include "core/json.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/shared.h"
#include "kore/drain.h"
#include "kore/drain_inside.h"

#define LOOK_MS       20
#define ACCEPT_MAX_MS 500  /* for the last clients to be accepted */
#define GRACE_MS      5000 /* beyond the workers' own limits */
#define AGAIN_MS      500

volatile enum drain_phase *drain_phase;
pid_t                      drain_parent;

int __real_raise(int);
int __wrap_raise(int);

static bool is_lost; /* it cannot serve, and wants its end itself */

void
drain_parent_init(void)
{
	drain_phase = shared_new(sizeof(*drain_phase));
	drain_parent = getpid();
}

/* Kore raises SIGTERM when the key process died, self_check.c when nobody can
 * be served: then nobody can come in, and who starts it anew waits. SIGQUIT is
 * raised when a worker has ended. */
int
__wrap_raise(int sig)
{
	is_lost |= sig == SIGTERM;
	return (__real_raise(sig));
}

static bool
is_gone(struct kore_worker *kw)
{
	int status;

	if (kw->pid > 0 && waitpid(kw->pid, &status, WNOHANG) != 0) {
		kw->pid = 0;
		kw->running = 0;
	}
	return (kw->pid <= 0);
}

/* Send the workers a signal, or none; how many there are. */
static int
signal_workers(int sig)
{
	struct kore_worker *kw;
	u_int16_t           i;
	int                 count = 0;

	for (i = KORE_WORKER_BASE; i < worker_count; i++) {
		kw = kore_worker_data((u_int8_t)i);
		if (is_gone(kw))
			continue;
		count++;
		if (sig != 0)
			kill(kw->pid, sig);
	}
	return (count);
}

/*
 * A turn of Kore's own loop, but for children: none is replaced any more. A
 * worker that ends asks for everybody's end by a message that becomes
 * SIGQUIT here, so this one says nothing.
 */
static void
turn(void)
{
	kore_platform_event_wait(LOOK_MS);
	kore_connection_prune(KORE_CONNECTION_PRUNE_DISCONNECT);
	kore_timer_run(kore_time_ms());
	if (sig_recv == SIGTERM || sig_recv == SIGINT)
		*drain_phase = DRAIN_HURRY;
	sig_recv = 0;
}

/* Until a moment (kore_time_ms()), or nobody is left, or it hurries. */
static void
wait_until(u_int64_t limit)
{
	while (kore_time_ms() < limit && *drain_phase != DRAIN_HURRY &&
	    signal_workers(0) > 0)
		turn();
}

/* tcp(7): of a listening socket this is how many wait to be accepted. */
static int
waiting_at(int fd)
{
	struct tcp_info info;
	socklen_t       len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == -1)
		return (0);
	return ((int)info.tcpi_unacked);
}

static void
each_listener(void (*run)(int fd))
{
	struct kore_server *server;
	struct listener    *l;

	LIST_FOREACH(server, &kore_servers, list)
		LIST_FOREACH(l, &server->listeners, list)
			run(l->fd);
}

static void
await_accepted(int fd)
{
	u_int64_t limit = kore_time_ms() + ACCEPT_MAX_MS;

	while (waiting_at(fd) > 0 && kore_time_ms() < limit &&
	    signal_workers(0) > 0)
		kore_platform_event_wait(1);
}

static void
refuse_new(int fd)
{
	shutdown(fd, SHUT_RDWR);
}

/* Who has come is let in: closing the door would reset those before it. The
 * first closed listener keeps the workers from all of them. */
static void
close_listeners(void)
{
	each_listener(await_accepted);
	if (*drain_phase < DRAIN_CLOSED)
		*drain_phase = DRAIN_CLOSED;
	each_listener(refuse_new);
}

static void
log_begins(int sig)
{
	struct buf *line;

	if ((line = log_begin(LOG_LEVEL_INFO, "draining")) == NULL)
		return;
	json_put_text(line, "signal", strsignal(sig));
	json_put_int(line, "delay_seconds",
	    sig == SIGTERM ? config.drain_delay_seconds : 0);
	json_put_int(line, "seconds", config.drain_seconds);
	json_put_int(line, "workers", signal_workers(0));
	log_end();
}

static void
log_over(u_int64_t began, int killed)
{
	struct buf *line;

	line = log_begin(
	    killed > 0 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "drained");
	if (line == NULL)
		return;
	json_put_int(line, "ms", (int64_t)(kore_time_ms() - began));
	json_put_int(line, "workers_killed", killed);
	json_put_bool(line, "hurried", *drain_phase == DRAIN_HURRY);
	log_end();
}

/* More than once: a process that has just begun forgets a signal. */
static int
tell_workers(void)
{
	static u_int64_t told;
	u_int64_t        now = kore_time_ms();

	if (now - told < AGAIN_MS)
		return (signal_workers(0));
	told = now;
	return (signal_workers(SIGTERM));
}

/* Kore would wait for it without an end. */
static void
end_keymgr(void)
{
	struct kore_worker *kw = kore_worker_data(KORE_WORKER_KEYMGR_IDX);
	u_int64_t           limit = kore_time_ms() + AGAIN_MS;

	while (!is_gone(kw) && kore_time_ms() < limit) {
		kill(kw->pid, SIGTERM);
		kore_platform_event_wait(LOOK_MS);
	}
	if (!is_gone(kw))
		kill(kw->pid, SIGKILL);
}

void
drain_server(int sig)
{
	u_int64_t began = kore_time_ms(), limit;

	if (*drain_phase != DRAIN_NOT)
		return;
	sig_recv = 0;
	*drain_phase = is_lost ? DRAIN_HURRY : DRAIN_LEAVING;
	metrics_set(METRIC_DRAINING, 0, 1);
	log_begins(sig);
	if (sig == SIGTERM)
		wait_until(
		    began + (u_int64_t)config.drain_delay_seconds * 1000);
	close_listeners();
	limit = kore_time_ms() + (u_int64_t)config.drain_seconds * 1000 +
	    GRACE_MS;
	while (tell_workers() > 0 && kore_time_ms() < limit)
		turn();
	log_over(began, signal_workers(SIGKILL));
	end_keymgr();
}
