/*
 * OpenAI and compatible servers: requests as they go out, and streams and
 * errors as such servers send them. Each stream is fed whole, in two at every
 * byte, and byte by byte.
 */
/* links: llm/provider.c llm/gemini.c llm/gemini_error.c llm/openai.c llm/openai_error.c llm/anthropic.c llm/llm_answer.c llm/llm_failure.c llm/llm_json.c llm/llm_request.c llm/llm_word.c llm/sse_reader.c core/json.c core/json_scan.c core/json_write.c core/utf8.c core/buf.c | -lcjson */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "llm_feed.h"

#define OPENAI (&provider_openai)

/* A chunk as OpenAI frames it. */
#define CHUNK(delta, reason) \
	"data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\"," \
	"\"created\":1795386438,\"model\":\"m\",\"choices\":[{\"index\":0," \
	"\"delta\":{" delta "},\"logprobs\":null,\"finish_reason\":" reason \
	"}],\"usage\":null,\"obfuscation\":\"x\"}\n\n"
#define ROLE \
	CHUNK("\"role\":\"assistant\",\"content\":\"\"," \
	      "\"refusal\":null", \
	    "null")
#define TEXT(text)     CHUNK("\"content\":\"" text "\"", "null")
#define FINISH(reason) CHUNK("", "\"" reason "\"")
#define USAGE \
	"data: {\"id\":\"chatcmpl-1\",\"choices\":[],\"usage\":{" \
	"\"prompt_tokens\":9,\"completion_tokens\":5,\"total_tokens\":14}}\n\n"
#define DONE "data: [DONE]\n\n"

static const struct llm_model model = {
    .id = "gpt",
    .upstream = "gpt-5.4-mini",
    .base_url = "https://api.openai.com/v1",
    .api_key = "sk-secret",
    .api_version = "",
    .max_tokens = 1024,
    .extra = "",
};

static const struct llm_message messages[] = {
    {LLM_USER, "My name is \"Ada\"."},
    {LLM_ASSISTANT, "Noted."},
    {LLM_USER, "what is my name"},
};

static void
builds_request__conversation(void **state)
{
	struct llm_prompt prompt = {"You are a pirate.", messages, 3, {0}};
	struct llm_http   http = {0};

	(void)state;
	assert_true(OPENAI->build(&model, &prompt, &http));
	assert_string_equal(
	    http.url.data, "https://api.openai.com/v1/chat/completions");
	assert_string_equal(http.headers.data,
	    "content-type: application/json\n"
	    "accept: text/event-stream\n"
	    "accept-encoding: identity\n"
	    "authorization: Bearer sk-secret\n");
	assert_body(&http,
	    "{\"model\":\"gpt-5.4-mini\",\"messages\":["
	    "{\"role\":\"system\",\"content\":\"You are a pirate.\"},"
	    "{\"role\":\"user\",\"content\":\"My name is \\\"Ada\\\".\"},"
	    "{\"role\":\"assistant\",\"content\":\"Noted.\"},"
	    "{\"role\":\"user\",\"content\":\"what is my name\"}],"
	    "\"max_completion_tokens\":1024,\"stream\":true,"
	    "\"stream_options\":{\"include_usage\":true}}");
	llm_http_release(&http);
}

static void
builds_request__old_server_without_key(void **state)
{
	struct llm_prompt prompt = {"", messages + 2, 1, {0}};
	struct llm_model  m = model;
	struct llm_http   http = {0};

	(void)state;
	m.api_key = "";
	m.old_max_tokens = m.no_usage = true;
	m.extra = "{\"temperature\":0.2,\"stop\":[\"END\"]}";
	assert_true(OPENAI->build(&m, &prompt, &http));
	assert_null(strstr(http.headers.data, "authorization"));
	assert_body(&http,
	    "{\"model\":\"gpt-5.4-mini\",\"messages\":["
	    "{\"role\":\"user\",\"content\":\"what is my name\"}],"
	    "\"max_tokens\":1024,\"stream\":true,\"temperature\":0.2,"
	    "\"stop\":[\"END\"]}");
	llm_http_release(&http);
}

static void
builds_request__no_limit(void **state)
{
	struct llm_prompt prompt = {NULL, messages + 2, 1, {0}};
	struct llm_model  m = model;
	struct llm_http   http = {0};

	(void)state;
	m.max_tokens = 0;
	m.no_usage = true;
	assert_true(OPENAI->build(&m, &prompt, &http));
	assert_body(&http,
	    "{\"model\":\"gpt-5.4-mini\",\"messages\":["
	    "{\"role\":\"user\",\"content\":\"what is my name\"}],"
	    "\"stream\":true}");
	llm_http_release(&http);
}

/* What a model that reasons refuses is left out, unless it is configured. */
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
	m.no_usage = true;
	assert_true(OPENAI->build(&m, &prompt, &http));
	assert_null(strstr(http.body.data, "temperature"));
	assert_null(strstr(http.body.data, "stop"));
	assert_non_null(
	    strstr(http.body.data, "\"max_completion_tokens\":50,"));
	llm_http_release(&http);
	m.sampling = LLM_SAMPLING_TAKEN;
	assert_true(OPENAI->build(&m, &prompt, &http));
	assert_body(&http,
	    "{\"model\":\"gpt-5.4-mini\",\"messages\":["
	    "{\"role\":\"user\",\"content\":\"what is my name\"}],"
	    "\"max_completion_tokens\":50,\"temperature\":0.7,"
	    "\"top_p\":0.9,\"seed\":7,\"stop\":[\"END\"],"
	    "\"stream\":true}");
	llm_http_release(&http);
	m.sampling = LLM_SAMPLING_BY_NAME;
	m.upstream = "llama3.2";
	assert_true(OPENAI->build(&m, &prompt, &http));
	assert_non_null(strstr(http.body.data, "\"temperature\":0.7,"));
	llm_http_release(&http);
}

static void
parses_stream__whole(void **state)
{
	const char body[] = ROLE TEXT("Hel") TEXT("lo\\n") FINISH("stop")
	    USAGE                DONE;
	struct llm_answer        a;

	(void)state;
	assert_answer(OPENAI, body, "Hello\n", LLM_STOP);
	a = feed_every_way(OPENAI, body, strlen(body));
	assert_int_equal(a.prompt_tokens, 9);
	assert_int_equal(a.response_tokens, 5);
	assert_string_equal(a.upstream_id, "chatcmpl-1");
	llm_answer_release(&a);
}

static void
parses_stream__comments_and_crlf(void **state)
{
	(void)state;
	assert_answer(OPENAI,
	    ": OPENROUTER PROCESSING\r\n\r\n"
	    "data:{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\n\r\n"
	    ": x\r\n"
	    "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\","
	    "\"reasoning\":\"hm\"}}]}\r\n\r\n"
	    "data: {\"choices\":[{\"delta\":{\"content\":null},"
	    "\"finish_reason\":\"length\"}]}\r\n\r\ndata: [DONE] \r\n\r\n",
	    "a", LLM_LENGTH);
}

static void
parses_stream__split_inside_utf8(void **state)
{
	(void)state;
	assert_answer(OPENAI,
	    TEXT("gr\xc3\xbc\xc3\x9f \xe2\x82\xac")
		TEXT("\xf0\x9f\x98\x80\xe2\x80\xa8") FINISH("stop") DONE,
	    "gr\xc3\xbc\xc3\x9f \xe2\x82\xac\xf0\x9f\x98\x80\xe2\x80\xa8",
	    LLM_STOP);
}

/* As aimock cuts an emoji, and worse. */
static void
parses_stream__surrogates(void **state)
{
	(void)state;
	assert_answer(OPENAI,
	    TEXT("\\ud83d") ROLE TEXT("\\uDE00") TEXT("!") FINISH("stop") DONE,
	    "\xf0\x9f\x98\x80!", LLM_STOP);
	assert_answer(OPENAI, TEXT("a\\u0000b\\ud83d") FINISH("stop") DONE,
	    "ab\xef\xbf\xbd", LLM_STOP);
	assert_answer(
	    OPENAI, TEXT("\\ud83d") FINISH("stop"), "\xef\xbf\xbd", LLM_STOP);
}

static void
parses_stream__no_terminator(void **state)
{
	(void)state;
	/* Some servers leave out [DONE], others the reason. */
	assert_answer(OPENAI, TEXT("a") FINISH("stop"), "a", LLM_STOP);
	assert_answer(OPENAI, TEXT("a") DONE, "a", LLM_STOP);
	assert_answer(OPENAI,
	    TEXT("a") FINISH("stop") "data: {\"choices\":[],\"usa", "a",
	    LLM_STOP);
	assert_failure(
	    OPENAI, TEXT("a"), "a", LLM_PROTOCOL, "upstream closed early");
	assert_failure(OPENAI, "", "", LLM_PROTOCOL, "upstream closed early");
	assert_failure(OPENAI, DONE, "", LLM_PROTOCOL, "empty answer");
	assert_failure(OPENAI, USAGE DONE, "", LLM_PROTOCOL, "empty answer");
	/* Up to the last brace of the chunk with the reason. */
	assert_cut_fails(OPENAI, ROLE TEXT("a") FINISH("stop"), 2);
}

static void
parses_stream__nothing_after_done(void **state)
{
	(void)state;
	assert_answer(
	    OPENAI, TEXT("a") DONE TEXT("b") "data: x\n\n", "a", LLM_STOP);
}

static void
parses_stream__finish_reasons(void **state)
{
	(void)state;
	assert_answer(OPENAI, FINISH("stop") DONE, "", LLM_STOP);
	assert_answer(OPENAI, TEXT("a") FINISH("content_filter") DONE, "a",
	    LLM_CONTENT_FILTER);
	assert_answer(OPENAI,
	    CHUNK("\"content\":\"a\"", "\"\"") FINISH("eos_token") DONE, "a",
	    LLM_STOP);
	assert_failure(OPENAI, TEXT("a") FINISH("tool_calls") DONE, "a",
	    LLM_PROTOCOL, "finish reason: tool_calls");
	assert_failure(OPENAI, FINISH("function_call") DONE, "", LLM_PROTOCOL,
	    "finish reason: function_call");
	assert_failure(OPENAI, TEXT("a") FINISH("<odd>") DONE, "a",
	    LLM_PROTOCOL, "finish reason: _odd_");
}

static void
parses_stream__refusal(void **state)
{
	(void)state;
	assert_answer(OPENAI,
	    ROLE CHUNK("\"refusal\":\"I'm \"", "null")
		CHUNK("\"refusal\":\"sorry\"", "null") FINISH("stop") DONE,
	    "I'm sorry", LLM_CONTENT_FILTER);
	assert_answer(OPENAI, CHUNK("\"refusal\":\"No\"", "null") DONE, "No",
	    LLM_CONTENT_FILTER);
	assert_answer(OPENAI, CHUNK("\"refusal\":\"No\"", "\"stop\""), "No",
	    LLM_CONTENT_FILTER);
	assert_failure(OPENAI, CHUNK("\"refusal\":\"I'm \"", "null"), "I'm ",
	    LLM_PROTOCOL, "upstream closed early");
}

static void
parses_stream__odd_shapes(void **state)
{
	(void)state;
	assert_answer(OPENAI,
	    "data: {\"choices\":[],"
	    "\"prompt_filter_results\":[]}\n\n"
	    "data: {\"choices\":null}\n\ndata: {\"choices\":{\"delta\":{"
	    "\"content\":\"no\"}}}\n\ndata: {\"choices\":[null]}\n\n"
	    "data: {\"choices\":[{\"delta\":{\"content\":[7]}}]}\n\n"
	    "data: {\"id\":\"\",\"id\":\"twice\",\"error\":null}\n\n" TEXT("a")
		FINISH("stop") DONE,
	    "a", LLM_STOP);
	assert_failure(OPENAI, TEXT("a") "data: {\"choices\":[{\n\n", "a",
	    LLM_PROTOCOL, "an event is not JSON");
	assert_failure(OPENAI, TEXT("a") "data: \"text\"\n\n", "a",
	    LLM_PROTOCOL, "an event is not JSON");
}

static void
parses_stream__errors(void **state)
{
	(void)state;
	assert_failure(OPENAI,
	    TEXT("a") "data: {\"error\":{\"message\":"
		      "\"secret\",\"type\":\"server_error\",\"param\":null,"
		      "\"code\":null}}\n\n" TEXT("b") DONE,
	    "a", LLM_SERVER, "error in the stream: server_error");
	assert_failure(OPENAI,
	    "data: {\"error\":{\"type\":\"tokens\","
	    "\"code\":\"rate_limit_exceeded\"}}\n\n",
	    "", LLM_RATE_LIMIT,
	    "error in the stream: tokens rate_limit_exceeded");
	assert_failure(OPENAI,
	    "data: {\"error\":{\"type\":"
	    "\"insufficient_quota\",\"code\":\"insufficient_quota\"}}\n\n",
	    "", LLM_QUOTA, "error in the stream: insufficient_quota");
	/* OpenRouter gives a status, Ollama a text. */
	assert_failure(OPENAI,
	    "data: {\"error\":{\"code\":503,"
	    "\"message\":\"m\"},\"choices\":[]}\n\n",
	    "", LLM_OVERLOADED, "error in the stream: 503");
	assert_failure(OPENAI, "data: {\"error\":\"secret\"}\n\n", "",
	    LLM_SERVER, "error in the stream");
	assert_failure(OPENAI,
	    "event: error\ndata: {\"message\":\"secret\","
	    "\"type\":\"invalid_request_error\"}\n\n",
	    "", LLM_BAD_REQUEST, "error in the stream: invalid_request_error");
	assert_failure(OPENAI, "event: error\ndata: oh\n\n", "", LLM_SERVER,
	    "error in the stream");
}

#define ERROR(type, code) \
	"{\"error\":{\"message\":\"secret sk-123\",\"type\":\"" type \
	"\",\"param\":null,\"code\":" code "}}"

static void
classifies_error__ours(void **state)
{
	(void)state;
	assert_refusal(OPENAI, 400, NULL,
	    ERROR("invalid_request_error", "\"context_length_exceeded\""),
	    LLM_BAD_REQUEST, 0,
	    "answered 400: invalid_request_error context_length_exceeded");
	assert_refusal(OPENAI, 401, NULL,
	    ERROR("invalid_request_error", "\"invalid_api_key\""), LLM_AUTH, 0,
	    "answered 401: invalid_request_error invalid_api_key");
	assert_refusal(OPENAI, 403, NULL,
	    ERROR("request_forbidden",
		"\"unsupported_country_region_territory\""),
	    LLM_AUTH, 0,
	    "answered 403: request_forbidden "
	    "unsupported_country_region_territory");
	assert_refusal(OPENAI, 404, NULL,
	    ERROR("invalid_request_error", "\"model_not_found\""),
	    LLM_NOT_FOUND, 0,
	    "answered 404: invalid_request_error model_not_found");
	assert_refusal(OPENAI, 422, NULL,
	    "{\"detail\":[{\"loc\":[\"body\"],"
	    "\"msg\":\"secret\",\"type\":\"missing\"}]}",
	    LLM_BAD_REQUEST, 0, "answered 422");
	assert_refusal(OPENAI, 400, NULL,
	    "{\"object\":\"error\",\"message\":"
	    "\"secret\",\"type\":\"BadRequestError\",\"code\":400}",
	    LLM_BAD_REQUEST, 0, "answered 400: BadRequestError 400");
}

static void
classifies_error__limits(void **state)
{
	(void)state;
	assert_refusal(OPENAI, 429, "20",
	    ERROR("requests", "\"rate_limit_exceeded\""), LLM_RATE_LIMIT, 20000,
	    "answered 429: requests rate_limit_exceeded");
	assert_refusal(OPENAI, 429, NULL,
	    ERROR("insufficient_quota", "\"insufficient_quota\""), LLM_QUOTA, 0,
	    "answered 429: insufficient_quota");
	assert_refusal(OPENAI, 429, NULL,
	    ERROR("billing", "\"credit_balance_exhausted\""), LLM_QUOTA, 0,
	    "answered 429: billing credit_balance_exhausted");
	assert_refusal(
	    OPENAI, 429, NULL, "", LLM_RATE_LIMIT, 0, "answered 429");
	assert_refusal(OPENAI, 402, NULL, "", LLM_QUOTA, 0, "answered 402");
}

static void
classifies_error__servers(void **state)
{
	(void)state;
	assert_refusal(OPENAI, 408, NULL, "", LLM_TIMEOUT, 0, "answered 408");
	assert_refusal(OPENAI, 409, NULL, "", LLM_SERVER, 0, "answered 409");
	assert_refusal(OPENAI, 500, NULL, ERROR("server_error", "null"),
	    LLM_SERVER, 0, "answered 500: server_error");
	assert_refusal(OPENAI, 502, NULL, "<html>\n<h1>502</h1>", LLM_SERVER, 0,
	    "answered 502");
	assert_refusal(OPENAI, 503, "1.5",
	    ERROR("service_unavailable_error", "\"server_is_overloaded\""),
	    LLM_OVERLOADED, 1500,
	    "answered 503: service_unavailable_error server_is_overloaded");
	assert_refusal(OPENAI, 520, NULL, "", LLM_SERVER, 0, "answered 520");
	assert_refusal(OPENAI, 302, NULL, "", LLM_PROTOCOL, 0, "answered 302");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(builds_request__conversation),
	    cmocka_unit_test(builds_request__old_server_without_key),
	    cmocka_unit_test(builds_request__wishes_of_a_client),
	    cmocka_unit_test(builds_request__no_limit),
	    cmocka_unit_test(parses_stream__whole),
	    cmocka_unit_test(parses_stream__comments_and_crlf),
	    cmocka_unit_test(parses_stream__split_inside_utf8),
	    cmocka_unit_test(parses_stream__surrogates),
	    cmocka_unit_test(parses_stream__no_terminator),
	    cmocka_unit_test(parses_stream__nothing_after_done),
	    cmocka_unit_test(parses_stream__finish_reasons),
	    cmocka_unit_test(parses_stream__refusal),
	    cmocka_unit_test(parses_stream__odd_shapes),
	    cmocka_unit_test(parses_stream__errors),
	    cmocka_unit_test(classifies_error__ours),
	    cmocka_unit_test(classifies_error__limits),
	    cmocka_unit_test(classifies_error__servers),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
