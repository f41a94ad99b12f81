#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hasher.h"

/*
 * One thread a worker: there are as many workers as processors. The queue is
 * about two seconds of hashing; more would only be waited for in vain. Hashing
 * takes what requests leave of a processor, and a tenth of it if need be.
 */
#define THREADS   1
#define NICE      10
#define QUEUE_MAX 96

struct job {
	struct work work; /* first */
	char        password[PASSWORD_MAX + 1];
	char        hash[PASSWORD_HASH_SIZE]; /* in, or the result */
	bool        matched;
	bool        upgrade;
};

static struct work_pool *pool;

static struct job *
job_of(struct work *w)
{
	return ((struct job *)w);
}

static void
run_hash(struct work *w)
{
	struct job *j = job_of(w);

	if (!password_hash(j->password, j->hash))
		w->wait.error = ERR_OVERLOADED;
}

static void
run_verify(struct work *w)
{
	struct job *j = job_of(w);

	j->matched = password_verify(j->password, j->hash, &j->upgrade);
}

static void
free_job(struct wait *w)
{
	sodium_memzero(w, sizeof(struct job));
	free(w);
}

static int
submit(struct flow *f, void (*run)(struct work *), const char *password,
    const char *hash)
{
	struct job *j;

	if ((j = calloc(1, sizeof(*j))) == NULL)
		fatal("hasher: no memory");
	j->work.run = run;
	j->work.wait.free = free_job;
	snprintf(j->password, sizeof(j->password), "%s", password);
	snprintf(j->hash, sizeof(j->hash), "%s", hash);
	return (flow_work(f, pool, &j->work));
}

void
hasher_init(void)
{
	pool = work_pool_new("hasher", THREADS, NICE, QUEUE_MAX);
}

int
hasher_hash(struct flow *f, const char *password)
{
	return (submit(f, run_hash, password, ""));
}

int
hasher_verify(struct flow *f, const char *password, const char *hash)
{
	return (submit(f, run_verify, password, hash));
}

const char *
hasher_result(struct flow *f)
{
	return (job_of(flow_worked(f))->hash);
}

bool
hasher_matched(struct flow *f)
{
	return (job_of(flow_worked(f))->matched);
}

bool
hasher_wants_upgrade(struct flow *f)
{
	return (job_of(flow_worked(f))->upgrade);
}
