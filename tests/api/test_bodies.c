/*
 * What a body may be wrong in: bytes that are no JSON, and every field of
 * every route missing, null and of every wrong type. All is 400, nothing is
 * stored, nobody is harmed.
 */
#include "harness.h"

#define DEPTH 100000

static const struct field {
	const char *path;
	const char *missing; /* code when it is */
	const char *name;
	const char *others; /* the other members, valid */
} fields[] = {
    {"/auth/signup", "signup_missing", "email",
	"\"username\":\"x\",\"password\":\"" PRIVATE "\""},
    {"/auth/signup", "signup_missing", "username",
	"\"email\":\"x@example.com\",\"password\":\"" PRIVATE "\""},
    {"/auth/signup", "signup_missing", "password",
	"\"email\":\"x@example.com\",\"username\":\"x\""},
    {"/auth/login", "login_missing", "username",
	"\"password\":\"" PRIVATE " ann\""},
    {"/auth/login", "login_missing", "password", "\"username\":\"ann\""},
    {"/chat/", "chat_missing", "model",
	"\"prompt\":\"" PRIVATE "\",\"conversation_number\":1"},
    {"/chat/", "chat_missing", "prompt",
	"\"model\":\"gpt\",\"conversation_number\":1"},
    {"/chat/", "chat_missing", "conversation_number",
	"\"model\":\"gpt\",\"prompt\":\"" PRIVATE "\""},
};

static struct user *user;

static int
start(void **state)
{
	struct server *s = server_start(NULL);

	*state = s;
	user = user_new(s, "ann");
	conversation_new(s, user->token);
	return (0);
}

/* Send bytes to every route that reads a body. */
static void
assert_refused(struct server *s, const char *body, size_t size)
{
	static const char *const paths[] = {
	    "/auth/signup", "/auth/login", "/chat/"};
	struct request q = {.token = user->token, .body = body, .size = size};
	struct reply  *r;
	size_t         i;

	for (i = 0; i < COUNT(paths); i++) {
		q.path = paths[i];
		r = http_call(s, &q);
		assert_error(r, 400, "invalid_json");
	}
}

static void
assert_text_refused(struct server *s, const char *body)
{
	assert_refused(s, body, strlen(body));
}

static void
json__malformed(void **state)
{
	static const char *const bodies[] = {
	    "",
	    " ",
	    "{",
	    "}",
	    "nul",
	    "truE",
	    "[1",
	    "'x'",
	    "{a:1}",
	    "{\"a\"}",
	    "{\"a\":}",
	    "{\"a\":1,}",
	    "{,}",
	    "{\"a\":1}}",
	    "{} {}",
	    "{}x",
	    "[1,]",
	    "\"",
	    "\"\\x\"",
	    "{\"a\":\"\n\"}",
	    "{\"a\":\"\t\"}",
	    "01",
	    "+1",
	    "1.",
	    ".5",
	    "1e",
	    "0x1",
	    "NaN",
	    "Infinity",
	    "-",
	    "{\"a\":01}",
	    "{\"a\":+1}",
	    "/* */{}",
	    "\xef\xbb\xbf{}",
	    "{\"a\":\"\\u12\"}",
	    "{\"a\":\"\\uzzzz\"}",
	    "model=gpt&prompt=x&conversation_number=1",
	    "<xml/>",
	};
	size_t i;

	for (i = 0; i < COUNT(bodies); i++)
		assert_text_refused(*state, bodies[i]);
}

static void
json__says_where(void **state)
{
	struct reply *r = http_post(*state, NULL, "/auth/login",
	    "{\"username\": \"x\", \"password\" \"y\"}");

	assert_error_says(r, 400, "invalid_json",
	    "The body is not valid "
	    "JSON: a colon is expected at byte 29");
}

static void
json__not_an_object(void **state)
{
	static const char *const bodies[] = {
	    "[]", "1", "\"x\"", "null", "true", "[{}]"};
	size_t i;

	for (i = 0; i < COUNT(bodies); i++)
		assert_text_refused(*state, bodies[i]);
}

static void
json__names_twice(void **state)
{
	assert_text_refused(*state, "{\"a\":1,\"a\":1}");
	assert_text_refused(*state,
	    "{\"model\":\"gpt\",\"prompt\":\"x\","
	    "\"conversation_number\":1,\"model\":\"gpt\"}");
	assert_text_refused(*state,
	    "{\"model\":\"gpt\",\"prompt\":\"x\","
	    "\"conversation_number\":1,\"\\u006dodel\":\"gpt\"}");
	assert_text_refused(*state, "{\"x\":{\"y\":[{\"z\":1,\"z\":2}]}}");
}

static void
json__bad_characters(void **state)
{
	static const char        nul[] = "{\"username\":\"a\0b\"}";
	static const char *const bodies[] = {
	    "{\"username\":\"\\u0000\"}",
	    "{\"username\":\"\\ud800\"}",
	    "{\"username\":\"\\udc00\"}",
	    "{\"username\":\"\\ud83dx\"}",
	    "{\"username\":\"\\ude00\\ud83d\"}",
	    "{\"username\":\"\xff\"}",
	    "{\"username\":\"\xc0\x80\"}",
	    "{\"username\":\"\xed\xa0\x80\"}",
	    "{\"username\":\"\xc3\"}",
	    "{\"username\":\"\xf5\x80\x80\x80\"}",
	    "{\"\xff\":1}",
	    "{\"\\u0000\":1}",
	};
	size_t i;

	for (i = 0; i < COUNT(bodies); i++)
		assert_text_refused(*state, bodies[i]);
	assert_refused(*state, nul, sizeof(nul) - 1);
	assert_refused(*state, "{}\0", 3);
	assert_refused(*state, "\0{}", 3);
}

static char *
repeat(const char *text, size_t n)
{
	size_t len = strlen(text), i;
	char  *all = scratch_alloc(len * n + 1);

	for (i = 0; i < n; i++)
		memcpy(all + i * len, text, len);
	return (all);
}

static void
json__bombs(void **state)
{
	assert_text_refused(*state, repeat("[", DEPTH));
	assert_text_refused(*state, repeat("{\"a\":", DEPTH / 5));
	assert_text_refused(*state,
	    scratch_printf("{\"a\":%s%s}", repeat("[", 40), repeat("]", 40)));
	assert_text_refused(*state, repeat("\"", DEPTH));
	assert_text_refused(*state, repeat("9", DEPTH));
	assert_text_refused(
	    *state, scratch_printf("{%s\"z\":1}", repeat("\"\":1,", 5000)));
}

static void
assert_field(struct server *s, const struct field *f, const char *value,
    const char *code)
{
	struct reply *r;

	r = http_post(s, user->token, f->path,
	    value == NULL
		? scratch_printf("{%s}", f->others)
		: scratch_printf("{%s,\"%s\":%s}", f->others, f->name, value));
	assert_error(r, 400, code);
	if (strcmp(code, "invalid_field") == 0)
		assert_non_null(strstr(reply_text(r, "msg"), f->name));
}

static bool
is_number(const struct field *f)
{
	return (strcmp(f->name, "conversation_number") == 0);
}

static void
fields__missing(void **state)
{
	size_t i;

	for (i = 0; i < COUNT(fields); i++) {
		assert_field(*state, &fields[i], NULL, fields[i].missing);
		assert_field(*state, &fields[i], "null", fields[i].missing);
		assert_field(*state, &fields[i],
		    is_number(&fields[i]) ? "0" : "\"\"", fields[i].missing);
	}
}

static void
fields__of_a_wrong_type(void **state)
{
	static const char *const wrong[] = {"true", "false", "[]", "{}",
	    "[\"x\"]", "{\"a\":\"b\"}", "-1", "1.5", "-0.5", "1e999", "-1e999",
	    "1e10", "2147483648", "9007199254740993", "99999999999999999999",
	    "1.0000001"};
	size_t                   i, j;

	for (i = 0; i < COUNT(fields); i++) {
		for (j = 0; j < COUNT(wrong); j++)
			assert_field(
			    *state, &fields[i], wrong[j], "invalid_field");
		if (is_number(&fields[i])) {
			assert_field(
			    *state, &fields[i], "\"1\"", "invalid_field");
			assert_field(
			    *state, &fields[i], "\"\"", "invalid_field");
		} else
			assert_field(*state, &fields[i], "1", "invalid_field");
	}
}

/* 1 in other clothes. */
static void
fields__whole_numbers(void **state)
{
	static const char *const ones[] = {"1", "1.0", "1e0", "10e-1"};
	size_t                   i;

	for (i = 0; i < COUNT(ones); i++)
		assert_status(http_post(*state, user->token, "/chat/",
				  scratch_printf(
				      "{\"model\":\"gpt\",\"prompt\":\"" PRIVATE
				      "\",\"conversation_number\":%s}",
				      ones[i])),
		    200);
}

/* Others are nobody's business. */
static void
fields__unknown(void **state)
{
	assert_status(http_post(*state, user->token, "/chat/",
			  "{\"model\":\"gpt\",\"prompt\":\"" PRIVATE
			  "\",\"a\":{\"b\":[1]},"
			  "\"conversation_number\":1}"),
	    200);
}

static void
nothing__was_stored(void **state)
{
	assert_int_equal(sql_int(*state, "SELECT count(*) FROM users"), 1);
	assert_int_equal(sql_int(*state, "SELECT count(*) FROM turns"), 5);
	assert_int_equal(sql_int(*state, "SELECT used FROM daily_usage"), 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json__malformed),
	    cmocka_unit_test(json__says_where),
	    cmocka_unit_test(json__not_an_object),
	    cmocka_unit_test(json__names_twice),
	    cmocka_unit_test(json__bad_characters),
	    cmocka_unit_test(json__bombs),
	    cmocka_unit_test(fields__missing),
	    cmocka_unit_test(fields__of_a_wrong_type),
	    cmocka_unit_test(fields__whole_numbers),
	    cmocka_unit_test(fields__unknown),
	    cmocka_unit_test(nothing__was_stored),
	};

	return (harness_run(tests, start));
}
