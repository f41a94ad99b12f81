/*
 * /metrics as Prometheus meets it: on its own address only, well-formed, summed
 * over the workers, and without a word of any client.
 */
#include <signal.h>

#include "harness.h"
#include "harness_metrics.h"

static struct server *plain; /* without METRICS_ADDRESS */

static int
start(void **state)
{
	*state = metrics_server_start(NULL);
	plain = server_start(NULL);
	return (0);
}

static void
address__is_not_the_clients_one(void **state)
{
	struct reply *r;

	assert_error(http_get(*state, NULL, "/metrics"), 404, "not_found");
	assert_error(http_get(plain, NULL, "/metrics"), 404, "not_found");
	r = metrics_get(*state, "/healthz");
	assert_int_equal(r->status, 404);
	r = metrics_get(*state, "/metrics");
	assert_int_equal(r->status, 200);
	assert_string_equal(reply_header(r, "content-type"),
	    "text/plain; version=0.0.4; charset=utf-8");
}

/* Each line is a comment or a name, labels and a number; a name's comments
 * come before it, and no series is there twice. */
static void
text__is_well_formed(void **state)
{
	char  *text = metrics_text(*state), *line, *rest, *space;
	size_t count = 0, i;
	char **seen = scratch_alloc(10000 * sizeof(*seen));
	double value;
	char   family[128] = "?", behind;

	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "# TYPE %127s", family) == 1 || line[0] == '#')
			continue;
		assert_ptr_equal(strstr(line, family), line);
		space = strrchr(line, ' ');
		assert_int_equal(sscanf(space, "%lf%c", &value, &behind), 1);
		*space = '\0';
		for (i = 0; i < count; i++)
			assert_string_not_equal(seen[i], line);
		seen[count++] = line;
		assert_true(count < 10000);
	}
	assert_true(count > 300);
}

static void
requests__are_counted_once(void **state)
{
	static const char name[] = "aichat_http_requests_total{"
				   "route=\"/chat/conversations\","
				   "status=\"4xx\"}";
	static const char errors[] = "aichat_errors_total{"
				     "code=\"token_missing\"}";
	struct request    many[40] = {{0}};
	double            before = metrics_value(*state, name);
	double            failed = metrics_value(*state, errors);
	size_t            i;

	for (i = 0; i < COUNT(many); i++)
		many[i].path = "/chat/conversations";
	http_many(*state, many, COUNT(many));
	metrics_await(*state, name, before + 40);
	assert_int_equal(metrics_value(*state, errors), failed + 40);
	assert_true(metrics_value(*state,
			"aichat_http_request_duration_seconds_count{"
			"route=\"/chat/conversations\"}") >= 40);
}

static void
turns_and_tokens(void **state)
{
	struct user   *u = user_new(*state, "metered");
	int            n = conversation_new(*state, u->token);
	struct request stream = {.path = "/chat/",
	    .token = u->token,
	    .headers = {"Accept: text/event-stream"}};
	const char    *done = "aichat_turns_total{status=\"completed\"}";
	const char    *prompts = "aichat_tokens_total{model=\"gpt\","
				 "kind=\"prompt\"}";

	assert_int_equal(metrics_value(*state, done), 0);
	chat_send(*state, u->token, n, "gpt", "one two three");
	metrics_await(*state, done, 1);
	assert_int_equal(metrics_value(*state, prompts), 3);
	stream.body = chat_body(n, "GPT", "four five");
	assert_int_equal(http_call(*state, &stream)->status, 200);
	metrics_await(*state, done, 2);
	assert_int_equal(metrics_value(*state, prompts), 5);
	assert_int_equal(metrics_value(*state,
			     "aichat_generation_first_token_seconds_count{"
			     "model=\"gpt\"}"),
	    1);
	metrics_await(*state, "aichat_generations{state=\"running\"}", 0);
	metrics_await(*state, "aichat_generations{state=\"ending\"}", 0);
	metrics_await(*state, "aichat_streams_open", 0);
}

static void
database__is_measured(void **state)
{
	const char *ok = "aichat_db_statements_total{result=\"ok\"}";
	double      before = metrics_value(*state, ok);

	assert_status(http_get(*state, NULL, "/readyz"), 200);
	assert_true(metrics_value(*state, ok) > before);
	assert_true(
	    metrics_value(*state, "aichat_db_connections{state=\"idle\"}") > 0);
	assert_int_equal(metrics_value(*state, "aichat_db_away"), 0);
}

static void
refusals_of_the_allowance(void **state)
{
	struct user *u = user_new(*state, "spent");
	int          n = conversation_new(*state, u->token);
	const char  *name = "aichat_errors_total{code=\"rate_limit_reached\"}";
	int          i;

	sql_run(
	    *state, "UPDATE users SET daily_limit = 1 WHERE id = %lld", u->id);
	for (i = 0; i < 3; i++)
		chat_send(*state, u->token, n, "gpt", "again");
	assert_int_equal(metrics_value(*state, name), 2);
}

/* Neither a path nor a model nor anything else that a client made up. */
static void
labels__are_ours(void **state)
{
	struct user *u = user_new(*state, "labeller");
	int          n = conversation_new(*state, u->token);

	http_get(*state, NULL, "/made-up-path");
	http_get(*state, NULL, "/chat/messages/made-up-id/stream");
	chat_send(*state, u->token, n, "made-up-model", "x");
	assert_null(strstr(metrics_text(*state), "made-up"));
}

static void
worker__goes_on_where_the_dead_one_stood(void **state)
{
	struct server *s = *state;
	const char    *ok = "aichat_db_statements_total{result=\"ok\"}";
	double         before = metrics_value(s, ok);
	pid_t          killed[] = {server_worker(s, 1), server_worker(s, 2)};
	size_t         i;

	for (i = 0; i < COUNT(killed); i++) {
		kill(killed[i], SIGKILL);
		do
			server_await_children(s);
		while (server_worker(s, (int)i + 1) == killed[i]);
	}
	metrics_await(s, "aichat_worker_restarts_total", 2);
	assert_true(metrics_value(s, ok) >= before);
	assert_true(metrics_value(s,
			"aichat_process_resident_memory_bytes{"
			"process=\"worker_1\"}") > 1000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(address__is_not_the_clients_one),
	    cmocka_unit_test(text__is_well_formed),
	    cmocka_unit_test(requests__are_counted_once),
	    cmocka_unit_test(turns_and_tokens),
	    cmocka_unit_test(database__is_measured),
	    cmocka_unit_test(refusals_of_the_allowance),
	    cmocka_unit_test(labels__are_ours),
	    cmocka_unit_test(worker__goes_on_where_the_dead_one_stood),
	};

	return (harness_run(tests, start));
}
