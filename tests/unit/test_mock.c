/*
 * The mock models: answers from a directory and compiled in, the comparison
 * of prompts, and the count of words. Run from the repository's root, where
 * mocks/ is.
 */
/* links: llm/mock.c core/json.c core/json_scan.c core/utf8.c core/buf.c | -lcjson */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "llm/mock.h"

#define CLAUDE_SORRY \
	"[Claude] Sorry, I don't have a mock response for that prompt."
#define GEMINI_SORRY \
	"[Gemini] Sorry, I don't have a mock response for that prompt."

/* What kodev would compile in. */
#define CLAUDE "{\"Hello\":\"[Claude] compiled in\"}"
#define GEMINI "{\"Hello\":\"[Gemini] compiled in\"}"

extern const uint8_t  asset_claude_json[];
extern const uint32_t asset_len_claude_json;
extern const uint8_t  asset_gemini_json[];
extern const uint32_t asset_len_gemini_json;

const uint8_t  asset_claude_json[] = CLAUDE;
const uint32_t asset_len_claude_json = sizeof(CLAUDE) - 1;
const uint8_t  asset_gemini_json[] = GEMINI;
const uint32_t asset_len_gemini_json = sizeof(GEMINI) - 1;

static char       dir[] = "/tmp/test_mock.XXXXXX";
static struct buf problems;

static const char *
in_dir(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return (path);
}

static void
write_file(const char *name, const char *text, size_t len)
{
	FILE *fp = fopen(in_dir(name), "w");

	assert_non_null(fp);
	assert_int_equal(fwrite(text, 1, len, fp), len);
	assert_int_equal(fclose(fp), 0);
}

static bool
load(const char *claude, const char *gemini)
{
	buf_release(&problems);
	buf_text(&problems, "");
	write_file("claude.json", claude, strlen(claude));
	write_file("gemini.json", gemini, strlen(gemini));
	return (mock_load(dir, &problems));
}

/* The model must answer the prompt so. */
static void
answers(const char *model, const char *prompt, const char *expected)
{
	struct buf out = {0};

	assert_true(mock_answer(model, prompt, &out));
	assert_string_equal(out.data, expected);
	buf_release(&out);
}

/* A claude.json of this text must be refused for this reason. */
static void
refuses(const char *text, const char *problem)
{
	char expected[256];

	assert_false(load(text, "{}"));
	snprintf(expected, sizeof(expected), "%s: %s\n", in_dir("claude.json"),
	    problem);
	assert_string_equal(problems.data, expected);
}

/* First: there are no answers until some are loaded. */
static void
answers__before_loading(void **state)
{
	(void)state;
	answers("gpt", "Hello", "[GPT] Echo: Hello");
	answers("claude", "Hello", CLAUDE_SORRY);
	answers("gemini", "Hello", GEMINI_SORRY);
}

static void
echoes__gpt(void **state)
{
	struct buf out = {0};

	(void)state;
	answers("GPT", "", "[GPT] Echo: ");
	answers("gPt", "a \"b\"\n\xc3\xa9", "[GPT] Echo: a \"b\"\n\xc3\xa9");
	buf_text(&out, "before ");
	assert_true(mock_answer("gpt", "x", &out));
	assert_string_equal(out.data, "before [GPT] Echo: x");
	buf_release(&out);
}

static void
knows_no_other_model(void **state)
{
	static const char *names[] = {
	    "", "gpt-4", "gp", "gptt", "claude ", " claude", "gemini-pro"};
	struct buf out = {0};
	size_t     i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_false(mock_answer(names[i], "Hello", &out));
	assert_int_equal(out.len, 0);
}

static void
answers__compiled_in(void **state)
{
	(void)state;
	assert_true(mock_load("", &problems));
	assert_int_equal(problems.len, 0);
	answers("claude", "Hello", "[Claude] compiled in");
	answers("Gemini", "hello", "[Gemini] compiled in");
	answers("CLAUDE", "Bye", CLAUDE_SORRY);
}

static void
answers__whole_prompt_only(void **state)
{
	(void)state;
	assert_true(load("{\"Hello\":\"1\",\"Hello you\":\"2\"}",
	    "{\"Hello\":\"3\",\"\":\"4\"}"));
	answers("claude", "hELLO", "1");
	answers("claude", "HELLO YOU", "2");
	answers("gemini", "Hello", "3");
	answers("gemini", "", "4");
	answers("claude", "", CLAUDE_SORRY);
	answers("claude", "Hell", CLAUDE_SORRY);
	answers("claude", "Hello ", CLAUDE_SORRY);
	answers("claude", " Hello", CLAUDE_SORRY);
	answers("claude", "Hello  you", CLAUDE_SORRY);
	answers("gemini", "Hello you", GEMINI_SORRY);
}

static void
ignores_case__of_all_scripts(void **state)
{
	const char *locale = setlocale(LC_ALL, NULL);

	(void)state;
	/* It must not depend on the locale, nor set it. */
	assert_string_equal(locale, "C");
	assert_true(
	    load("{\"\xc3\x89T\xc3\x89\":\"summer\","
		 "\"\xd0\x9f\xd1\x80\xd0\xb8\":\"cyrillic\","
		 "\"\xce\xa9\":\"omega\",\"\xf0\x90\x90\x80\":\"deseret\"}",
		"{}"));
	answers("claude", "\xc3\xa9t\xc3\xa9", "summer");
	answers("claude", "\xd0\xbf\xd0\xa0\xd0\x98", "cyrillic");
	answers("claude", "\xcf\x89", "omega");
	answers("claude", "\xf0\x90\x90\xa8", "deseret");
	answers("claude", "ete", CLAUDE_SORRY);
	answers("claude", "\xc3", CLAUDE_SORRY);
	assert_string_equal(setlocale(LC_ALL, NULL), "C");
}

static void
refuses__broken_files(void **state)
{
	(void)state;
	refuses("", "the file is empty");
	refuses("{\"a\":\"b\"", "byte 8: a comma or } is expected");
	refuses("{\"a\":\"b\"}x", "byte 9: something follows the value");
	refuses("{\"a\":\"1\",\"a\":\"2\"}",
	    "byte 9: a name occurs twice in an object");
	refuses("{\"a\":\"\xff\"}", "byte 6: not UTF-8");
	refuses("[]", "an object of prompts and answers is expected");
	refuses("\"a\"", "an object of prompts and answers is expected");
	refuses("{\"a\":1}", "every answer must be a string");
	refuses("{\"a\":\"1\",\"b\":null}", "every answer must be a string");
	refuses(
	    "{\"Hi\":\"1\",\"hI\":\"2\"}", "two prompts differ in case only");
}

static void
refuses__missing_files(void **state)
{
	(void)state;
	assert_true(load("{\"a\":\"kept\"}", "{}"));
	assert_false(mock_load("/nonexistent", &problems));
	assert_string_equal(problems.data,
	    "/nonexistent/claude.json: No such file or directory\n"
	    "/nonexistent/gemini.json: No such file or directory\n");
	answers("claude", "A", "kept");
}

static void
refuses__large_files(void **state)
{
	size_t size = 1024 * 1024;
	char  *text = malloc(size + 1);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', size + 1);
	text[0] = '{';
	text[size - 1] = '}';
	assert_true(load("{}", "{}"));
	write_file("claude.json", text, size);
	assert_true(mock_load(dir, &problems));
	write_file("claude.json", text, size + 1);
	assert_false(mock_load(dir, &problems));
	assert_non_null(strstr(problems.data, "claude.json: larger than 1 MB"));
	free(text);
}

/* The prompt must be known to the model and answered with its mark. */
static void
has_answer(const char *model, const char *prompt, const char *mark)
{
	struct buf out = {0};

	assert_true(mock_answer(model, prompt, &out));
	assert_memory_equal(out.data, mark, strlen(mark));
	assert_true(out.len > strlen(mark));
	if (strstr(out.data, "Sorry, I don't have a mock") != NULL)
		fail_msg("%s does not know %s", model, prompt);
	buf_release(&out);
}

static void
ships__answers_to_the_contract(void **state)
{
	static const char *prompts[] = {
	    "Hello", "Tell me a joke", "What is AI?"};
	size_t i;

	(void)state;
	assert_true(mock_load("mocks", &problems));
	for (i = 0; i < 3; i++) {
		has_answer("claude", prompts[i], "[Claude] ");
		has_answer("gemini", prompts[i], "[Gemini] ");
	}
}

static void
counts_words(void **state)
{
	(void)state;
	assert_int_equal(mock_count_words(""), 0);
	assert_int_equal(mock_count_words(" \t\r\n\v\f"), 0);
	assert_int_equal(mock_count_words("one"), 1);
	assert_int_equal(mock_count_words("  two  words "), 2);
	assert_int_equal(mock_count_words("a\nb\tc\r\nd"), 4);
	assert_int_equal(mock_count_words("it's one-word, no?"), 3);
	/* no-break space, ideographic space, line separator, next line */
	assert_int_equal(mock_count_words("a\xc2\xa0"
					  "b\xe3\x80\x80"
					  "c"
					  "\xe2\x80\xa8"
					  "d\xc2\x85"
					  "e"),
	    5);
	/* a zero-width space is none */
	assert_int_equal(mock_count_words("a\xe2\x80\x8b"
					  "b"),
	    1);
	assert_int_equal(mock_count_words("\xff \xfe"), 2);
}

static int
make_dir(void **state)
{
	(void)state;
	return (mkdtemp(dir) == NULL ? -1 : 0);
}

static int
remove_dir(void **state)
{
	(void)state;
	unlink(in_dir("claude.json"));
	unlink(in_dir("gemini.json"));
	return (rmdir(dir));
}

static void
cuts__after_words(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_text(&b, "one  two three ");
	assert_false(mock_cut(&b, 0));
	assert_false(mock_cut(&b, 3));
	assert_false(mock_cut(&b, 1000000));
	assert_string_equal(b.data, "one  two three ");
	assert_true(mock_cut(&b, 2));
	assert_string_equal(b.data, "one  two");
	assert_true(mock_cut(&b, 1));
	assert_string_equal(b.data, "one");
	buf_release(&b);
}

static int
forget_problems(void **state)
{
	(void)state;
	buf_release(&problems);
	return (0);
}

#define TEST(f) cmocka_unit_test_teardown(f, forget_problems)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(answers__before_loading),
	    TEST(echoes__gpt),
	    TEST(knows_no_other_model),
	    TEST(answers__compiled_in),
	    TEST(answers__whole_prompt_only),
	    TEST(ignores_case__of_all_scripts),
	    TEST(refuses__broken_files),
	    TEST(refuses__missing_files),
	    TEST(refuses__large_files),
	    TEST(ships__answers_to_the_contract),
	    TEST(counts_words),
	    TEST(cuts__after_words),
	};

	return (cmocka_run_group_tests(tests, make_dir, remove_dir));
}
