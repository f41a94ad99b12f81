/*
 * What providers are sent: each one's request to the letter, the conversation
 * so far within its budget, and models of a file.
 */
#include "harness_sse.h"
#include "harness_upstream.h"

#define WAIT_MS 5000

static struct upstream *upstream;
static struct server   *brief; /* one with a small budget */

static const char models[] =
    "["
    "{\"id\":\"llama\",\"provider\":\"openai\",\"model\":\"llama-3\","
    " \"base_url\":\"http://127.0.0.1:%d/v1\",\"max_tokens\":300,"
    " \"old_max_tokens\":true,\"no_usage\":true,"
    " \"extra\":{\"temperature\":0.2}},"
    "{\"id\":\"Opus\",\"provider\":\"anthropic\",\"model\":\"opus-5\","
    " \"api_version\":\"2026-10-21\",\"api_key_env\":\"ANTHROPIC_API_KEY\","
    " \"max_tokens\":77},"
    "{\"id\":\"odd\",\"provider\":\"gemini\",\"model\":\"odd name\","
    " \"api_key\":\"" UPSTREAM_KEY_GEMINI "\",\"max_tokens\":50,"
    " \"extra\":{\"generationConfig\":{\"thinkingConfig\":"
    "{\"thinkingBudget\":0}}}}]";

static int
start(void **state)
{
	struct server *s;

	upstream = upstream_start();
	s = server_start(upstream_options(upstream,
	    upstream_models_file(scratch_printf(models, upstream->http))));
	brief = server_start_beside(s,
	    upstream_options(
		upstream, "CONTEXT_TOKENS=100\nMAX_OUTPUT_TOKENS=64\n"));
	*state = s;
	return (0);
}

static char *
body_of(const cJSON *request)
{
	return (cJSON_PrintUnformatted(cJSON_GetObjectItem(request, "body")));
}

static const char *
header_of(const cJSON *request, const char *name)
{
	return (cJSON_GetStringValue(cJSON_GetObjectItem(
	    cJSON_GetObjectItem(request, "headers"), name)));
}

static void
assert_url(const cJSON *request, const char *url)
{
	assert_string_equal(
	    cJSON_GetStringValue(cJSON_GetObjectItem(request, "url")), url);
}

/* The bodies, with %s where the prompt stands. */
static const struct {
	const char *url;
	const char *body;
	const char *key_header;
	const char *key;
} documented[MODELS] = {
    [GPT] = {"/v1/chat/completions",
	"{\"model\":\"fake-gpt\",\"messages\":[{\"role\":\"user\","
	"\"content\":\"%s\"}],\"stream\":true,"
	"\"stream_options\":{\"include_usage\":true}}",
	"authorization", "Bearer " UPSTREAM_KEY_OPENAI},
    [CLAUDE] = {"/v1/messages",
	"{\"model\":\"fake-claude\",\"max_tokens\":4096,\"messages\":["
	"{\"role\":\"user\",\"content\":\"%s\"}],\"stream\":true}",
	"x-api-key", UPSTREAM_KEY_ANTHROPIC},
    [GEMINI] = {"/v1beta/models/fake-gemini:streamGenerateContent"
		"?alt=sse",
	"{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"%s\"}]}"
	"]}",
	"x-goog-api-key", UPSTREAM_KEY_GEMINI},
};

/* In two pieces: a format that is no literal would be none. */
static void
assert_body(const cJSON *request, const char *format, const char *prompt)
{
	const char *gap = strstr(format, "%s");

	assert_non_null(gap);
	assert_string_equal(body_of(request),
	    scratch_printf(
		"%.*s%s%s", (int)(gap - format), format, prompt, gap + 2));
}

static void
assert_documented(int model, const char *prompt)
{
	const cJSON *request;

	request = upstream_request(upstream, prompt, WAIT_MS);
	assert_url(request, documented[model].url);
	assert_body(request, documented[model].body, prompt);
	assert_string_equal(header_of(request, documented[model].key_header),
	    documented[model].key);
	assert_string_equal(
	    header_of(request, "content-type"), "application/json");
	assert_string_equal(header_of(request, "accept"), "text/event-stream");
	if (model == CLAUDE)
		assert_string_equal(
		    header_of(request, "anthropic-version"), "2023-06-01");
}

/* A turn's row, as a whole answer leaves it. */
static void
assert_stored(struct server *s, const char *id)
{
	assert_string_equal(
	    sql_text(s,
		"SELECT concat_ws(' ', status,"
		" prompt_tokens, response_tokens, finish_reason,"
		" first_token_ms > 0, first_token_ms <= total_ms,"
		" finished_at >= created_at, error_code IS NULL)"
		" FROM turns WHERE id = '%s'",
		id),
	    "completed 11 7 stop t t t t");
	assert_string_equal(sql_text(s,
				"SELECT response FROM turns"
				" WHERE id = '%s'",
				id),
	    UPSTREAM_GREETING);
}

static void
request__as_documented(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann");
	struct reply  *r;
	char          *prompt;
	int            i, conversation;

	for (i = 0; i < MODELS; i++) {
		conversation = conversation_new(s, u->token);
		prompt = upstream_prompt("");
		r = chat_send(
		    s, u->token, conversation, upstream_models[i], prompt);
		assert_status(r, 200);
		assert_string_equal(
		    reply_text(r, "response"), UPSTREAM_GREETING);
		assert_string_equal(reply_text(r, "model"), upstream_models[i]);
		assert_int_equal(
		    reply_int(r, "prompt_tokens"), UPSTREAM_PROMPT_TOKENS);
		assert_int_equal(
		    reply_int(r, "response_tokens"), UPSTREAM_RESPONSE_TOKENS);
		assert_null(cJSON_GetObjectItem(r->json, "status"));
		assert_header(
		    r, "RateLimit-Remaining", scratch_printf("%d", 999 - i));
		assert_documented(i, prompt);
		assert_stored(s, reply_text(r, "id"));
	}
}

static void
request__of_a_stream(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ben");
	const cJSON   *done;
	struct sse    *stream;
	char          *prompt;
	int            i, conversation;

	for (i = 0; i < MODELS; i++) {
		conversation = conversation_new(s, u->token);
		prompt = upstream_prompt("");
		stream = sse_chat(
		    s, u->token, conversation, upstream_models[i], prompt);
		assert_true(sse_wait_end(stream, WAIT_MS));
		sse_assert_whole(stream, 0, "done");
		assert_string_equal(sse_text(stream), UPSTREAM_GREETING);
		done = sse_json(sse_last(stream));
		assert_string_equal(
		    cJSON_GetStringValue(cJSON_GetObjectItem(done, "response")),
		    UPSTREAM_GREETING);
		assert_int_equal(
		    cJSON_GetObjectItem(done, "prompt_tokens")->valueint,
		    UPSTREAM_PROMPT_TOKENS);
		assert_documented(i, prompt);
		assert_stored(s, sse_id(stream));
		sse_close(stream);
	}
}

/* The name of a model may be written in any case, and is given back so. */
static void
request__model_in_any_case(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "cid");
	char          *prompt = upstream_prompt("");
	struct reply  *r;

	conversation_new(s, u->token);
	r = chat_send(s, u->token, 1, "GeMiNi", prompt);
	assert_status(r, 200);
	assert_string_equal(reply_text(r, "model"), "GeMiNi");
	assert_documented(GEMINI, prompt);
}

static void
models_file__older_server(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "dan");
	char          *prompt = upstream_prompt("");
	const cJSON   *request;
	struct reply  *r;

	conversation_new(s, u->token);
	r = chat_send(s, u->token, 1, "Llama", prompt);
	assert_status(r, 200);
	assert_string_equal(reply_text(r, "response"), UPSTREAM_GREETING);
	request = upstream_request(upstream, prompt, WAIT_MS);
	assert_url(request, "/v1/chat/completions");
	assert_null(header_of(request, "authorization"));
	assert_body(request,
	    "{\"model\":\"llama-3\",\"messages\":[{\"role\":"
	    "\"user\",\"content\":\"%s\"}],\"max_tokens\":300,"
	    "\"stream\":true,\"temperature\":0.2}",
	    prompt);
}

static void
models_file__newer_version(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "eve");
	char          *prompt = upstream_prompt("");
	const cJSON   *request;

	conversation_new(s, u->token);
	assert_status(chat_send(s, u->token, 1, "opus", prompt), 200);
	request = upstream_request(upstream, prompt, WAIT_MS);
	assert_string_equal(
	    header_of(request, "anthropic-version"), "2026-10-21");
	assert_string_equal(
	    header_of(request, "x-api-key"), UPSTREAM_KEY_ANTHROPIC);
	assert_body(request,
	    "{\"model\":\"opus-5\",\"max_tokens\":77,"
	    "\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}],"
	    "\"stream\":true}",
	    prompt);
}

/* A name is one segment of the path, and more options are merged in. */
static void
models_file__extra_options(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "fay");
	char          *prompt = upstream_prompt("");
	const cJSON   *request;

	conversation_new(s, u->token);
	assert_status(chat_send(s, u->token, 1, "odd", prompt), 200);
	request = upstream_request(upstream, prompt, WAIT_MS);
	assert_url(request,
	    "/v1beta/models/odd%20name:streamGenerateContent"
	    "?alt=sse");
	assert_body(request,
	    "{\"contents\":[{\"role\":\"user\",\"parts\":[{"
	    "\"text\":\"%s\"}]}],\"generationConfig\":{\"maxOutputTokens\":50,"
	    "\"thinkingConfig\":{\"thinkingBudget\":0}}}",
	    prompt);
}

static const char *const roles[MODELS] = {"assistant", "assistant", "model"};

/* What was sent as turns: "role:text|role:text ...". */
static char *
turns_of(int model, const cJSON *request)
{
	const cJSON *body = cJSON_GetObjectItem(request, "body"), *turn;
	char        *all = scratch_printf("%s", "");
	const char  *text;

	cJSON_ArrayForEach(turn,
	    cJSON_GetObjectItem(
		body, model == GEMINI ? "contents" : "messages")) {
		text = model == GEMINI
		    ? cJSON_GetStringValue(cJSON_GetObjectItem(
			  cJSON_GetArrayItem(
			      cJSON_GetObjectItem(turn, "parts"), 0),
			  "text"))
		    : cJSON_GetStringValue(
			  cJSON_GetObjectItem(turn, "content"));
		all = scratch_printf("%s%s%s:%s", all, *all != '\0' ? "|" : "",
		    cJSON_GetStringValue(cJSON_GetObjectItem(turn, "role")),
		    text);
	}
	return (all);
}

/* Each model sees what the others said; another conversation it does not. */
static void
context__of_all_models_in_order(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "gus");
	char          *prompts[MODELS], *expected;
	int            i, model;

	conversation_new(s, u->token);
	conversation_new(s, u->token);
	chat_send(s, u->token, 2, "gpt", upstream_prompt(""));
	for (model = 0; model < MODELS; model++) {
		prompts[model] = upstream_prompt("");
		assert_status(chat_send(s, u->token, 1, upstream_models[model],
				  prompts[model]),
		    200);
		expected = scratch_printf("%s", "");
		for (i = 0; i < model; i++)
			expected = scratch_printf("%suser:%s|%s:%s|", expected,
			    prompts[i], roles[model], UPSTREAM_GREETING);
		assert_string_equal(
		    turns_of(model,
			upstream_request(upstream, prompts[model], WAIT_MS)),
		    scratch_printf("%suser:%s", expected, prompts[model]));
	}
}

/* What a broken answer did say was said; of nothing, nothing is told. */
static void
context__of_broken_turns(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "hal");
	char          *partial = upstream_prompt("eof:2");
	char          *prompt = upstream_prompt("");

	conversation_new(s, u->token);
	assert_status(chat_send(s, u->token, 1, "claude", partial), 200);
	assert_error(
	    chat_send(s, u->token, 1, "claude", upstream_prompt("status:400")),
	    502, "upstream_error");
	assert_status(chat_send(s, u->token, 1, "claude", prompt), 200);
	assert_string_equal(
	    turns_of(CLAUDE, upstream_request(upstream, prompt, WAIT_MS)),
	    scratch_printf(
		"user:%s|assistant:w1 w2 |user:%s", partial, prompt));
}

static void
context__system_prompt_in_its_place(void **state)
{
	static const char *const places[MODELS] = {
	    "\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"}"
	    ",{\"role\":\"user\"",
	    ",\"system\":\"Be brief.\",\"messages\":[{\"role\":\"user\"",
	    "{\"systemInstruction\":{\"parts\":[{\"text\":\"Be brief.\"}]}"
	    ",\"contents\":[{\"role\":\"user\""};
	struct server *s = *state;
	struct user   *u = user_new(s, "ida");
	char          *prompt;
	int            i;

	for (i = 0; i < MODELS; i++) {
		assert_status(http_post(s, u->token, "/chat/start_conversation",
				  "{\"instructions\":\"Be brief.\"}"),
		    201);
		prompt = upstream_prompt("");
		assert_status(
		    chat_send(s, u->token, i + 1, upstream_models[i], prompt),
		    200);
		assert_non_null(
		    strstr(body_of(upstream_request(upstream, prompt, WAIT_MS)),
			places[i]));
	}
}

static int
count_turns(const struct upstream *u, const char *prompt)
{
	return (cJSON_GetArraySize(cJSON_GetObjectItem(
	    cJSON_GetObjectItem(upstream_request(u, prompt, WAIT_MS), "body"),
	    "messages")));
}

/* A hundred tokens, or 300 bytes, are the five newest turns, whole ones; the
 * prompt itself is always sent, however long. */
#define FITTING 5

static void
context__within_the_budget(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "jim");
	char          *prompt, *before = NULL, *turns;
	int            i;

	conversation_new(s, u->token);
	for (i = 0; i < 8; i++) {
		prompt = upstream_prompt("");
		assert_status(
		    chat_send(brief, u->token, 1, "gpt", prompt), 200);
		assert_int_equal(count_turns(upstream, prompt),
		    2 * (i < FITTING ? i : FITTING) + 1);
		turns = turns_of(
		    GPT, upstream_request(upstream, prompt, WAIT_MS));
		if (before != NULL)
			assert_non_null(strstr(turns, before));
		before = prompt;
	}
	prompt = scratch_printf("%0900d %s", 7, upstream_prompt(""));
	assert_status(chat_send(brief, u->token, 1, "gpt", prompt), 200);
	assert_int_equal(count_turns(upstream, prompt), 2 * FITTING + 1);
	prompt = upstream_prompt("");
	assert_status(chat_send(brief, u->token, 1, "gpt", prompt), 200);
	assert_int_equal(count_turns(upstream, prompt), 1);
}

static void
request__max_output_tokens(void **state)
{
	struct user      *u = user_new(*state, "kim");
	const char *const limits[MODELS] = {"\"max_completion_tokens\":64",
	    "\"max_tokens\":64", "\"maxOutputTokens\":64"};
	char             *prompt;
	int               i;

	conversation_new(brief, u->token);
	for (i = 0; i < MODELS; i++) {
		prompt = upstream_prompt("");
		assert_status(
		    chat_send(brief, u->token, 1, upstream_models[i], prompt),
		    200);
		assert_non_null(
		    strstr(body_of(upstream_request(upstream, prompt, WAIT_MS)),
			limits[i]));
	}
}

/* As long as it may be, and with all that JSON has to escape. */
static void
request__of_a_long_prompt(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "leo");
	char          *prompt, *text;
	int            i;

	for (i = 0; i < MODELS; i++) {
		conversation_new(s, u->token);
		prompt = scratch_printf(
		    "%060000d \"\\\n\t\x7f ü 👋 %s", 7, upstream_prompt(""));
		assert_status(
		    chat_send(s, u->token, i + 1, upstream_models[i], prompt),
		    200);
		text = turns_of(i,
		    upstream_request(upstream, strrchr(prompt, 'n'), WAIT_MS));
		assert_string_equal(text, scratch_printf("user:%s", prompt));
	}
}

static void
nothing__is_left(void **state)
{
	upstream_assert_idle(upstream, *state);
	upstream_assert_idle(upstream, brief);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(request__as_documented),
	    cmocka_unit_test(request__of_a_stream),
	    cmocka_unit_test(request__model_in_any_case),
	    cmocka_unit_test(request__max_output_tokens),
	    cmocka_unit_test(request__of_a_long_prompt),
	    cmocka_unit_test(models_file__older_server),
	    cmocka_unit_test(models_file__newer_version),
	    cmocka_unit_test(models_file__extra_options),
	    cmocka_unit_test(context__of_all_models_in_order),
	    cmocka_unit_test(context__of_broken_turns),
	    cmocka_unit_test(context__system_prompt_in_its_place),
	    cmocka_unit_test(context__within_the_budget),
	    cmocka_unit_test(nothing__is_left),
	};

	return (harness_run(tests, start));
}
