/*
 * What is done about a provider that fails: asking again, asking another, and
 * leaving it alone for a while.
 */
#include "harness_sse.h"
#include "harness_upstream.h"

#define WAIT_MS 15000
#define OPEN_MS 10000 /* src/llm/circuit.h */

static struct upstream *upstream;
static struct server   *falling_back;
static struct server   *plain; /* neither of both */

/* Kinds of failure, each for a model of its own. */
static const char *const passing[] = {"status:408", "status:409", "status:429",
    "status:500", "status:502", "status:503", "status:504", "status:529",
    "html:502", "cut:0", "eof:0", "empty", "error:0", "json"};
static const char *const lasting[] = {
    "status:400", "status:401", "status:403", "status:404", "quota", "busy:60"};

#define FAILURES (COUNT(passing) + COUNT(lasting))

static char *
models_file(void)
{
	static const char *const providers[MODELS] = {
	    "openai", "anthropic", "gemini"};
	static const char *const keys[MODELS] = {
	    UPSTREAM_KEY_OPENAI, UPSTREAM_KEY_ANTHROPIC, UPSTREAM_KEY_GEMINI};
	char  *json = scratch_printf("%s", "");
	size_t i;

	for (i = 0; i < FAILURES * MODELS; i++)
		json = scratch_printf(
		    "%s%s{\"id\":\"m%zu\",\"provider\":"
		    "\"%s\",\"model\":\"m\",\"api_key\":\"%s\"}",
		    json, i > 0 ? "," : "", i, providers[i % MODELS],
		    keys[i % MODELS]);
	return (upstream_models_file(scratch_printf("[%s]", json)));
}

/* The circuit test waits longest: its circuit opens before all others. */
static struct raw  *connection; /* to one worker of plain */
static struct user *patient;
static long long    opened;

static struct reply *
ask_that_worker(const char *model, const char *prompt)
{
	struct request q = {.path = "/chat/", .token = patient->token};

	q.body = chat_body(1, model, prompt);
	assert_true(raw_text(connection, raw_request(plain, &q)));
	return (raw_reply(connection, WAIT_MS));
}

static int
start(void **state)
{
	upstream = upstream_start();
	plain = server_start(
	    upstream_options(upstream, "UPSTREAM_RETRIES=0\n"));
	falling_back = server_start_beside(plain,
	    upstream_options(upstream,
		"UPSTREAM_RETRIES=0\nFALLBACK_MODELS=claude, gemini\n"));
	*state = server_start_beside(
	    plain, upstream_options(upstream, models_file()));
	connection = sse_connect(plain, 1);
	patient = user_new(plain, "patient");
	conversation_new(plain, patient->token);
	return (0);
}

static void
circuit__opens_after_five_failures(void **state)
{
	char         *prompt;
	struct reply *r;
	int           i;

	(void)state;
	for (i = 0; i < 5; i++) {
		prompt = upstream_prompt("status:500");
		assert_error(
		    ask_that_worker("gpt", prompt), 502, "upstream_error");
		assert_int_equal(upstream_count(upstream, prompt), 1);
	}
	opened = now_ms();
	prompt = upstream_prompt("");
	r = ask_that_worker("gpt", prompt);
	assert_error(r, 503, "upstream_busy");
	assert_in_range(r->ms, 0, 300);
	assert_int_equal(upstream_count(upstream, prompt), 0);
	assert_int_equal(sql_int(plain,
			     "SELECT used FROM daily_usage"
			     " WHERE user_id = %lld",
			     patient->id),
	    0);
	/* The others are not meant. */
	assert_status(ask_that_worker("claude", upstream_prompt("")), 200);
}

/* Being our fault, or the client's, they say nothing about the provider. */
static void
circuit__not_by_refusals(void **state)
{
	char *prompt;
	int   i;

	(void)state;
	for (i = 0; i < 8; i++) {
		prompt = upstream_prompt(
		    i % 2 == 0 ? "status:400" : "status:429");
		ask_that_worker("gemini", prompt);
		assert_int_equal(upstream_count(upstream, prompt), 1);
	}
	assert_status(ask_that_worker("gemini", upstream_prompt("")), 200);
}

/* Who asks meanwhile does not make it last longer. */
static void
circuit__closes_again(void **state)
{
	char *prompt;

	(void)state;
	while (now_ms() < opened + OPEN_MS - 300) {
		prompt = upstream_prompt("");
		assert_error(
		    ask_that_worker("gpt", prompt), 503, "upstream_busy");
		assert_int_equal(upstream_count(upstream, prompt), 0);
		sleep_ms(400);
	}
	while (now_ms() < opened + OPEN_MS + 300)
		sleep_ms(50);
	assert_status(ask_that_worker("gpt", upstream_prompt("")), 200);
	assert_status(ask_that_worker("gpt", upstream_prompt("")), 200);
}

static struct sse *
ask(struct server *s, const struct user *u, const char *model,
    const char *prompt)
{
	struct request q = {.path = "/chat/", .token = u->token};

	q.body = chat_body(1, model, prompt);
	return (sse_open(s, &q));
}

/* One user for each, so that nobody runs too many at once. */
static void
ask_all(struct server *s, const char *name, const char *const *plays, size_t n,
    struct sse **calls, char **prompts, size_t first)
{
	struct user *u;
	size_t       i;

	for (i = 0; i < n * MODELS; i++) {
		u = user_new(s, scratch_printf("%s%zu", name, i));
		conversation_new(s, u->token);
		prompts[i] = upstream_prompt(plays[i / MODELS]);
		calls[i] = ask(
		    s, u, scratch_printf("m%zu", first + i), prompts[i]);
	}
	assert_true(sse_wait_all(calls, n * MODELS, WAIT_MS));
}

static void
retry__until_it_answers(void **state)
{
	const char *plays[COUNT(passing)];
	char       *prompts[COUNT(passing) * MODELS];
	struct sse *calls[COUNT(passing) * MODELS];
	size_t      i;

	for (i = 0; i < COUNT(passing); i++)
		plays[i] = scratch_printf("fail:2:%s", passing[i]);
	ask_all(*state, "ann", plays, COUNT(plays), calls, prompts, 0);
	for (i = 0; i < COUNT(calls); i++) {
		assert_status(calls[i]->head, 200);
		assert_string_equal(
		    reply_text(calls[i]->head, "response"), UPSTREAM_GREETING);
		assert_int_equal(upstream_count(upstream, prompts[i]), 3);
		sse_close(calls[i]);
	}
}

static void
retry__not_of_what_will_last(void **state)
{
	char       *prompts[COUNT(lasting) * MODELS];
	struct sse *calls[COUNT(lasting) * MODELS];
	size_t      i;

	ask_all(*state, "ben", lasting, COUNT(lasting), calls, prompts,
	    COUNT(passing) * MODELS);
	for (i = 0; i < COUNT(calls); i++) {
		assert_in_range(calls[i]->head->status, 502, 503);
		assert_int_equal(upstream_count(upstream, prompts[i]), 1);
		sse_close(calls[i]);
	}
}

static void
retry__given_up(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "cid");
	char          *prompt = upstream_prompt("status:503");

	conversation_new(s, u->token);
	assert_error(
	    chat_send(s, u->token, 1, "gpt", prompt), 503, "upstream_busy");
	assert_int_equal(upstream_count(upstream, prompt), 3);
	assert_int_equal(sql_int(s,
			     "SELECT used FROM daily_usage"
			     " WHERE user_id = %lld",
			     u->id),
	    0);
}

/* Nobody gets to see two beginnings of an answer. */
static void
retry__not_after_the_first_character(void **state)
{
	static const char *const plays[] = {
	    "cut:1", "eof:1", "error:1", "not-json:1"};
	struct server *s = *state;
	struct user   *u = user_new(s, "dan");
	char          *prompt;
	struct reply  *r;
	size_t         i;

	conversation_new(s, u->token);
	for (i = 0; i < COUNT(plays); i++) {
		prompt = upstream_prompt(plays[i]);
		r = chat_send(s, u->token, 1, "claude", prompt);
		assert_status(r, 200);
		assert_string_equal(reply_text(r, "response"), "w1 ");
		assert_int_equal(upstream_count(upstream, prompt), 1);
	}
}

/* In a stream nothing is seen of it but the time it took. */
static void
retry__of_a_stream(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "eve");
	struct sse    *stream;

	conversation_new(s, u->token);
	stream = sse_chat(
	    s, u->token, 1, "gemini", upstream_prompt("fail:2:cut:0"));
	assert_true(sse_wait_end(stream, WAIT_MS));
	sse_assert_whole(stream, 0, "done");
	assert_string_equal(sse_text(stream), UPSTREAM_GREETING);
	sse_close(stream);
}

static void
retry__when_it_was_told_to(void **state)
{
	struct server *s = *state;
	struct sse    *calls[MODELS];
	struct user   *u = user_new(s, "fay");
	const cJSON   *list;
	char          *prompts[MODELS];
	int            i;

	conversation_new(s, u->token);
	for (i = 0; i < MODELS; i++) {
		prompts[i] = upstream_prompt("fail:1:busy:2");
		calls[i] = ask(s, u, upstream_models[i], prompts[i]);
	}
	assert_true(sse_wait_all(calls, MODELS, WAIT_MS));
	for (i = 0; i < MODELS; i++) {
		assert_status(calls[i]->head, 200);
		assert_in_range(now_ms() - calls[i]->opened, 2000, 3500);
		list = upstream_requests(upstream, prompts[i]);
		assert_int_equal(cJSON_GetArraySize(list), 2);
		sse_close(calls[i]);
	}
}

/* The protocols of the requests with this prompt, in order. */
static char *
protocols_of(const char *prompt)
{
	const cJSON *entry;
	char        *all = scratch_printf("%s", "");

	cJSON_ArrayForEach(entry, upstream_requests(upstream, prompt))
		all = scratch_printf("%s %s", all,
		    cJSON_GetStringValue(
			cJSON_GetObjectItem(entry, "protocol")));
	return (all);
}

static void
fallback__in_the_configured_order(void **state)
{
	static const struct {
		const char *play, *model;
		int         status;
		const char *protocols;
	} cases[] = {
	    {"fail:1:status:503", "gpt", 200, " openai anthropic"},
	    {"fail:1:status:401", "gpt", 200, " openai anthropic"},
	    {"fail:2:cut:0", "gpt", 200, " openai anthropic gemini"},
	    {"fail:1:eof:0", "claude", 200, " anthropic gemini"},
	    {"fail:1:json", "gemini", 200, " gemini anthropic"},
	    {"fail:3:status:500", "gpt", 502, " openai anthropic gemini"},
	    {"", "gpt", 200, " openai"},
	};
	struct user  *u = user_new(falling_back, "gus");
	struct reply *r;
	char         *prompt;
	size_t        i;

	(void)state;
	conversation_new(falling_back, u->token);
	for (i = 0; i < COUNT(cases); i++) {
		prompt = upstream_prompt(cases[i].play);
		r = chat_send(
		    falling_back, u->token, 1, cases[i].model, prompt);
		assert_status(r, cases[i].status);
		assert_string_equal(protocols_of(prompt), cases[i].protocols);
		if (r->status != 200)
			continue;
		assert_string_equal(
		    reply_text(r, "response"), UPSTREAM_GREETING);
		assert_string_equal(reply_text(r, "model"), cases[i].model);
	}
}

static void
fallback__not_after_the_first_character(void **state)
{
	struct user  *u = user_new(falling_back, "hal");
	char         *prompt = upstream_prompt("cut:1");
	struct reply *r;

	(void)state;
	conversation_new(falling_back, u->token);
	r = chat_send(falling_back, u->token, 1, "gpt", prompt);
	assert_status(r, 200);
	assert_string_equal(reply_text(r, "response"), "w1 ");
	assert_string_equal(reply_text(r, "status"), "failed");
	assert_string_equal(protocols_of(prompt), " openai");
}

static void
nothing__is_left(void **state)
{
	upstream_assert_idle(upstream, *state);
	upstream_assert_idle(upstream, falling_back);
	upstream_assert_idle(upstream, plain);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(circuit__opens_after_five_failures),
	    cmocka_unit_test(circuit__not_by_refusals),
	    cmocka_unit_test(retry__until_it_answers),
	    cmocka_unit_test(retry__not_of_what_will_last),
	    cmocka_unit_test(retry__given_up),
	    cmocka_unit_test(retry__not_after_the_first_character),
	    cmocka_unit_test(retry__of_a_stream),
	    cmocka_unit_test(retry__when_it_was_told_to),
	    cmocka_unit_test(fallback__in_the_configured_order),
	    cmocka_unit_test(fallback__not_after_the_first_character),
	    cmocka_unit_test(circuit__closes_again),
	    cmocka_unit_test(nothing__is_left),
	};

	return (harness_run(tests, start));
}
