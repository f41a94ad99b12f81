/*
 * What may happen while answers are being written: a worker is killed, a whole
 * server is, PostgreSQL goes away and comes back, a provider says nothing for
 * long. All of it begins at the start, for the waiting is long.
 */
#include <signal.h>

#include "harness_sse.h"
#include "harness_upstream.h"

#define WAIT_MS    15000
#define DEAD_MS    16500 /* until a turn without a worker is ended */
#define WORD_MS    50
#define UNLOGGED   16 /* words that may be lost: 0.8 s */
#define PING_MS    15000
#define DEPENDANTS 3

static struct upstream *upstream;
static struct server   *beside; /* as good as another machine */
static struct server   *doomed;
static struct server   *shaken; /* whose PostgreSQL goes away */

/* A turn whose worker is killed, and those who listen to it: its own client,
 * one at the other worker, one at another server. */
struct victim {
	struct user *user;
	struct sse  *list[DEPENDANTS];
	char        *prompt;
};

static struct victim talking, silent, lost;
static struct sse   *waiting; /* for one reply */
static struct user  *waiting_user;
static long long     killed; /* at this time */
static struct sse   *quiet;  /* nothing is said in it */

static struct user *
user_with_conversation(struct server *s, const char *name)
{
	struct user *u = user_new(s, name);

	conversation_new(s, u->token);
	return (u);
}

static struct sse *
follow(struct raw *raw, const struct user *u, const char *id)
{
	struct request q = {.token = u->token};

	q.path = scratch_printf("/chat/messages/%s/stream", id);
	return (sse_on(raw, &q));
}

/* What a key may is counted as well. */
static const char *
key_new(struct server *s, const struct user *u)
{
	struct reply *r = http_post(s, u->token, "/auth/keys",
	    "{\"name\":\"counted\",\"daily_limit\":5}");

	assert_status(r, 201);
	return (reply_text(r, "key"));
}

static void
begin_victim(
    struct victim *v, struct server *s, const char *name, const char *play)
{
	struct request q = {.path = "/chat/"};

	v->user = user_with_conversation(s, name);
	v->user->token = key_new(s, v->user);
	v->prompt = upstream_prompt(play);
	q.token = v->user->token;
	q.body = sse_body(1, "gpt", v->prompt);
	v->list[0] = sse_on(sse_connect(s, 1), &q);
	assert_true(sse_wait(v->list[0], 1, WAIT_MS));
	v->list[1] = follow(s == doomed ? raw_open(beside) : sse_connect(s, 2),
	    v->user, sse_id(v->list[0]));
	v->list[2] = follow(raw_open(beside), v->user, sse_id(v->list[0]));
}

static void
begin_waiting(struct server *s)
{
	struct request q = {.path = "/chat/"};

	waiting_user = user_with_conversation(s, "waiting");
	q.token = waiting_user->token;
	q.body = chat_body(1, "claude", upstream_prompt("words:300:50"));
	waiting = sse_on(sse_connect(s, 1), &q);
}

static void
kill_worker(struct server *s)
{
	pid_t worker = server_worker(s, 1);

	assert_int_equal(kill(worker, SIGKILL), 0);
	do
		server_await_children(s);
	while (server_worker(s, 1) == worker);
}

/* All of it at once, as when its machine is lost: workers whose parent died
 * would finish what they are writing. */
static void
kill_server(struct server *s)
{
	struct process children[CHILDREN_MAX];
	size_t         i, n = process_children(s->pid, children);

	kill(s->pid, SIGKILL);
	for (i = 0; i < n; i++)
		kill(children[i].pid, SIGKILL);
	assert_int_equal(process_wait(s->pid, WAIT_MS), 128 + SIGKILL);
	s->pid = 0;
}

static int
start(void **state)
{
	struct server *s;
	struct user   *u;

	upstream = upstream_start();
	s = server_start(upstream_options(upstream, NULL));
	beside = server_start_beside(s, upstream_options(upstream, NULL));
	doomed = server_start_beside(s, upstream_options(upstream, NULL));
	u = user_with_conversation(s, "quiet");
	quiet = sse_chat(
	    beside, u->token, 1, "gemini", upstream_prompt("stall:2"));
	begin_victim(&talking, s, "talking", "words:300:50");
	begin_victim(&silent, s, "silent", "stall:0");
	begin_victim(&lost, doomed, "lost", "words:300:50");
	begin_waiting(s);
	assert_true(sse_wait(talking.list[0], 25, WAIT_MS));
	assert_true(sse_wait(lost.list[0], 25, WAIT_MS));
	killed = now_ms();
	kill_worker(s);
	kill_server(doomed);
	cluster_new();
	shaken = server_start(upstream_options(upstream, NULL));
	*state = s;
	return (0);
}

/* Everything that is open is read, or it would be no test of its timing. */
static void
watch_all(long ms)
{
	struct sse *list[] = {talking.list[0], talking.list[1], talking.list[2],
	    silent.list[0], silent.list[1], silent.list[2], lost.list[1],
	    lost.list[2], waiting, quiet};

	sse_watch(list, COUNT(list), ms);
}

/* Two seconds without PostgreSQL: who listens to a worker's own turn does not
 * even notice, but that the end, which has to be stored, is late. */
static void
database__away_in_midstream(void **state)
{
	struct user *u = user_with_conversation(shaken, "through");
	struct sse  *running, *ending;
	size_t       before;
	int          i;

	(void)state;
	running = sse_chat(
	    shaken, u->token, 1, "gpt", upstream_prompt("words:80:50"));
	ending = sse_chat(
	    shaken, u->token, 1, "claude", upstream_prompt("words:20:50"));
	assert_true(sse_wait(running, 8, WAIT_MS));
	assert_true(sse_wait(ending, 8, WAIT_MS));
	cluster_stop("fast");
	before = running->count;
	sse_wait(running, before + 20, 2000);
	sse_wait(ending, 21, 2000);
	assert_in_range(running->count, before + 10, 82);
	/* All is said, but nobody is told that it has ended. */
	assert_int_equal(ending->count, 21);
	assert_false(ending->ended);
	cluster_start();
	assert_true(sse_wait_end(ending, WAIT_MS));
	assert_true(sse_wait_end(running, WAIT_MS));
	sse_assert_whole(running, 0, "done");
	sse_assert_whole(ending, 0, "done");
	assert_int_equal(running->count, 82);
	assert_int_equal(ending->count, 22);
	for (i = 0; i < 2; i++)
		assert_string_equal(
		    sql_text(shaken,
			"SELECT concat_ws(' ',"
			" status, response = (SELECT string_agg(text, '' ORDER BY"
			" seq) FROM turn_events e WHERE e.user_id = t.user_id"
			" AND e.turn = t.id)) FROM turns t WHERE id = '%s'",
			sse_id(i == 0 ? running : ending)),
		    "completed t");
	sse_close(running);
	sse_close(ending);
}

/* It is back long before the turns of the dead are found. */
static void
worker__killed_others_go_on(void **state)
{
	struct server *s = *state;
	struct user   *u = user_with_conversation(s, "next");
	int            i;

	watch_all(0);
	assert_true(talking.list[0]->closed);
	assert_false(talking.list[0]->ended);
	for (i = 0; i < 6; i++)
		assert_status(
		    chat_send(s, u->token, 1, "gpt", upstream_prompt("")), 200);
	/* Its provider has noticed. */
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(
	    upstream_request(upstream, talking.prompt, 1000), "aborted")));
}

/* Whatever its client had seen, but the last moment of it, is there. */
static void
assert_interrupted(struct server *s, struct victim *v, int used)
{
	const char *stored, *seen = sse_text(v->list[0]);
	int         i;

	assert_string_equal(
	    sql_text(s,
		"SELECT concat_ws(' ', status,"
		" error_code, finished_at IS NOT NULL) FROM turns"
		" WHERE user_id = %lld",
		v->user->id),
	    "interrupted interrupted t");
	stored = sql_text(s,
	    "SELECT response FROM turns WHERE user_id ="
	    " %lld",
	    v->user->id);
	assert_true(strlen(stored) <= strlen(seen));
	assert_memory_equal(stored, seen, strlen(stored));
	assert_true(strlen(seen) - strlen(stored) <= UNLOGGED * 5);
	assert_string_equal(
	    sql_text(s,
		"SELECT concat_ws(' ', used, (SELECT sum(value::integer)"
		" FROM jsonb_each_text(keys)), (SELECT coalesce(sum((value"
		" ->> 0)::integer), 0) FROM jsonb_each(models)))"
		" FROM daily_usage WHERE user_id = %lld",
		v->user->id),
	    scratch_printf("%d %d %d", used, used, used));
	for (i = 1; i < DEPENDANTS; i++) {
		sse_assert_whole(v->list[i], 0, "error");
		assert_string_equal(sse_text(v->list[i]), stored);
		assert_non_null(
		    strstr(sse_last(v->list[i])->data, "\"interrupted\""));
	}
}

/* Its client comes back with the last event it had. */
static void
assert_comes_back(const struct server *s, const struct victim *v)
{
	struct sse *stream;
	long        after;

	for (after = 0; after < (long)v->list[2]->count; after++) {
		stream = sse_resume(
		    s, v->user->token, sse_id(v->list[0]), after);
		assert_true(sse_wait_end(stream, WAIT_MS));
		sse_assert_whole(stream, after, "error");
		assert_int_equal(
		    stream->count, (long)v->list[2]->count - after);
		sse_close(stream);
	}
	/* One that had seen what was not logged hears of the end, too. */
	after = (long)v->list[2]->count + 3;
	stream = sse_resume(s, v->user->token, sse_id(v->list[0]), after);
	assert_true(sse_wait_end(stream, WAIT_MS));
	sse_assert_whole(stream, after, "error");
	assert_int_equal(stream->count, 1);
	sse_close(stream);
}

static void
worker__killed_its_turns_are_ended(void **state)
{
	struct server *s = *state;

	while (!(talking.list[2]->ended && silent.list[2]->ended &&
		   talking.list[1]->ended && silent.list[1]->ended) &&
	    now_ms() < killed + DEAD_MS)
		watch_all(100);
	assert_interrupted(s, &talking, 1);
	assert_interrupted(s, &silent, 0);
	assert_comes_back(s, &talking);
	assert_comes_back(beside, &talking);
	assert_string_equal(
	    cJSON_GetStringValue(cJSON_GetObjectItem(
		cJSON_GetArrayItem(
		    http_get(s, talking.user->token, "/chat/history")->json, 0),
		"status")),
	    "interrupted");
	while (sql_int(s,
		   "SELECT count(*) FROM turns WHERE user_id = %lld"
		   " AND status = 'running'",
		   waiting_user->id) > 0 &&
	    now_ms() < killed + DEAD_MS)
		watch_all(100);
	/* One that waits for a reply notices by its connection. */
	assert_true(waiting->closed);
	assert_null(waiting->head);
	assert_string_equal(
	    sql_text(s,
		"SELECT concat_ws(' ', status,"
		" response <> '') FROM turns WHERE user_id = %lld",
		waiting_user->id),
	    "interrupted t");
}

/* What another machine was writing is ended by this one. */
static void
server__killed_its_turns_are_ended(void **state)
{
	while (!(lost.list[1]->ended && lost.list[2]->ended) &&
	    now_ms() < killed + DEAD_MS)
		watch_all(100);
	assert_interrupted(*state, &lost, 1);
	assert_comes_back(beside, &lost);
}

/* Proxies close what says nothing: a comment is something. */
static void
stream__has_a_heartbeat(void **state)
{
	(void)state;
	while (
	    quiet->comments == 0 && now_ms() < quiet->opened + PING_MS + 2500)
		watch_all(100);
	assert_int_equal(quiet->comments, 1);
	assert_in_range(
	    now_ms() - quiet->opened, PING_MS - 500, PING_MS + 2000);
	assert_int_equal(quiet->count, 3);
	assert_false(quiet->ended || quiet->closed);
}

static void
stream__goes_on_after_it(void **state)
{
	struct request q = {.method = "POST"};
	const cJSON   *done;

	(void)state;
	q.token = reply_text(
	    http_post(beside, NULL, "/auth/login",
		"{\"username\":\"quiet\",\"password\":\"" PRIVATE " quiet\"}"),
	    "access_token");
	q.path = scratch_printf("/chat/messages/%s/stop", sse_id(quiet));
	assert_status(http_call(beside, &q), 200);
	assert_true(sse_wait_end(quiet, 1000));
	sse_assert_whole(quiet, 0, "done");
	done = sse_json(sse_last(quiet));
	assert_string_equal(
	    cJSON_GetStringValue(cJSON_GetObjectItem(done, "response")),
	    "w1 w2 ");
}

static void
nothing__is_left(void **state)
{
	upstream_assert_idle(upstream, *state);
	upstream_assert_idle(upstream, beside);
	upstream_assert_idle(upstream, shaken);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(worker__killed_others_go_on),
	    cmocka_unit_test(database__away_in_midstream),
	    cmocka_unit_test(worker__killed_its_turns_are_ended),
	    cmocka_unit_test(server__killed_its_turns_are_ended),
	    cmocka_unit_test(stream__has_a_heartbeat),
	    cmocka_unit_test(stream__goes_on_after_it),
	    cmocka_unit_test(nothing__is_left),
	};
	int failed = harness_run(tests, start);

	cluster_end();
	return (failed);
}
