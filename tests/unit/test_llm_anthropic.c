/*
 * Anthropic: requests as they go out, and streams and errors as documented.
 * Each stream is fed whole, in two at every byte, and byte by byte.
 */
/* links: llm/provider.c llm/gemini.c llm/gemini_error.c llm/openai.c llm/openai_error.c llm/anthropic.c llm/llm_answer.c llm/llm_failure.c llm/llm_json.c llm/llm_request.c llm/llm_word.c llm/sse_reader.c core/json.c core/json_scan.c core/json_write.c core/utf8.c core/buf.c | -lcjson */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "llm_feed.h"

#define ANTHROPIC (&provider_anthropic)

#define EVENT(name, members) \
	"event: " name "\ndata: {\"type\":\"" name "\"" members "}\n\n"
#define START \
	EVENT("message_start", \
	    ",\"message\":{\"id\":\"msg_1\",\"type\":" \
	    "\"message\",\"role\":\"assistant\",\"content\":[],\"stop_reason\":" \
	    "null,\"usage\":{\"input_tokens\":9,\"cache_creation_input_tokens\":" \
	    "100,\"cache_read_input_tokens\":2000,\"output_tokens\":1}}")
#define BLOCK(type) \
	EVENT("content_block_start", \
	    ",\"index\":0,\"content_block\":{" \
	    "\"type\":\"" type "\",\"text\":\"\"}")
#define DELTA(type, member, text) \
	EVENT("content_block_delta", \
	    ",\"index\":0,\"delta\":{\"type\":\"" type "\",\"" member \
	    "\":\"" text "\"}")
#define TEXT(text) DELTA("text_delta", "text", text)
#define BLOCK_STOP EVENT("content_block_stop", ",\"index\":0")
#define PING       EVENT("ping", "")
#define REASON(reason) \
	EVENT("message_delta", \
	    ",\"delta\":{\"stop_reason\":\"" reason \
	    "\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":15}")
#define STOP EVENT("message_stop", "")

static const struct llm_model model = {
    .id = "claude",
    .upstream = "claude-haiku-5-5",
    .base_url = "https://api.anthropic.com",
    .api_key = "sk-ant-secret",
    .api_version = "2023-06-01",
    .extra = "",
};

static const struct llm_message messages[] = {
    {LLM_USER, "My name is Ada."},
    {LLM_ASSISTANT, "Noted."},
    {LLM_USER, "what is my name"},
};

static void
builds_request__conversation(void **state)
{
	struct llm_prompt prompt = {"You are a pirate.", messages, 3, {0}};
	struct llm_http   http = {0};

	(void)state;
	assert_true(ANTHROPIC->build(&model, &prompt, &http));
	assert_string_equal(
	    http.url.data, "https://api.anthropic.com/v1/messages");
	assert_string_equal(http.headers.data,
	    "content-type: application/json\n"
	    "accept: text/event-stream\n"
	    "accept-encoding: identity\n"
	    "anthropic-version: 2023-06-01\n"
	    "x-api-key: sk-ant-secret\n");
	assert_body(&http,
	    "{\"model\":\"claude-haiku-5-5\","
	    "\"max_tokens\":4096,\"system\":\"You are a pirate.\","
	    "\"messages\":[{\"role\":\"user\",\"content\":\"My name is Ada.\"},"
	    "{\"role\":\"assistant\",\"content\":\"Noted.\"},"
	    "{\"role\":\"user\",\"content\":\"what is my name\"}],"
	    "\"stream\":true}");
	llm_http_release(&http);
}

/* Only models that take it are told how to sample, and one value of two. */
static void
builds_request__wishes_of_a_client(void **state)
{
	struct llm_prompt prompt = {NULL, messages + 2, 1,
	    {.max_tokens = 50,
		.has_temperature = true,
		.temperature = 0.7,
		.has_top_p = true,
		.top_p = 0.9,
		.has_seed = true,
		.seed = 7,
		.stop = "[\"END\"]"}};
	struct llm_model  m = model;
	struct llm_http   http = {0};

	(void)state;
	prompt.options.temperature = 1.5;
	assert_true(ANTHROPIC->build(&m, &prompt, &http));
	assert_null(strstr(http.body.data, "temperature"));
	assert_null(strstr(http.body.data, "seed"));
	assert_non_null(strstr(http.body.data, "\"max_tokens\":50,"));
	assert_non_null(strstr(http.body.data, "\"stop_sequences\":[\"END\"]"));
	llm_http_release(&http);
	m.upstream = "claude-haiku-4-5";
	m.api_version = "2023-06-01";
	assert_true(ANTHROPIC->build(&m, &prompt, &http));
	assert_non_null(strstr(http.body.data, "\"temperature\":1}"));
	assert_null(strstr(http.body.data, "top_p"));
	llm_http_release(&http);
	m.api_version = "2026-10-21";
	assert_true(ANTHROPIC->build(&m, &prompt, &http));
	assert_null(strstr(http.body.data, "temperature"));
	llm_http_release(&http);
}

static void
builds_request__options(void **state)
{
	struct llm_prompt prompt = {NULL, messages + 2, 1, {0}};
	struct llm_model  m = model;
	struct llm_http   http = {0};

	(void)state;
	m.max_tokens = 100;
	m.api_key = "";
	m.extra = "{\"temperature\":1,\"metadata\":{\"user_id\":\"u\"}}";
	assert_true(ANTHROPIC->build(&m, &prompt, &http));
	assert_null(strstr(http.headers.data, "x-api-key"));
	assert_body(&http,
	    "{\"model\":\"claude-haiku-5-5\","
	    "\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":"
	    "\"what is my name\"}],\"stream\":true,\"temperature\":1,"
	    "\"metadata\":{\"user_id\":\"u\"}}");
	llm_http_release(&http);
}

static void
parses_stream__whole(void **state)
{
	const char body[] = START BLOCK("text") PING TEXT("Hel") TEXT("lo")
	    BLOCK_STOP                               REASON("end_turn") STOP;
	struct llm_answer                            a;

	(void)state;
	assert_answer(ANTHROPIC, body, "Hello", LLM_STOP);
	a = feed_every_way(ANTHROPIC, body, strlen(body));
	assert_int_equal(a.prompt_tokens, 2109);
	assert_int_equal(a.response_tokens, 15);
	assert_string_equal(a.upstream_id, "msg_1");
	llm_answer_release(&a);
}

/* Cumulative, so that the last event's counts replace the first's. */
static void
parses_stream__usage_of_message_delta(void **state)
{
	const char body[] = START EVENT("message_delta",
	    ",\"delta\":{\"stop_reason\":\"end_turn\"},"
	    "\"usage\":{\"input_tokens\":10,"
	    "\"cache_creation_input_tokens\":null,"
	    "\"cache_read_input_tokens\":4,"
	    "\"output_tokens\":0}") STOP;
	struct llm_answer         a;

	(void)state;
	a = feed_every_way(ANTHROPIC, body, strlen(body));
	assert_int_equal(a.prompt_tokens, 14);
	assert_int_equal(a.response_tokens, 0);
	llm_answer_release(&a);
}

static void
parses_stream__only_text_counts(void **state)
{
	(void)state;
	assert_answer(ANTHROPIC,
	    START BLOCK("thinking") DELTA("thinking_delta", "thinking", "hm")
		DELTA("signature_delta", "signature", "xx") BLOCK_STOP BLOCK(
		    "redacted_thinking") BLOCK_STOP EVENT("content_block_start",
		    ",\"index\":1,\"content_block\":{"
		    "\"type\":\"thinking\",\"text\":\"no\"}")
		    EVENT("content_block_start",
			",\"index\":2,\"content_block\":{"
			"\"type\":\"text\",\"text\":\"a\"}") TEXT("b")
			DELTA("citations_delta", "text", "no")
			    DELTA("input_json_delta", "partial_json", "{}")
				BLOCK_STOP     BLOCK("text") TEXT("c")
				    BLOCK_STOP REASON("stop_sequence") STOP,
	    "abc", LLM_STOP);
}

static void
parses_stream__unknown_events(void **state)
{
	(void)state;
	assert_answer(ANTHROPIC,
	    START EVENT("brand_new", ",\"text\":\"no\"") PING TEXT(
		"a") "event: x\ndata: {}\n\n" PING PING REASON("end_turn")
		PING                                          STOP,
	    "a", LLM_STOP);
}

/* Dispatched by data.type; the name of the event is the fallback. */
static void
parses_stream__nameless_events(void **state)
{
	(void)state;
	assert_answer(ANTHROPIC,
	    "data: {\"type\":\"content_block_delta\","
	    "\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\r\n\r\n"
	    "event: ping\r\ndata: {\"type\":\"message_stop\"}\r\n\r\n",
	    "a", LLM_STOP);
	assert_answer(ANTHROPIC, TEXT("a") "event: message_stop\ndata: {}\n\n",
	    "a", LLM_STOP);
}

static void
parses_stream__split_inside_utf8(void **state)
{
	(void)state;
	assert_answer(ANTHROPIC,
	    TEXT("gr\xc3\xbc\xc3\x9f \xe2\x82\xac") TEXT("\xf0\x9f\x98\x80")
		REASON("end_turn") STOP,
	    "gr\xc3\xbc\xc3\x9f \xe2\x82\xac\xf0\x9f\x98\x80", LLM_STOP);
}

static void
parses_stream__surrogates(void **state)
{
	(void)state;
	assert_answer(ANTHROPIC,
	    TEXT("\\ud83d") PING TEXT("\\ude00!") REASON("end_turn") STOP,
	    "\xf0\x9f\x98\x80!", LLM_STOP);
	assert_answer(ANTHROPIC,
	    TEXT("\\ude00") TEXT("\\ud83d\\u0000") REASON("end_turn") STOP,
	    "\xef\xbf\xbd\xef\xbf\xbd", LLM_STOP);
}

static void
parses_stream__stop_reasons(void **state)
{
	(void)state;
	assert_answer(
	    ANTHROPIC, TEXT("a") REASON("max_tokens") STOP, "a", LLM_LENGTH);
	assert_answer(ANTHROPIC, REASON("model_context_window_exceeded") STOP,
	    "", LLM_LENGTH);
	/* A refusal may have no block at all. */
	assert_answer(ANTHROPIC,
	    START EVENT("message_delta",
		",\"delta\":{\"stop_reason\":\"refusal\",\"stop_details\":{"
		"\"type\":\"refusal\",\"category\":\"x\"}}") STOP,
	    "", LLM_CONTENT_FILTER);
	assert_failure(ANTHROPIC, TEXT("a") REASON("tool_use") STOP, "a",
	    LLM_PROTOCOL, "stop reason: tool_use");
	assert_failure(ANTHROPIC, REASON("pause_turn") STOP, "", LLM_PROTOCOL,
	    "stop reason: pause_turn");
	assert_failure(ANTHROPIC, REASON("\\u2028?") STOP, "", LLM_PROTOCOL,
	    "stop reason: ____");
	/* null is no reason yet. */
	assert_answer(ANTHROPIC,
	    TEXT("a") EVENT("message_delta",
		",\"delta\":{\"stop_reason\":null}") REASON("end_turn") STOP,
	    "a", LLM_STOP);
}

static void
parses_stream__closed_early(void **state)
{
	(void)state;
	assert_failure(
	    ANTHROPIC, "", "", LLM_PROTOCOL, "upstream closed early");
	assert_failure(ANTHROPIC, START TEXT("a") REASON("end_turn"), "a",
	    LLM_PROTOCOL, "upstream closed early");
	assert_failure(ANTHROPIC, START STOP, "", LLM_PROTOCOL, "empty answer");
	/* Up to the last brace of message_stop. */
	assert_cut_fails(ANTHROPIC, START TEXT("a") REASON("end_turn") STOP, 2);
}

static void
parses_stream__nothing_after_stop(void **state)
{
	(void)state;
	assert_answer(ANTHROPIC,
	    TEXT("a") REASON("end_turn") STOP TEXT("b")
		EVENT("error", "") "data: x\n\n",
	    "a", LLM_STOP);
}

static void
parses_stream__errors(void **state)
{
	const char        body[] = EVENT("error",
		   ",\"error\":{\"type\":"
			  "\"api_error\"},\"request_id\":\"req_1\"");
	struct llm_answer a;

	(void)state;
	assert_failure(ANTHROPIC,
	    START TEXT("a") EVENT("error",
		",\"error\":{"
		"\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}")
		TEXT("b") STOP,
	    "a", LLM_OVERLOADED, "error in the stream: overloaded_error");
	assert_failure(ANTHROPIC,
	    EVENT("error",
		",\"error\":{\"type\":"
		"\"rate_limit_error\"}"),
	    "", LLM_RATE_LIMIT, "error in the stream: rate_limit_error");
	assert_failure(ANTHROPIC, EVENT("error", ""), "", LLM_SERVER,
	    "error in the stream");
	assert_failure(ANTHROPIC, TEXT("a") "data: {\"type\"\n\n", "a",
	    LLM_PROTOCOL, "an event is not JSON");
	assert_failure(ANTHROPIC, "event: ping\ndata: []\n\n", "", LLM_PROTOCOL,
	    "an event is not JSON");
	a = feed_every_way(ANTHROPIC, body, strlen(body));
	assert_int_equal(a.failure, LLM_SERVER);
	assert_string_equal(a.upstream_id, "req_1");
	llm_answer_release(&a);
}

#define ERROR(type, more) \
	"{\"type\":\"error\",\"error\":{\"type\":\"" type "\",\"message\":" \
	"\"secret prompt\"" more "},\"request_id\":\"req_1\"}"

static void
classifies_error__ours(void **state)
{
	(void)state;
	assert_refusal(ANTHROPIC, 400, NULL, ERROR("invalid_request_error", ""),
	    LLM_BAD_REQUEST, 0, "answered 400: invalid_request_error");
	assert_refusal(ANTHROPIC, 401, NULL, ERROR("authentication_error", ""),
	    LLM_AUTH, 0, "answered 401: authentication_error");
	assert_refusal(ANTHROPIC, 402, NULL, ERROR("billing_error", ""),
	    LLM_QUOTA, 0, "answered 402: billing_error");
	assert_refusal(ANTHROPIC, 403, NULL, ERROR("permission_error", ""),
	    LLM_AUTH, 0, "answered 403: permission_error");
	assert_refusal(ANTHROPIC, 404, NULL, ERROR("not_found_error", ""),
	    LLM_NOT_FOUND, 0, "answered 404: not_found_error");
	assert_refusal(ANTHROPIC, 409, NULL, ERROR("conflict_error", ""),
	    LLM_SERVER, 0, "answered 409: conflict_error");
	assert_refusal(ANTHROPIC, 413, NULL, "<html>cloudflare</html>",
	    LLM_BAD_REQUEST, 0, "answered 413");
}

static void
classifies_error__limits(void **state)
{
	(void)state;
	assert_refusal(ANTHROPIC, 429, "12", ERROR("rate_limit_error", ""),
	    LLM_RATE_LIMIT, 12000, "answered 429: rate_limit_error");
	assert_refusal(ANTHROPIC, 429, NULL,
	    ERROR("rate_limit_error",
		",\"details\":{\"error_code\":\"enforced_spend_limit_reached\"}"),
	    LLM_QUOTA, 0,
	    "answered 429: rate_limit_error enforced_spend_limit_reached");
	assert_refusal(ANTHROPIC, 429, NULL,
	    ERROR("rate_limit_error",
		",\"details\":{\"error_code\":\"contract_spend_limit_reached\"}"),
	    LLM_QUOTA, 0,
	    "answered 429: rate_limit_error contract_spend_limit_reached");
	assert_refusal(ANTHROPIC, 429, NULL,
	    ERROR(
		"rate_limit_error", ",\"details\":{\"error_code\":\"other\"}"),
	    LLM_RATE_LIMIT, 0, "answered 429: rate_limit_error other");
}

static void
classifies_error__servers(void **state)
{
	struct llm_answer a = {0};
	const char        body[] = ERROR("overloaded_error", "");

	(void)state;
	assert_refusal(ANTHROPIC, 500, NULL, ERROR("api_error", ""), LLM_SERVER,
	    0, "answered 500: api_error");
	assert_refusal(ANTHROPIC, 504, NULL, ERROR("timeout_error", ""),
	    LLM_TIMEOUT, 0, "answered 504: timeout_error");
	assert_refusal(
	    ANTHROPIC, 502, NULL, "[]", LLM_SERVER, 0, "answered 502");
	ANTHROPIC->read_error(&a, 529, "2", body, strlen(body));
	assert_int_equal(a.failure, LLM_OVERLOADED);
	assert_int_equal(a.retry_after_ms, 2000);
	assert_string_equal(a.upstream_id, "req_1");
	llm_answer_release(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(builds_request__conversation),
	    cmocka_unit_test(builds_request__wishes_of_a_client),
	    cmocka_unit_test(builds_request__options),
	    cmocka_unit_test(parses_stream__whole),
	    cmocka_unit_test(parses_stream__usage_of_message_delta),
	    cmocka_unit_test(parses_stream__only_text_counts),
	    cmocka_unit_test(parses_stream__unknown_events),
	    cmocka_unit_test(parses_stream__nameless_events),
	    cmocka_unit_test(parses_stream__split_inside_utf8),
	    cmocka_unit_test(parses_stream__surrogates),
	    cmocka_unit_test(parses_stream__stop_reasons),
	    cmocka_unit_test(parses_stream__closed_early),
	    cmocka_unit_test(parses_stream__nothing_after_stop),
	    cmocka_unit_test(parses_stream__errors),
	    cmocka_unit_test(classifies_error__ours),
	    cmocka_unit_test(classifies_error__limits),
	    cmocka_unit_test(classifies_error__servers),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
