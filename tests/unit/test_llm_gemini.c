/*
 * Gemini: requests as they go out, and streams and errors as recordings and
 * documents have them. Each stream is fed whole, in two at every byte, and
 * byte by byte.
 */
/* links: llm/provider.c llm/gemini.c llm/gemini_error.c llm/openai.c llm/openai_error.c llm/anthropic.c llm/llm_answer.c llm/llm_failure.c llm/llm_json.c llm/llm_request.c llm/llm_word.c llm/sse_reader.c core/json.c core/json_scan.c core/json_write.c core/utf8.c core/buf.c | -lcjson */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "llm_feed.h"

#define GEMINI (&provider_gemini)

/* A chunk with some text, and one more member of the candidate. */
#define CHUNK(text, more) \
	"data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"" text \
	"\"}],\"role\": \"model\"}" more "}]," \
	"\"responseId\": \"r1\"}\r\n\r\n"
#define STOP ",\"finishReason\": \"STOP\""
#define FINISHED(reason) \
	"data: {\"candidates\": [{\"finishReason\": \"" reason \
	"\",\"index\": 0}]}\r\n\r\n"

static const struct llm_model model = {
    .id = "gemini",
    .upstream = "gemini-flash-latest",
    .base_url = "https://generativelanguage.googleapis.com",
    .api_key = "AIza-secret",
    .api_version = "v1beta",
    .extra = "",
};

static const struct llm_message one_message[] = {
    {LLM_USER, "what is my name"},
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
	assert_true(GEMINI->build(&model, &prompt, &http));
	assert_string_equal(http.url.data,
	    "https://generativelanguage."
	    "googleapis.com/v1beta/models/gemini-flash-latest:"
	    "streamGenerateContent?alt=sse");
	assert_string_equal(http.headers.data,
	    "content-type: application/json\n"
	    "accept: text/event-stream\n"
	    "accept-encoding: identity\n"
	    "x-goog-api-key: AIza-secret\n");
	assert_body(&http,
	    "{\"systemInstruction\":{\"parts\":[{\"text\":"
	    "\"You are a pirate.\"}]},\"contents\":["
	    "{\"role\":\"user\",\"parts\":[{\"text\":\"My name is Ada.\"}]},"
	    "{\"role\":\"model\",\"parts\":[{\"text\":\"Noted.\"}]},"
	    "{\"role\":\"user\",\"parts\":[{\"text\":\"what is my name\"}]}]}");
	llm_http_release(&http);
}

static void
builds_request__wishes_of_a_client(void **state)
{
	struct llm_prompt prompt = {NULL, one_message, 1,
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
	m.max_tokens = 40; /* the model's limit is kept */
	assert_true(GEMINI->build(&m, &prompt, &http));
	assert_non_null(strstr(http.body.data,
	    "\"generationConfig\":{\"maxOutputTokens\":40,"
	    "\"stopSequences\":[\"END\"],\"temperature\":0.7,"
	    "\"topP\":0.9,\"seed\":7}"));
	llm_http_release(&http);
	m.sampling = LLM_SAMPLING_REFUSED;
	assert_true(GEMINI->build(&m, &prompt, &http));
	assert_null(strstr(http.body.data, "temperature"));
	llm_http_release(&http);
}

static void
builds_request__options(void **state)
{
	struct llm_prompt prompt = {NULL, one_message, 1, {0}};
	struct llm_model  m = model;
	struct llm_http   http = {0};

	(void)state;
	m.max_tokens = 1024;
	m.api_key = "";
	m.extra = "{\"generationConfig\":{\"temperature\":0.2,"
		  "\"thinkingConfig\":{\"thinkingBudget\":0}},"
		  "\"safetySettings\":[{\"threshold\":\"BLOCK_ONLY_HIGH\"}]}";
	assert_true(GEMINI->build(&m, &prompt, &http));
	assert_null(strstr(http.headers.data, "x-goog-api-key"));
	assert_body(&http,
	    "{\"contents\":[{\"role\":\"user\",\"parts\":"
	    "[{\"text\":\"what is my name\"}]}],\"generationConfig\":"
	    "{\"maxOutputTokens\":1024,\"temperature\":0.2,"
	    "\"thinkingConfig\":{\"thinkingBudget\":0}},"
	    "\"safetySettings\":[{\"threshold\":\"BLOCK_ONLY_HIGH\"}]}");
	llm_http_release(&http);
}

static void
builds_request__model_is_encoded(void **state)
{
	struct llm_prompt prompt = {NULL, one_message, 1, {0}};
	struct llm_model  m = model;
	struct llm_http   http = {0};

	(void)state;
	m.base_url = "http://127.0.0.1:4010";
	m.api_version = "v1";
	m.upstream = "a/../b:c?key=\xc3\xa9 ~._-9";
	assert_true(GEMINI->build(&m, &prompt, &http));
	assert_string_equal(http.url.data,
	    "http://127.0.0.1:4010/v1/models/"
	    "a%2F..%2Fb%3Ac%3Fkey%3D%C3%A9%20~._-9:"
	    "streamGenerateContent?alt=sse");
	llm_http_release(&http);
}

static void
builds_request__nothing_to_send(void **state)
{
	static const struct llm_message assistant[] = {
	    {LLM_ASSISTANT, "Hello."},
	};
	struct llm_prompt prompt = {"system", assistant, 1, {0}};
	struct llm_http   http = {0};

	(void)state;
	assert_false(GEMINI->build(&model, &prompt, &http));
	llm_http_release(&http);
}

static void
parses_stream__texts(void **state)
{
	(void)state;
	/* STOP on every chunk is nothing unusual. */
	assert_answer(GEMINI,
	    CHUNK("The", STOP) CHUNK(" sky", STOP) CHUNK(" is blue.", STOP),
	    "The sky is blue.", LLM_STOP);
	assert_answer(GEMINI, CHUNK("a", "") CHUNK("b", STOP), "ab", LLM_STOP);
	/* One event's end is missing. */
	assert_answer(GEMINI,
	    "data: {\"candidates\":[{\"content\":{\"parts\":"
	    "[{\"text\":\"a\"},{\"text\":\"b\"}]},\"finishReason\":\"STOP\"}]}",
	    "ab", LLM_STOP);
}

static void
parses_stream__split_inside_utf8(void **state)
{
	(void)state;
	assert_answer(GEMINI,
	    CHUNK("gr\xc3\xbc\xc3\x9f \xe2\x82\xac", "")
		CHUNK("\xf0\x9f\x98\x80 \\u2028", STOP),
	    "gr\xc3\xbc\xc3\x9f \xe2\x82\xac\xf0\x9f\x98\x80 \xe2\x80\xa8",
	    LLM_STOP);
}

static void
parses_stream__surrogates(void **state)
{
	(void)state;
	assert_answer(GEMINI, CHUNK("\\ud83d", "") CHUNK("\\ude00!", STOP),
	    "\xf0\x9f\x98\x80!", LLM_STOP);
	assert_answer(GEMINI,
	    CHUNK("\\ud83d", "") CHUNK("x\\u0000y", "")
		CHUNK("\\ude00\\ud83d", STOP),
	    "\xef\xbf\xbdxy\xef\xbf\xbd"
	    "\xef\xbf\xbd",
	    LLM_STOP);
}

static void
parses_stream__parts_that_are_no_text(void **state)
{
	(void)state;
	assert_answer(GEMINI,
	    "data: {\"candidates\":[{\"content\":{\"parts\":["
	    "{\"text\":\"hmm\",\"thought\":true},"
	    "{\"text\":\"a\",\"thought\":false,\"thoughtSignature\":\"x\"},"
	    "{\"functionCall\":{\"name\":\"f\"}},{\"inlineData\":{}},"
	    "{\"text\":null},{\"text\":7},null,"
	    "{\"text\":\"b\"}]},\"finishReason\":\"STOP\"},"
	    "{\"content\":{\"parts\":[{\"text\":\"second candidate\"}]}}]}\n\n",
	    "ab", LLM_STOP);
}

static void
parses_stream__left_out_defaults(void **state)
{
	(void)state;
	assert_answer(GEMINI,
	    "data: {\"candidates\":[{}]}\n\n"
	    "data: {\"candidates\":[{\"content\":{}}]}\n\n"
	    "data: {\"candidates\":[{\"content\":{\"role\":\"model\"}}]}\n\n"
	    "data: {\"usageMetadata\":{\"promptTokenCount\":1}}\n\n"
	    "data: {\"candidates\":[]}\n\n" CHUNK("a", STOP) "data: {}\n\n",
	    "a", LLM_STOP);
}

static void
parses_stream__usage(void **state)
{
	const char        body[] = "data: {\"candidates\":[{\"content\":"
				   "{\"parts\":[{\"text\":\"a\"}]}}],"
				   "\"usageMetadata\":{\"promptTokenCount\":7,"
				   "\"thoughtsTokenCount\":30,"
				   "\"totalTokenCount\":37},"
				   "\"responseId\":\"rid-1\"}\r\n\r\n"
				   "data: {\"candidates\":[{\"finishReason\":"
				   "\"STOP\"}],\"usageMetadata\":"
				   "{\"promptTokenCount\":7,"
				   "\"candidatesTokenCount\":10,"
				   "\"thoughtsTokenCount\":30,"
				   "\"totalTokenCount\":47},"
				   "\"responseId\":\"rid-2\"}\r\n\r\n"
				   "data: {\"usageMetadata\":{}}\r\n\r\n";
	struct llm_answer a;

	(void)state;
	a = feed_every_way(GEMINI, body, strlen(body));
	assert_true(a.ended);
	assert_int_equal(a.prompt_tokens, 7);
	assert_int_equal(a.response_tokens, 40);
	assert_string_equal(a.upstream_id, "rid-1");
	llm_answer_release(&a);
}

static void
parses_stream__usage_of_nonsense(void **state)
{
	const char        body[] = "data: {\"candidates\":[{"
				   "\"finishReason\":\"STOP\"}],\"usageMetadata\":"
				   "{\"promptTokenCount\":-7,"
				   "\"candidatesTokenCount\":1e300,"
				   "\"thoughtsTokenCount\":\"3\"}}\n\n";
	struct llm_answer a;

	(void)state;
	a = feed_every_way(GEMINI, body, strlen(body));
	assert_int_equal(a.prompt_tokens, 0);
	assert_int_equal(a.response_tokens, 0);
	llm_answer_release(&a);
}

static void
parses_stream__finish_reasons(void **state)
{
	(void)state;
	assert_answer(GEMINI, FINISHED("MAX_TOKENS"), "", LLM_LENGTH);
	assert_answer(GEMINI, FINISHED("CONTINUATION"), "", LLM_LENGTH);
	assert_answer(GEMINI, CHUNK("a", STOP) FINISHED("SAFETY"), "a",
	    LLM_CONTENT_FILTER);
	assert_answer(GEMINI, FINISHED("RECITATION"), "", LLM_CONTENT_FILTER);
	assert_answer(GEMINI, FINISHED("BLOCKLIST"), "", LLM_CONTENT_FILTER);
	assert_answer(
	    GEMINI, FINISHED("PROHIBITED_CONTENT"), "", LLM_CONTENT_FILTER);
	assert_answer(GEMINI, FINISHED("SPII"), "", LLM_CONTENT_FILTER);
	assert_answer(GEMINI, FINISHED("LANGUAGE"), "", LLM_CONTENT_FILTER);
	assert_answer(GEMINI, FINISHED("IMAGE_SAFETY"), "", LLM_CONTENT_FILTER);
}

/* The last one wins, in both directions. */
static void
parses_stream__bad_finish_reasons(void **state)
{
	(void)state;
	assert_failure(GEMINI, CHUNK("a", STOP) FINISHED("OTHER"), "a",
	    LLM_PROTOCOL, "finish reason: OTHER");
	assert_failure(GEMINI, FINISHED("FAKE: ENUM"), "", LLM_PROTOCOL,
	    "finish reason: FAKE_ ENUM");
	assert_failure(GEMINI, FINISHED("NO_IMAGE"), "", LLM_PROTOCOL,
	    "finish reason: NO_IMAGE");
	assert_answer(GEMINI,
	    CHUNK("a", ",\"finishReason\":\"OTHER\"") CHUNK("b", STOP), "ab",
	    LLM_STOP);
}

static void
parses_stream__blocked_prompt(void **state)
{
	(void)state;
	assert_answer(GEMINI,
	    "data: {\"promptFeedback\": {\"blockReason\": "
	    "\"SAFETY\"},\"usageMetadata\": {\"promptTokenCount\": 4}}\r\n\r\n",
	    "", LLM_CONTENT_FILTER);
	assert_answer(GEMINI,
	    "data: {\"candidates\":[],\"promptFeedback\":"
	    "{\"blockReason\":\"FAKE_ENUM\"}}",
	    "", LLM_CONTENT_FILTER);
	/* Ratings alone block nothing. */
	assert_answer(GEMINI,
	    "data: {\"promptFeedback\":{\"safetyRatings\":"
	    "[]}}\n\n" CHUNK("a", STOP),
	    "a", LLM_STOP);
}

static void
parses_stream__error_as_event(void **state)
{
	(void)state;
	assert_failure(GEMINI,
	    CHUNK("a",
		STOP) "data: {\"error\":{\"code\":"
		      "503,\"message\":\"secret\",\"status\":\"UNAVAILABLE\"}}\r\n\r\n" CHUNK(
			  "b", STOP),
	    "a", LLM_OVERLOADED, "error in the stream: UNAVAILABLE");
	assert_failure(GEMINI, "data: {\"error\":{}}\n\n", "", LLM_SERVER,
	    "error in the stream");
	assert_failure(GEMINI, "data: {\"error\":\"secret\"}\n\n", "",
	    LLM_SERVER, "error in the stream");
}

/* As recorded: no data:, over several lines, and no line's end at last. */
static void
parses_stream__raw_error(void **state)
{
	(void)state;
	assert_failure(GEMINI,
	    CHUNK("a",
		"") "{\r\n  \"error\": {\r\n"
		    "    \"code\": 499,\r\n"
		    "    \"message\": \"The operation was cancelled.\",\r\n"
		    "    \"status\": \"CANCELLED\",\r\n"
		    "    \"details\": [\r\n      {\r\n        \"@type\": "
		    "\"type.googleapis.com/google.rpc.DebugInfo\",\r\n        "
		    "\"detail\": \"[ORIGINAL ERROR] generic::cancelled: \"\r\n"
		    "      }\r\n    ]\r\n  }\r\n}",
	    "a", LLM_SERVER, "error in the stream: CANCELLED");
	assert_failure(GEMINI,
	    "{\"error\":{\"code\":429,\"status\":"
	    "\"RESOURCE_EXHAUSTED\",\"details\":[{\"retryDelay\":\"46s\"}]}}",
	    "", LLM_RATE_LIMIT, "error in the stream: RESOURCE_EXHAUSTED");
	/* In an array, as without alt=sse, and after other strays. */
	assert_failure(GEMINI,
	    "[{\n  \"error\": {\n    \"code\": 500\n  }\n}"
	    "\n]\n",
	    "", LLM_SERVER, "error in the stream");
	assert_failure(GEMINI,
	    "]\n,\n{\n  \"error\": {\n    \"code\": 400\n"
	    "  }\n}\n",
	    "", LLM_BAD_REQUEST, "error in the stream");
}

/* What is told before the stream ends need not wait for that. */
static void
parses_stream__raw_error_at_once(void **state)
{
	struct llm_answer a = {0};

	(void)state;
	GEMINI->read_stray(&a, "{", 1);
	GEMINI->read_stray(&a, "\"error\":{\"code\":503}", 20);
	assert_int_equal(a.failure, LLM_NO_FAILURE);
	GEMINI->read_stray(&a, "}", 1);
	assert_int_equal(a.failure, LLM_OVERLOADED);
	llm_answer_release(&a);
}

static void
parses_stream__strays_are_bounded(void **state)
{
	struct llm_answer a = {0};
	int               i;

	(void)state;
	for (i = 0; i < 100000; i++)
		GEMINI->read_stray(&a, "[[\"x\"],{}", 9);
	assert_true(a.stray.len <= 16384);
	assert_int_equal(a.failure, LLM_NO_FAILURE);
	GEMINI->read_end(&a);
	assert_int_equal(a.failure, LLM_PROTOCOL);
	llm_answer_release(&a);
}

static void
parses_stream__strays_that_are_no_error(void **state)
{
	(void)state;
	assert_answer(
	    GEMINI, "hello\n{\"a\":1}\n" CHUNK("a", STOP) "}\n", "a", LLM_STOP);
}

static void
parses_stream__closed_early(void **state)
{
	(void)state;
	assert_failure(GEMINI, "", "", LLM_PROTOCOL, "upstream closed early");
	assert_failure(
	    GEMINI, "data: {}\n\n", "", LLM_PROTOCOL, "upstream closed early");
	assert_failure(
	    GEMINI, CHUNK("a", ""), "a", LLM_PROTOCOL, "upstream closed early");
	assert_failure(GEMINI, "<html>\n<p>Sorry: no</p>\n</html>\n", "",
	    LLM_PROTOCOL, "upstream closed early");
	/* Whole with its last brace; the four bytes behind that are CRLFs. */
	assert_cut_fails(GEMINI, CHUNK("a", "") CHUNK("b", STOP), 4);
}

static void
parses_stream__not_json(void **state)
{
	(void)state;
	assert_failure(GEMINI,
	    CHUNK("a", "") "data: {\"x\":}\n\n" CHUNK("b", STOP), "a",
	    LLM_PROTOCOL, "an event is not JSON");
	assert_failure(GEMINI, "data: [DONE]\n\n", "", LLM_PROTOCOL,
	    "an event is not JSON");
	assert_failure(GEMINI, "data: {} {}\n\n", "", LLM_PROTOCOL,
	    "an event is not JSON");
	assert_failure(
	    GEMINI, "data:\n\n", "", LLM_PROTOCOL, "an event is not JSON");
}

#define ERROR(code, status, more) \
	"{\n  \"error\": {\"code\": " #code ",\"message\": \"secret prompt" \
	"\",\"status\": \"" status "\"" more "}\n}\n"
#define INFO(reason) \
	",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo" \
	"\",\"reason\":\"" reason "\",\"domain\":\"googleapis.com\"}]"
#define QUOTA(id) \
	",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc." \
	"QuotaFailure\",\"violations\":[{\"quotaMetric\":\"m\"},{\"quotaId\":" \
	"\"" id "\"}]},{\"@type\":\"type.googleapis.com/google.rpc." \
	"RetryInfo\",\"retryDelay\":\"46.5s\"}]"

static void
classifies_error__keys(void **state)
{
	(void)state;
	assert_refusal(GEMINI, 400, NULL,
	    ERROR(400, "INVALID_ARGUMENT", INFO("API_KEY_INVALID")), LLM_AUTH,
	    0, "answered 400: INVALID_ARGUMENT API_KEY_INVALID");
	assert_refusal(GEMINI, 400, NULL, ERROR(400, "INVALID_ARGUMENT", ""),
	    LLM_BAD_REQUEST, 0, "answered 400: INVALID_ARGUMENT");
	assert_refusal(GEMINI, 400, NULL, ERROR(400, "FAILED_PRECONDITION", ""),
	    LLM_BAD_REQUEST, 0, "answered 400: FAILED_PRECONDITION");
	assert_refusal(GEMINI, 401, NULL, ERROR(401, "UNAUTHENTICATED", ""),
	    LLM_AUTH, 0, "answered 401: UNAUTHENTICATED");
	assert_refusal(GEMINI, 403, NULL,
	    ERROR(403, "PERMISSION_DENIED", INFO("SERVICE_DISABLED")), LLM_AUTH,
	    0, "answered 403: PERMISSION_DENIED SERVICE_DISABLED");
	assert_refusal(GEMINI, 404, NULL, ERROR(404, "NOT_FOUND", ""),
	    LLM_NOT_FOUND, 0, "answered 404: NOT_FOUND");
}

static void
classifies_error__limits(void **state)
{
	(void)state;
	assert_refusal(GEMINI, 429, "7",
	    ERROR(429, "RESOURCE_EXHAUSTED",
		QUOTA("GenerateRequestsPerMinutePerProjectPerModel-FreeTier")),
	    LLM_RATE_LIMIT, 46500, "answered 429: RESOURCE_EXHAUSTED");
	assert_refusal(GEMINI, 429, NULL,
	    ERROR(429, "RESOURCE_EXHAUSTED",
		QUOTA("GenerateRequestsPerDayPerProjectPerModel-FreeTier")),
	    LLM_QUOTA, 46500, "answered 429: RESOURCE_EXHAUSTED");
	assert_refusal(GEMINI, 429, "7",
	    ERROR(429, "RESOURCE_EXHAUSTED", INFO("RATE_LIMIT_EXCEEDED")),
	    LLM_RATE_LIMIT, 7000,
	    "answered 429: RESOURCE_EXHAUSTED RATE_LIMIT_EXCEEDED");
	assert_refusal(GEMINI, 429, NULL,
	    "{\"error\":{\"message\":\"Quota: m,"
	    " limit: 0, model: x\\nPlease retry\"}}",
	    LLM_QUOTA, 0, "answered 429");
	assert_refusal(GEMINI, 429, NULL,
	    "{\"error\":{\"message\":\"Quota: m,"
	    " limit: 05, limit: 20\"}}",
	    LLM_RATE_LIMIT, 0, "answered 429");
}

static void
classifies_error__servers(void **state)
{
	(void)state;
	assert_refusal(GEMINI, 499, NULL, ERROR(499, "CANCELLED", ""),
	    LLM_SERVER, 0, "answered 499: CANCELLED");
	assert_refusal(GEMINI, 500, NULL, ERROR(500, "INTERNAL", ""),
	    LLM_SERVER, 0, "answered 500: INTERNAL");
	assert_refusal(GEMINI, 503, NULL, ERROR(503, "UNAVAILABLE", ""),
	    LLM_OVERLOADED, 0, "answered 503: UNAVAILABLE");
	assert_refusal(GEMINI, 504, NULL, ERROR(504, "DEADLINE_EXCEEDED", ""),
	    LLM_TIMEOUT, 0, "answered 504: DEADLINE_EXCEEDED");
	assert_refusal(GEMINI, 502, NULL, "<html>Bad Gateway</html>",
	    LLM_SERVER, 0, "answered 502");
	assert_refusal(GEMINI, 301, NULL, "", LLM_PROTOCOL, 0, "answered 301");
	/* The status of HTTP counts, not the code inside. */
	assert_refusal(GEMINI, 503, NULL, "[" ERROR(400, "UNAVAILABLE", "") "]",
	    LLM_OVERLOADED, 0, "answered 503: UNAVAILABLE");
}

/* What a hostile server calls its status gets into no log as it is. */
static void
classifies_error__hostile_words(void **state)
{
	(void)state;
	assert_refusal(GEMINI, 500, NULL,
	    "{\"error\":{\"status\":\"a\\nb\\\""
	    "\\u001b[31m 9012345678901234567890123456789012345678901234567890"
	    "\"}}",
	    LLM_SERVER, 0,
	    "answered 500: a_b___31m "
	    "90123456789012345678901234567890123456789012345678");
	assert_refusal(GEMINI, 500, NULL,
	    "{\"error\":{\"status\":7,"
	    "\"details\":[1,null,{\"reason\":[]},[]]}}",
	    LLM_SERVER, 0, "answered 500");
	assert_refusal(GEMINI, 429, NULL,
	    "{\"error\":{\"details\":{"
	    "\"violations\":{\"quotaId\":\"PerDay\"}}}}",
	    LLM_RATE_LIMIT, 0, "answered 429");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(builds_request__conversation),
	    cmocka_unit_test(builds_request__options),
	    cmocka_unit_test(builds_request__model_is_encoded),
	    cmocka_unit_test(builds_request__wishes_of_a_client),
	    cmocka_unit_test(builds_request__nothing_to_send),
	    cmocka_unit_test(parses_stream__texts),
	    cmocka_unit_test(parses_stream__split_inside_utf8),
	    cmocka_unit_test(parses_stream__surrogates),
	    cmocka_unit_test(parses_stream__parts_that_are_no_text),
	    cmocka_unit_test(parses_stream__left_out_defaults),
	    cmocka_unit_test(parses_stream__usage),
	    cmocka_unit_test(parses_stream__usage_of_nonsense),
	    cmocka_unit_test(parses_stream__finish_reasons),
	    cmocka_unit_test(parses_stream__bad_finish_reasons),
	    cmocka_unit_test(parses_stream__blocked_prompt),
	    cmocka_unit_test(parses_stream__error_as_event),
	    cmocka_unit_test(parses_stream__raw_error),
	    cmocka_unit_test(parses_stream__raw_error_at_once),
	    cmocka_unit_test(parses_stream__strays_are_bounded),
	    cmocka_unit_test(parses_stream__strays_that_are_no_error),
	    cmocka_unit_test(parses_stream__closed_early),
	    cmocka_unit_test(parses_stream__not_json),
	    cmocka_unit_test(classifies_error__keys),
	    cmocka_unit_test(classifies_error__limits),
	    cmocka_unit_test(classifies_error__servers),
	    cmocka_unit_test(classifies_error__hostile_words),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
