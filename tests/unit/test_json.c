/*
 * The strict reader against what JSONTestSuite and RFC 7493 rule out and what
 * cJSON alone would take, and the writer against the reader.
 */
/* links: core/json.c core/json_scan.c core/json_write.c core/utf8.c core/buf.c | -lcjson */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"

struct refused {
	const char *text;
	size_t      len; /* 0: up to the NUL */
	size_t      offset;
	const char *problem;
};

#define VALUE     "a value is expected"
#define DIGIT     "a digit is expected"
#define CONTROL   "a control character in a string"
#define ENDLESS   "a string has no end"
#define ESCAPE    "no such escape in a string"
#define HEX       "\\u needs four hex digits"
#define SURROGATE "half a surrogate pair"
#define TRAILING  "something follows the value"
#define TWICE     "a name occurs twice in an object"

/* Every one of these is invalid; where and why must be said exactly. */
static const struct refused refused[] = {
    /* structure */
    {"", 0, 0, VALUE},
    {" \t\r\n", 0, 4, VALUE},
    {"[", 0, 1, VALUE},
    {"]", 0, 0, VALUE},
    {"[1", 0, 2, "a comma or ] is expected"},
    {"[1,]", 0, 3, VALUE},
    {"[,1]", 0, 1, VALUE},
    {"[1,,2]", 0, 3, VALUE},
    {"[1 2]", 0, 3, "a comma or ] is expected"},
    {"[1}", 0, 2, "a comma or ] is expected"},
    {"[1:2]", 0, 2, "a comma or ] is expected"},
    {"{", 0, 1, "a string is expected"},
    {"{]", 0, 1, "a string is expected"},
    {"{1:1}", 0, 1, "a string is expected"},
    {"{a:1}", 0, 1, "a string is expected"},
    {"{'a':1}", 0, 1, "a string is expected"},
    {"{\"a\"}", 0, 4, "a colon is expected"},
    {"{\"a\",1}", 0, 4, "a colon is expected"},
    {"{\"a\" b:1}", 0, 5, "a colon is expected"},
    {"{\"a\":}", 0, 5, VALUE},
    {"{\"a\"::1}", 0, 5, VALUE},
    {"{\"a\":1,}", 0, 7, "a string is expected"},
    {"{\"a\":1 \"b\":2}", 0, 7, "a comma or } is expected"},
    {"{\"a\":1", 0, 6, "a comma or } is expected"},
    {"{} {}", 0, 3, TRAILING},
    {"1 2", 0, 2, TRAILING},
    {"[]]", 0, 2, TRAILING},
    {"{}/**/", 0, 2, TRAILING},
    {"[/**/]", 0, 1, VALUE},
    {"{}\0", 3, 2, TRAILING},
    {"\0", 1, 0, VALUE},
    {"[\0]", 3, 1, VALUE},
    /* white space that is not JSON's; cJSON takes all up to 0x20 */
    {"\v1", 0, 0, VALUE},
    {"\f1", 0, 0, VALUE},
    {"\x01"
     "1",
	0, 0, VALUE},
    {"[\x1f]", 0, 1, VALUE},
    {"\xc2\xa0"
     "1",
	0, 0, VALUE},
    {"\xef\xbb\xbf{}", 0, 0, VALUE},
    /* words */
    {"True", 0, 0, VALUE},
    {"nul", 0, 0, VALUE},
    {"nulll", 0, 4, TRAILING},
    {"[tru]", 0, 1, VALUE},
    {"fals", 0, 0, VALUE},
    {"undefined", 0, 0, VALUE},
    {"NaN", 0, 0, VALUE},
    {"nan", 0, 0, VALUE},
    {"Infinity", 0, 0, VALUE},
    {"-Infinity", 0, 1, DIGIT},
    /* numbers */
    {"+1", 0, 0, VALUE},
    {"-", 0, 1, DIGIT},
    {"--1", 0, 1, DIGIT},
    {"- 1", 0, 1, DIGIT},
    {"01", 0, 1, TRAILING},
    {"-01", 0, 2, TRAILING},
    {"[00]", 0, 2, "a comma or ] is expected"},
    {".5", 0, 0, VALUE},
    {"-.5", 0, 1, DIGIT},
    {"1.", 0, 2, DIGIT},
    {"[1.]", 0, 3, DIGIT},
    {"1.e1", 0, 2, DIGIT},
    {"1e", 0, 2, DIGIT},
    {"1e+", 0, 3, DIGIT},
    {"1e+-1", 0, 3, DIGIT},
    {"1E.5", 0, 2, DIGIT},
    {"1.5.5", 0, 3, TRAILING},
    {"0x10", 0, 1, TRAILING},
    {"1_000", 0, 1, TRAILING},
    {"1a", 0, 1, TRAILING},
    {"\xef\xbc\x91", 0, 0, VALUE}, /* a full-width one */
    /* strings */
    {"\"", 0, 1, ENDLESS},
    {"\"abc", 0, 4, ENDLESS},
    {"'a'", 0, 0, VALUE},
    {"\"a\nb\"", 0, 2, CONTROL},
    {"\"a\tb\"", 0, 2, CONTROL},
    {"\"\x1f\"", 0, 1, CONTROL},
    {"\"a\0b\"", 5, 2, CONTROL},
    {"\"\\", 0, 2, ENDLESS},
    {"\"\\\"", 0, 3, ENDLESS},
    {"\"\\a\"", 0, 1, ESCAPE},
    {"\"\\x41\"", 0, 1, ESCAPE},
    {"\"\\'\"", 0, 1, ESCAPE},
    {"\"\\\0\"", 4, 1, ESCAPE},
    {"\"\\U0041\"", 0, 1, ESCAPE},
    {"\"\\u\"", 0, 3, HEX},
    {"\"\\u004\"", 0, 6, HEX},
    {"\"\\u00g1\"", 0, 5, HEX},
    {"\"\\u+041\"", 0, 3, HEX},
    {"\"\\u00", 0, 5, HEX},
    {"\"\\u0000\"", 0, 1, "\\u0000 is not accepted"},
    {"\"ab\\u0000cd\"", 0, 3, "\\u0000 is not accepted"},
    {"{\"\\u0000\":1}", 0, 2, "\\u0000 is not accepted"},
    {"\"\\ud800\"", 0, 1, SURROGATE},
    {"\"\\udc00\"", 0, 1, SURROGATE},
    {"\"\\udc00\\ud800\"", 0, 1, SURROGATE},
    {"\"\\ud800\\ud800\"", 0, 1, SURROGATE},
    {"\"\\udc00\\udc00\"", 0, 1, SURROGATE},
    {"\"\\ud83dx\"", 0, 1, SURROGATE},
    {"\"\\ud83d\\n\"", 0, 1, SURROGATE},
    {"\"\\ud83d\\u0041\"", 0, 1, SURROGATE},
    {"\"\\ud83d\\u\"", 0, 1, SURROGATE},
    /* UTF-8 */
    {"\"\x80\"", 0, 1, "not UTF-8"},
    {"\"\xff\"", 0, 1, "not UTF-8"},
    {"\"a\xc0\xaf\"", 0, 2, "not UTF-8"},
    {"\"\xc1\xbf\"", 0, 1, "not UTF-8"},
    {"\"\xe0\x9f\xbf\"", 0, 1, "not UTF-8"},
    {"\"\xed\xa0\x80\"", 0, 1, "not UTF-8"},
    {"\"\xf0\x8f\xbf\xbf\"", 0, 1, "not UTF-8"},
    {"\"\xf4\x90\x80\x80\"", 0, 1, "not UTF-8"},
    {"\"\xf5\x80\x80\x80\"", 0, 1, "not UTF-8"},
    {"\"\xe2\x82\"", 0, 1, "not UTF-8"},
    {"\"\xf0\x9f\x98", 0, 1, "not UTF-8"},
    {"{\"\xff\":1}", 0, 2, "not UTF-8"},
    /* repeated names */
    {"{\"a\":1,\"a\":1}", 0, 7, TWICE},
    {"{\"a\":1,\"b\":2, \"\\u0061\":3}", 0, 14, TWICE},
    {"{\"\":1,\"\":2}", 0, 6, TWICE},
    {"[{\"a\":1},{\"a\":{\"b\":1,\"b\":2}}]", 0, 21, TWICE},
    {"{\"a\":{\"x\":1},\"x\":2,\"a\":3}", 0, 19, TWICE},
};

static const char *accepted[] = {
    "0",
    "-0",
    "-1",
    "1.0",
    "0.5",
    "1e2",
    "1E+2",
    "1e-2",
    "-0e0",
    "123456789012345678901234567890",
    "1e999",
    "true",
    "false",
    "null",
    "\"\"",
    "[]",
    "{}",
    " [ ] ",
    "\t{\r\n} ",
    "[1,2 , 3]",
    "{\"a\":1,\"A\":2}",
    "[{\"a\":1},{\"a\":1}]",
    "{\"a\":{\"a\":{\"a\":1}}}",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"",
    "\"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\"",
    "\"\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"",
    "\"\\ufffe\xe2\x80\xa8\"",
    "\"\xef\xbb\xbf\"",
};

/* Copied to the heap without a NUL, so that ASan sees one byte too far. */
static cJSON *
read_exactly(const char *text, size_t len, struct json_error *error)
{
	char  *copy = malloc(len > 0 ? len : 1);
	cJSON *value;

	assert_non_null(copy);
	memcpy(copy, text, len);
	value = json_read(len > 0 ? copy : NULL, len, error);
	free(copy);
	return (value);
}

static cJSON *
read_text(const char *text)
{
	struct json_error error = {0, NULL};
	cJSON            *value = read_exactly(text, strlen(text), &error);

	if (value == NULL)
		fail_msg("%s: %s at %zu", text, error.problem, error.offset);
	return (value);
}

static void
refuses__what_is_not_json(void **state)
{
	struct json_error     error;
	const struct refused *r;
	size_t                i;

	(void)state;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		r = &refused[i];
		if (read_exactly(r->text, r->len > 0 ? r->len : strlen(r->text),
			&error) != NULL)
			fail_msg("accepted row %zu: %s", i, r->text);
		if (strcmp(error.problem, r->problem) != 0 ||
		    error.offset != r->offset)
			fail_msg("row %zu: %s: %s at %zu", i, r->text,
			    error.problem, error.offset);
	}
}

static void
accepts__what_is_json(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
		cJSON_Delete(read_text(accepted[i]));
}

static void
reads__values(void **state)
{
	cJSON *value = read_text(
	    "{\"s\":\"\\u00e9\\uD83D\\uDE00\\n\","
	    "\"t\":true,\"n\":null,\"d\":-1.5e1,\"a\":[1,2]}");

	(void)state;
	assert_string_equal(
	    json_member(value, "s")->valuestring, "\xc3\xa9\xf0\x9f\x98\x80\n");
	assert_true(cJSON_IsTrue(json_member(value, "t")));
	assert_true(json_member(value, "d")->valuedouble == -15.0);
	assert_int_equal(cJSON_GetArraySize(json_member(value, "a")), 2);
	cJSON_Delete(value);
}

static void
finds_member__exact_name_only(void **state)
{
	cJSON *value = read_text("{\"Name\":1,\"none\":null,\"\":2}");
	cJSON *array = read_text("[1]");

	(void)state;
	assert_non_null(json_member(value, "Name"));
	assert_null(json_member(value, "name"));
	assert_null(json_member(value, "none"));
	assert_null(json_member(value, "absent"));
	assert_int_equal(json_member(value, "")->valueint, 2);
	assert_null(json_member(array, "0"));
	assert_null(json_member(NULL, "a"));
	cJSON_Delete(value);
	cJSON_Delete(array);
}

/* n times open, then inner, then n times close. */
static void
nest(struct buf *b, int n, char open, const char *inner, char close)
{
	int i;

	for (i = 0; i < n; i++)
		buf_char(b, open);
	buf_text(b, inner);
	for (i = 0; i < n; i++)
		buf_char(b, close);
}

static void
bounds_depth(void **state)
{
	struct json_error error;
	struct buf        b = {0};
	cJSON            *value;

	(void)state;
	nest(&b, JSON_DEPTH_MAX, '[', "1", ']');
	cJSON_Delete(read_text(b.data));
	buf_release(&b);

	nest(&b, JSON_DEPTH_MAX, '[', "{}", ']');
	assert_null(json_read(b.data, b.len, &error));
	assert_int_equal(error.offset, JSON_DEPTH_MAX);
	assert_string_equal(error.problem, "nested too deeply");
	buf_release(&b);

	nest(&b, 1000000, '[', "", ']');
	assert_null(json_read(b.data, b.len, &error));
	assert_int_equal(error.offset, JSON_DEPTH_MAX);
	buf_release(&b);

	/* Side by side is not deep. */
	nest(&b, 1, '[',
	    "[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],"
	    "[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]",
	    ']');
	value = read_text(b.data);
	assert_true(cJSON_GetArraySize(value) > JSON_DEPTH_MAX);
	cJSON_Delete(value);
	buf_release(&b);
}

static void
write_members(struct buf *b, int n)
{
	char name[16];
	int  i;

	json_open_object(b, NULL);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		json_put_int(b, name, i);
	}
	json_close_object(b);
}

static void
bounds_width(void **state)
{
	struct json_error error;
	struct buf        b = {0};
	cJSON            *value;

	(void)state;
	write_members(&b, JSON_MEMBERS_MAX);
	value = read_text(b.data);
	assert_int_equal(cJSON_GetArraySize(value), JSON_MEMBERS_MAX);
	cJSON_Delete(value);
	buf_release(&b);

	write_members(&b, JSON_MEMBERS_MAX + 1);
	assert_null(json_read(b.data, b.len, &error));
	assert_string_equal(error.problem, "an object is too wide");
	assert_memory_equal(b.data + error.offset, "\"name128\"", 9);
	buf_release(&b);
}

static void
bounds_digits(void **state)
{
	struct json_error error;
	char              text[65] = "";

	(void)state;
	memset(text, '7', 63);
	cJSON_Delete(read_text(text));
	text[63] = '7';
	assert_null(json_read(text, 64, &error));
	assert_int_equal(error.offset, 0);
	assert_string_equal(error.problem, "a number has too many digits");
}

static void
checks_utf8__everywhere(void **state)
{
	size_t bad = 99;

	(void)state;
	assert_true(json_utf8("", 0, &bad));
	assert_true(json_utf8(NULL, 0, &bad));
	assert_true(json_utf8("a\xc3\xa9\xf0\x9f\x98\x80\x01", 8, &bad));
	assert_int_equal(bad, 99);
	assert_false(json_utf8("ab\0c", 4, &bad));
	assert_int_equal(bad, 2);
	assert_false(json_utf8("a\xc3", 2, &bad));
	assert_int_equal(bad, 1);
	assert_false(json_utf8("\xc3\xa9\xed\xbf\xbf", 5, &bad));
	assert_int_equal(bad, 2);
}

static bool
integer(const char *text, int64_t min, int64_t max, int64_t *out)
{
	cJSON *value = read_text(text);
	bool   is = json_to_integer(value, min, max, out);

	cJSON_Delete(value);
	return (is);
}

static void
takes_integer__whole_and_exact(void **state)
{
	static const char * not [] = {"1.5", "-0.5", "1e999", "-1e999", "true",
	    "\"1\"", "null", "[]", "[1]", "{}", "9007199254740992",
	    "-9007199254740992", "1e300", "9223372036854775808", "1e-1"};
	cJSON   nan = {.type = cJSON_Number};
	int64_t n = 42;
	size_t  i;

	(void)state;
	for (i = 0; i < sizeof(not ) / sizeof(not [0]); i++)
		if (integer(not [i], INT64_MIN, INT64_MAX, &n))
			fail_msg("%s is taken as %lld", not [i], (long long)n);
	nan.valuedouble = NAN;
	assert_false(json_to_integer(&nan, INT64_MIN, INT64_MAX, &n));
	assert_false(json_to_integer(NULL, INT64_MIN, INT64_MAX, &n));
	assert_int_equal(n, 42);
	assert_true(integer("1", 1, 1, &n) && n == 1);
	assert_true(integer("1.0", 0, 9, &n) && n == 1);
	assert_true(integer("1e2", 0, 100, &n) && n == 100);
	assert_true(integer("-0", 0, 0, &n) && n == 0);
	assert_true(integer("9007199254740991", 0, INT64_MAX, &n));
	assert_true(n == 9007199254740991);
	assert_true(integer("-9007199254740991", INT64_MIN, 0, &n));
	assert_false(integer("5", 6, 9, &n));
	assert_false(integer("10", 6, 9, &n));
}

static void
writes__every_kind(void **state)
{
	struct buf b = {0};

	(void)state;
	json_open_object(&b, NULL);
	json_put_text(&b, "text", "a\"b");
	json_put_int(&b, "min", INT64_MIN);
	json_put_int(&b, "max", INT64_MAX);
	json_put_int(&b, "zero", 0);
	json_put_bool(&b, "yes", true);
	json_put_bool(&b, "no", false);
	json_put_null(&b, "none");
	json_open_array(&b, "list");
	json_put_int(&b, NULL, -7);
	json_open_object(&b, NULL);
	json_close_object(&b);
	json_open_array(&b, NULL);
	json_close_array(&b);
	json_put_text(&b, NULL, "");
	json_put_null(&b, NULL);
	json_put_bool(&b, NULL, true);
	json_close_array(&b);
	json_put_bytes(&b, "last", NULL, 0);
	json_close_object(&b);
	assert_string_equal(b.data,
	    "{\"text\":\"a\\\"b\","
	    "\"min\":-9223372036854775808,\"max\":9223372036854775807,"
	    "\"zero\":0,\"yes\":true,\"no\":false,\"none\":null,"
	    "\"list\":[-7,{},[],\"\",null,true],\"last\":\"\"}");
	buf_release(&b);
}

static void
writes__times(void **state)
{
	static const struct {
		int64_t     microseconds;
		const char *text;
	} cases[] = {
	    {0, "\"1970-01-01T00:00:00.000000Z\""},
	    {1709251199999999, "\"2024-02-29T23:59:59.999999Z\""},
	    {1709251200000001, "\"2024-03-01T00:00:00.000001Z\""},
	    {253402300799100000, "\"9999-12-31T23:59:59.100000Z\""},
	};
	struct buf b = {0};
	size_t     i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_put_time(&b, NULL, cases[i].microseconds);
		assert_string_equal(b.data, cases[i].text);
		buf_release(&b);
	}
}

static void
writes__no_comma_after_foreign_text(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_text(&b, "data: ");
	json_put_int(&b, NULL, 1);
	buf_text(&b, "\n");
	json_put_int(&b, NULL, 2);
	buf_text(&b, "\n");
	json_open_array(&b, NULL);
	json_close_array(&b);
	assert_string_equal(b.data, "data: 1\n2\n[]");
	buf_release(&b);
}

static void
writes__escapes(void **state)
{
	struct buf b = {0};

	(void)state;
	json_put_bytes(&b, NULL, "\0\x01\x1f\b\f\n\r\t\"\\/\x7f", 12);
	assert_string_equal(
	    b.data, "\"\\u0000\\u0001\\u001f\\b\\f\\n\\r\\t\\\"\\\\/\x7f\"");
	buf_release(&b);
	json_open_object(&b, NULL);
	json_put_int(&b, "k\"\n", 1);
	assert_string_equal(b.data, "{\"k\\\"\\n\":1");
	buf_release(&b);
	json_put_text(&b, NULL, "\xe2\x80\xa8\xe2\x80\xa9\xc3\xa9");
	assert_string_equal(b.data, "\"\xe2\x80\xa8\xe2\x80\xa9\xc3\xa9\"");
	buf_release(&b);
}

static void
writes__replaces_invalid_utf8(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"a\xff"
	     "b",
		"\"a\xef\xbf\xbd"
		"b\""},
	    {"\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
	    {"\xf0\x9f\x98", "\"\xef\xbf\xbd\""}, /* cut: one */
	    {"\xe2\x82"
	     "A",
		"\"\xef\xbf\xbd"
		"A\""},
	    {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
	    {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
	    {"ok\xc3", "\"ok\xef\xbf\xbd\""},
	    {"\xc3\xa9\xc3\"", "\"\xc3\xa9\xef\xbf\xbd\\\"\""},
	};
	struct buf b = {0};
	size_t     i, bad;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_put_text(&b, NULL, cases[i].in);
		assert_string_equal(b.data, cases[i].out);
		assert_true(json_utf8(b.data, b.len, &bad));
		buf_release(&b);
	}
}

static void
reads_back__every_byte(void **state)
{
	struct buf b = {0};
	cJSON     *value;
	char       text[3] = "";
	int        c;

	(void)state;
	for (c = 1; c < 0x800; c++) {
		if (c < 0x80) {
			text[0] = (char)c;
			text[1] = '\0';
		} else {
			text[0] = (char)(0xc0 | c >> 6);
			text[1] = (char)(0x80 | (c & 0x3f));
		}
		json_put_text(&b, NULL, text);
		value = read_text(b.data);
		assert_string_equal(value->valuestring, text);
		cJSON_Delete(value);
		buf_release(&b);
	}
}

/* Whatever stands where, between bytes that are written as they are. */
static void
write__special_byte_at_every_place(void **state)
{
	static const struct {
		const char *raw, *written;
	} special[] = {{"\"", "\\\""}, {"\\", "\\\\"}, {"\n", "\\n"},
	    {"\x1f", "\\u001f"}, {"\x7f", "\x7f"}, {" ", " "}, {"!", "!"},
	    {"\xc3\xa9", "\xc3\xa9"}, {"\xff", "\xef\xbf\xbd"}};
	char       text[64], expected[80];
	struct buf b = {0};
	int        at, behind;
	size_t     i;

	(void)state;
	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		for (at = 0; at < 20; at++) {
			behind = 20 - at;
			snprintf(text, sizeof(text), "%.*s%s%.*s", at,
			    "abcdefghijklmnopqrst", special[i].raw, behind,
			    "[]{}#ABCDEFGHIJKLMNO");
			snprintf(expected, sizeof(expected), "\"%.*s%s%.*s\"",
			    at, "abcdefghijklmnopqrst", special[i].written,
			    behind, "[]{}#ABCDEFGHIJKLMNO");
			json_put_text(&b, NULL, text);
			assert_string_equal(b.data, expected);
			buf_release(&b);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(write__special_byte_at_every_place),
	    cmocka_unit_test(refuses__what_is_not_json),
	    cmocka_unit_test(accepts__what_is_json),
	    cmocka_unit_test(reads__values),
	    cmocka_unit_test(finds_member__exact_name_only),
	    cmocka_unit_test(bounds_depth),
	    cmocka_unit_test(bounds_width),
	    cmocka_unit_test(bounds_digits),
	    cmocka_unit_test(checks_utf8__everywhere),
	    cmocka_unit_test(takes_integer__whole_and_exact),
	    cmocka_unit_test(writes__every_kind),
	    cmocka_unit_test(writes__times),
	    cmocka_unit_test(writes__no_comma_after_foreign_text),
	    cmocka_unit_test(writes__escapes),
	    cmocka_unit_test(writes__replaces_invalid_utf8),
	    cmocka_unit_test(reads_back__every_byte),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
