#include <kore/kore.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "core/work.h"

#define STACK_SIZE (256 * 1024) /* argon2 keeps its memory elsewhere */
#define AGAIN_MS   200

TAILQ_HEAD(works, work);

struct work_pool {
	struct kore_event event; /* first: Kore's loop sees it */
	int               fd;    /* eventfd, tells of done work */
	const char       *name;
	int               threads;
	int               nice;
	int               started;
	int               queued;
	int               queue_max;
	pthread_mutex_t   lock; /* guards what follows */
	pthread_cond_t    more;
	struct works      todo;
	struct works      done;
};

/* On a thread, for the life of the process. */
static void *
run(void *arg)
{
	struct work_pool *pool = arg;
	struct work      *w;
	uint64_t          one = 1;

	/* Of this thread alone (setpriority(2), "C library/kernel
	 * differences"); it fails when all of us have less already. */
	if (pool->nice != 0)
		(void)setpriority(PRIO_PROCESS, 0, pool->nice);
	for (;;) {
		pthread_mutex_lock(&pool->lock);
		while ((w = TAILQ_FIRST(&pool->todo)) == NULL)
			pthread_cond_wait(&pool->more, &pool->lock);
		TAILQ_REMOVE(&pool->todo, w, list);
		pthread_mutex_unlock(&pool->lock);

		w->run(w);

		pthread_mutex_lock(&pool->lock);
		TAILQ_INSERT_TAIL(&pool->done, w, list);
		pthread_mutex_unlock(&pool->lock);
		if (write(pool->fd, &one, sizeof(one)) == -1)
			abort(); /* an eventfd takes any number of ones */
	}
	return (NULL);
}

static struct work *
next_done(struct work_pool *pool)
{
	struct work *w;

	pthread_mutex_lock(&pool->lock);
	if ((w = TAILQ_FIRST(&pool->done)) != NULL)
		TAILQ_REMOVE(&pool->done, w, list);
	pthread_mutex_unlock(&pool->lock);
	return (w);
}

static void
deliver(void *arg, int error)
{
	struct work_pool *pool = arg;
	struct work      *w;
	uint64_t          count;
	ssize_t           n;

	(void)error;
	n = read(pool->fd, &count, sizeof(count));
	(void)n;
	while ((w = next_done(pool)) != NULL) {
		pool->queued--;
		wait_complete(&w->wait, w->wait.error);
	}
}

/* The machine has none left for the moment, which is no reason to end the
 * server: who takes this worker's place tries again, but not at once. */
static void
lack(const char *what, const struct work_pool *pool, int error)
{
	poll(NULL, 0, AGAIN_MS);
	fatal("work: no %s for %s: %s", what, pool->name, strerror(error));
}

struct work_pool *
work_pool_new(const char *name, int threads, int nice, int queue_max)
{
	struct work_pool *pool;

	if ((pool = calloc(1, sizeof(*pool))) == NULL)
		fatalx("work: no memory");
	pool->name = name;
	pool->threads = threads;
	pool->nice = nice;
	pool->queue_max = queue_max;
	TAILQ_INIT(&pool->todo);
	TAILQ_INIT(&pool->done);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->more, NULL);
	if ((pool->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) == -1)
		lack("eventfd", pool, errno);
	pool->event.type = KORE_TYPE_TASK;
	pool->event.handle = deliver;
	kore_platform_event_level_read(pool->fd, pool);
	return (pool);
}

static void
start_thread(struct work_pool *pool)
{
	pthread_attr_t attr;
	pthread_t      thread;
	sigset_t       all, before;
	int            error;

	/* Signals are for the loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &attr, run, pool);
	if (error != 0 && pool->started == 0)
		lack("thread", pool, error);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pool->started += error == 0;
}

bool
work_submit(struct work_pool *pool, struct work *w)
{
	if (pool->queued >= pool->queue_max)
		return (false);
	pool->queued++;
	if (pool->started < pool->threads && pool->started < pool->queued)
		start_thread(pool);
	pthread_mutex_lock(&pool->lock);
	TAILQ_INSERT_TAIL(&pool->todo, w, list);
	pthread_mutex_unlock(&pool->lock);
	pthread_cond_signal(&pool->more);
	return (true);
}
