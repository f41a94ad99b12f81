#include <stdlib.h>
#include <string.h>

#include "core/db_array.h"
#include "core/db_group.h"

/* A group under way: its calls, sorted. */
struct group {
	struct db_group_kind *kind;
	struct db_calls       calls;
	int                   count;
};

static const char *
param(const struct db_call *call, int i)
{
	if (call->offsets[i] < 0)
		return (NULL);
	return (call->args.data + call->offsets[i]);
}

static int64_t
key(const struct db_group_kind *kind, const struct db_call *call)
{
	return (strtoll(param(call, kind->params[0]), NULL, 10));
}

/* Take a waiting call into the group, sorted; not a second one of the same
 * number, which waits for the next. */
static void
take(struct group *g, struct db_call *call)
{
	struct db_call *other;
	int64_t         k = key(g->kind, call);

	TAILQ_FOREACH(other, &g->calls, list)
		if (key(g->kind, other) >= k)
			break;
	if (other != NULL && key(g->kind, other) == k)
		return;
	TAILQ_REMOVE(&g->kind->waiting, call, list);
	if (other != NULL)
		TAILQ_INSERT_BEFORE(other, call, list);
	else
		TAILQ_INSERT_TAIL(&g->calls, call, list);
	g->count++;
}

/* Who has waited for too long hears so; the longest are the first. */
static void
expire(struct db_group_kind *kind)
{
	struct db_call *call;

	while ((call = TAILQ_FIRST(&kind->waiting)) != NULL &&
	    kore_time_ms() >= call->deadline) {
		TAILQ_REMOVE(&kind->waiting, call, list);
		db_send(call);
	}
}

/* Who waits longest goes first. */
static struct group *
take_waiting(struct db_group_kind *kind)
{
	struct group   *g = calloc(1, sizeof(*g));
	struct db_call *call, *next;

	if (g == NULL)
		abort();
	g->kind = kind;
	TAILQ_INIT(&g->calls);
	for (call = TAILQ_FIRST(&kind->waiting);
	     call != NULL && g->count < kind->most; call = next) {
		next = TAILQ_NEXT(call, list);
		take(g, call);
	}
	return (g);
}

static void
bind_param(struct db_call *to, const struct group *g, int i)
{
	struct buf      array = {0};
	struct db_call *call;
	const char     *text;

	TAILQ_FOREACH(call, &g->calls, list) {
		text = param(call, i);
		db_array_add(&array, text, text != NULL ? strlen(text) : 0);
	}
	db_bind_array(to, &array);
}

static void send_waiting(struct db_group_kind *);

/* How many rows from this one on have the number, which is the last column. */
static int
rows_of(const struct db_call *sent, int row, int number)
{
	int last = PQnfields(sent->rows->result) - 1, count = 0;

	while (row + count < db_rows(sent) &&
	    db_int(sent, row + count, last) == number)
		count++;
	return (count);
}

/* Each call gets its rows; or, of a group that failed, is sent by itself. */
static void
hand_back(struct group *g, const struct db_call *sent)
{
	struct db_call *call, *next;
	bool            failed;
	int             number = 1, row = 0, count;

	failed = sent->wait.error != ERR_NONE || sent->conflict;
	for (call = TAILQ_FIRST(&g->calls); call != NULL; call = next) {
		next = TAILQ_NEXT(call, list);
		call->repeated = sent->repeated;
		if (failed) {
			db_send(call);
			continue;
		}
		count = rows_of(sent, row, number++);
		db_call_share(call, sent, row, count);
		row += count;
		wait_complete(&call->wait, ERR_NONE);
	}
}

static void
landed(struct db_call *sent, void *arg)
{
	struct group *g = arg;

	g->kind->flying--;
	hand_back(g, sent);
	send_waiting(g->kind);
	free(g);
}

/* What came of a call's stand-in is what came of it. */
static void
landed_alone(struct db_call *sent, void *arg)
{
	struct group   *g = arg;
	struct db_call *call = TAILQ_FIRST(&g->calls);

	g->kind->flying--;
	if (sent->rows != NULL)
		db_call_share(call, sent, 0, db_rows(sent));
	call->conflict = sent->conflict;
	call->repeated = sent->repeated;
	wait_complete(&call->wait, sent->wait.error);
	send_waiting(g->kind);
	free(g);
}

/* The single statement is the quicker one for a single call. It is sent by a
 * stand-in, since somebody else waits for the call itself. */
static void
send_alone(struct group *g)
{
	struct db_call *call = TAILQ_FIRST(&g->calls), *sent;

	sent = db_call_new(call->statement);
	sent->args = call->args;
	memset(&call->args, 0, sizeof(call->args));
	memcpy(sent->offsets, call->offsets, sizeof(sent->offsets));
	sent->count = call->count;
	memcpy(sent->request, call->request, sizeof(sent->request));
	sent->deadline = call->deadline;
	db_send_for(sent, landed_alone, g);
}

/* The deadline is that of the first to come. */
static void
send_together(struct group *g)
{
	struct db_call *call = db_call_new(g->kind->statement), *one;
	const int      *i;

	for (i = g->kind->params; *i != -1; i++)
		bind_param(call, g, *i);
	call->deadline = UINT64_MAX;
	TAILQ_FOREACH(one, &g->calls, list)
		call->deadline = MIN(call->deadline, one->deadline);
	db_send_for(call, landed, g);
}

static void
send_group(struct group *g)
{
	g->kind->flying++;
	if (g->count == 1)
		send_alone(g);
	else
		send_together(g);
}

static void
send_waiting(struct db_group_kind *kind)
{
	expire(kind);
	while (kind->flying < DB_GROUPS_FLYING && !TAILQ_EMPTY(&kind->waiting))
		send_group(take_waiting(kind));
}

void
db_group_send(struct db_group_kind *kind, struct db_call *call)
{
	call->deadline = kore_time_ms() + DB_DEADLINE_MS;
	TAILQ_INSERT_TAIL(&kind->waiting, call, list);
	send_waiting(kind);
}
