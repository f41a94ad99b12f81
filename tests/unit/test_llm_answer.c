/*
 * How text arrives in an answer: surrogates and bytes of characters, in one
 * piece and split over several wherever that can be; and JSON that providers
 * send although core/json.h would refuse it.
 */
/* links: llm/provider.c llm/gemini.c llm/gemini_error.c llm/openai.c llm/openai_error.c llm/anthropic.c llm/llm_answer.c llm/llm_failure.c llm/llm_json.c llm/llm_request.c llm/llm_word.c llm/sse_reader.c core/json.c core/json_scan.c core/json_write.c core/utf8.c core/buf.c | -lcjson */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"
#include "llm/llm_answer.h"

#define LOST  "\xef\xbf\xbd"     /* U+FFFD */
#define EMOJI "\xf0\x9f\x98\x80" /* U+1F600, \ud83d\ude00 */

#define UNITS_MAX 8

/* What may not be cut: an escape, a character, a byte. */
struct text {
	const char *units[UNITS_MAX]; /* NULL behind the last */
	const char *expected;
};

static const struct text texts[] = {
    {{"a", "\\ud83d", "\\ude00", "b"}, "a" EMOJI "b"},
    {{"\\uD83D", "\\uDE00"}, EMOJI},
    {{"\\ud83d", "\\ude00", "\\ud83d", "\\ude00"}, EMOJI EMOJI},
    {{"\\ud83d", "x"}, LOST "x"},
    {{"x", "\\ud83d"}, "x" LOST},
    {{"\\ude00", "x"}, LOST "x"},
    {{"x", "\\ude00"}, "x" LOST},
    {{"\\ude00", "\\ud83d"}, LOST LOST},
    {{"\\ud83d", "\\ud83d", "\\ude00"}, LOST EMOJI},
    {{"\\ud83d", "\\ude00", "\\ude00"}, EMOJI LOST},
    {{"\\ud83d", "\\u0041"}, LOST "A"},
    {{"\\ud83d", "\\u00e9"}, LOST "\xc3\xa9"},
    {{"a", "\\u0000", "b"}, "ab"},
    {{"\\u0000"}, ""},
    /* The corners of Unicode, as escapes. */
    {{"\\ud800", "\\udc00"}, "\xf0\x90\x80\x80"},
    {{"\\udbff", "\\udfff"}, "\xf4\x8f\xbf\xbf"},
    {{"\\ud87e", "\\udc00"}, "\xf0\xaf\xa0\x80"},
    {{"\\udc00", "\\udc00"}, LOST LOST},
    {{"\\ud7ff", "\\ue000", "\\uffff", "\\u2028"},
	"\xed\x9f\xbf"
	"\xee\x80\x80"
	"\xef\xbf\xbf"
	"\xe2\x80\xa8"},
    {{"\\n", "\\\"", "\\\\", "\\/", "\\t"}, "\n\"\\/\t"},
    {{"\\\\", "ud83d"}, "\\ud83d"},
    /* Bytes: whole, and what no UTF-8 has. */
    {{"\xc3", "\xa9"}, "\xc3\xa9"},
    {{"\xf0", "\x9f", "\x98", "\x80", "!"}, EMOJI "!"},
    {{"\xe2\x82", "\xac"}, "\xe2\x82\xac"},
    {{"\xe2\x82", "x"}, LOST "x"},
    {{"\xf0\x9f", "\\ud83d", "\\ude00"}, LOST EMOJI},
    {{"\xff", "\xc0", "\xaf"}, LOST LOST LOST},
    {{"\\ud83d", "\xc3", "\xa9"}, LOST "\xc3\xa9"},
    {{"\xed\xa0\xbd", "\xed\xb8\x80"}, EMOJI},
};

static size_t
count_units(const struct text *t)
{
	size_t n = 0;

	while (n < UNITS_MAX && t->units[n] != NULL)
		n++;
	return (n);
}

/* The piece goes through JSON, as in a provider's chunk. */
static void
put_piece(struct llm_answer *a, const char *text)
{
	struct buf json = {0};
	cJSON     *chunk;

	buf_printf(&json, "{\"t\":\"%s\"}", text);
	chunk = llm_json_read(json.data, json.len);
	assert_non_null(chunk);
	llm_answer_put(a, llm_json_text(chunk, "t"));
	cJSON_Delete(chunk);
	buf_release(&json);
}

/* Cut behind unit i where bit i of cuts is set. */
static void
check_cuts(const struct text *t, size_t n, unsigned int cuts)
{
	struct llm_answer a = {.finish = LLM_STOP};
	char              piece[64] = "";
	size_t            i, bad;

	for (i = 0; i < n; i++) {
		strcat(piece, t->units[i]);
		if (!(cuts >> i & 1) && i + 1 < n)
			continue;
		put_piece(&a, piece);
		piece[0] = '\0';
		if (a.text.len > 0)
			assert_true(json_utf8(a.text.data, a.text.len, &bad));
	}
	llm_answer_end(&a);
	assert_true(a.ended);
	assert_string_equal(a.text.len > 0 ? a.text.data : "", t->expected);
	llm_answer_release(&a);
}

static void
appends_text__every_cut(void **state)
{
	size_t       i, n;
	unsigned int cuts;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		n = count_units(&texts[i]);
		for (cuts = 0; cuts < 1u << (n - 1); cuts++)
			check_cuts(&texts[i], n, cuts);
	}
}

/* Nothing in between may tear what is held from its other half. */
static void
appends_text__nothing_between(void **state)
{
	struct llm_answer a = {0};

	(void)state;
	put_piece(&a, "\\ud83d");
	llm_answer_put(&a, NULL);
	put_piece(&a, "");
	put_piece(&a, "\\u0000");
	assert_int_equal(a.text.len, 0);
	put_piece(&a, "\\ude00");
	assert_string_equal(a.text.data, EMOJI);
	llm_answer_release(&a);
}

static bool
readable(const char *text, size_t len)
{
	cJSON *value = llm_json_read(text, len);
	bool   read = value != NULL;

	cJSON_Delete(value);
	return (read);
}

static void
reads_json__of_providers(void **state)
{
	cJSON *value;

	(void)state;
	value = llm_json_read("{\"a\":\"x\0y\",\"a\":2,\"b\":[\"z\"]}", 27);
	assert_non_null(value);
	assert_string_equal(llm_json_text(value, "a"), "xy");
	assert_string_equal(llm_json_first(value, "b")->valuestring, "z");
	assert_null(llm_json_first(value, "a"));
	assert_null(llm_json_text(value, "b"));
	assert_null(llm_json_text(NULL, "b"));
	assert_null(llm_json_first(NULL, "b"));
	cJSON_Delete(value);
	assert_true(readable(" null ", 6));
}

static void
reads_json__refused(void **state)
{
	static const char *bad[] = {"", " ", "{", "{}{}", "{} x", "\"\\u12\"",
	    "\"\\u12g4\"", "\"\\u-123\"", "\"\\u 123\"", "\"\\x\"", "\"\\",
	    "\"\\u", "\"\\ud83", "nul", "[1,]"};
	size_t             i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (readable(bad[i], strlen(bad[i])))
			fail_msg("%s was read", bad[i]);
	assert_false(readable("\0", 1));
	assert_false(readable(NULL, 0));
}

/* cJSON has a limit; without one this would be the end of the stack. */
static void
reads_json__deep(void **state)
{
	struct buf b = {0};
	int        i;

	(void)state;
	for (i = 0; i < 500000; i++)
		buf_char(&b, '[');
	assert_false(readable(b.data, b.len));
	buf_release(&b);
}

static void
counts_tokens(void **state)
{
	cJSON *value = cJSON_Parse(
	    "{\"a\":7,\"b\":1e12,\"c\":1e13,"
	    "\"d\":-1,\"e\":\"7\",\"f\":1.5,\"g\":null}");
	int64_t n = 42;

	(void)state;
	assert_false(llm_json_count(value, "c", &n));
	assert_false(llm_json_count(value, "d", &n));
	assert_false(llm_json_count(value, "e", &n));
	assert_false(llm_json_count(value, "f", &n));
	assert_false(llm_json_count(value, "g", &n));
	assert_false(llm_json_count(value, "h", &n));
	assert_int_equal(n, 42);
	assert_true(llm_json_count(value, "a", &n));
	assert_int_equal(n, 7);
	assert_true(llm_json_count(value, "b", &n));
	assert_int_equal(n, 1000000000000);
	cJSON_Delete(value);
}

static void
describes_problem__words(void **state)
{
	struct llm_answer a = {0};
	char              out[4];

	(void)state;
	llm_answer_describe(&a, "p", NULL, NULL);
	assert_string_equal(a.problem, "p");
	llm_answer_describe(&a, "p", "", "x");
	assert_string_equal(a.problem, "p: x");
	llm_answer_describe(&a, "p", NULL, "x");
	assert_string_equal(a.problem, "p: x");
	llm_answer_describe(&a, "p", "x", "x");
	assert_string_equal(a.problem, "p: x");
	llm_answer_describe(&a, "p", "A-z_0.9 ", "\n\"%s\xc3\xa9");
	assert_string_equal(a.problem, "p: A-z_0.9  ___s__");
	llm_word_copy(out, sizeof(out), "abcdef");
	assert_string_equal(out, "abc");
}

static void
keeps_first__failure_and_id(void **state)
{
	struct llm_answer a = {0};

	(void)state;
	llm_answer_identify(&a, NULL);
	llm_answer_identify(&a, "");
	llm_answer_identify(&a, "id-1\n");
	llm_answer_identify(&a, "id-2");
	assert_string_equal(a.upstream_id, "id-1_");
	assert_true(llm_answer_open(&a));
	llm_answer_fail(&a, LLM_QUOTA, "one", NULL, NULL);
	llm_answer_fail(&a, LLM_AUTH, "two", NULL, NULL);
	llm_answer_end(&a);
	assert_int_equal(a.failure, LLM_QUOTA);
	assert_string_equal(a.problem, "one");
	assert_false(a.ended);
	assert_false(llm_answer_open(&a));
}

static void
finds_provider__by_name(void **state)
{
	(void)state;
	assert_ptr_equal(provider_by_name("gemini"), &provider_gemini);
	assert_ptr_equal(provider_by_name("openai"), &provider_openai);
	assert_ptr_equal(provider_by_name("anthropic"), &provider_anthropic);
	assert_null(provider_by_name("OpenAI"));
	assert_null(provider_by_name(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(appends_text__every_cut),
	    cmocka_unit_test(appends_text__nothing_between),
	    cmocka_unit_test(reads_json__of_providers),
	    cmocka_unit_test(reads_json__refused),
	    cmocka_unit_test(reads_json__deep),
	    cmocka_unit_test(counts_tokens),
	    cmocka_unit_test(describes_problem__words),
	    cmocka_unit_test(keeps_first__failure_and_id),
	    cmocka_unit_test(finds_provider__by_name),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
