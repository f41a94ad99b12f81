/*
 * What all requests have in common: the order of turns, headers, paths, and
 * options merged into the body.
 */
/* links: llm/llm_request.c core/json.c core/json_scan.c core/json_write.c core/utf8.c core/buf.c | -lcjson */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "llm/llm_request.h"

#define U(text) \
	{ \
		LLM_USER, text \
	}
#define A(text) \
	{ \
		LLM_ASSISTANT, text \
	}
#define N(list) (sizeof(list) / sizeof((list)[0]))

static void
note_turn(struct buf *b, enum llm_role role, const char *text)
{
	buf_printf(b, "%c(%s)", role == LLM_USER ? 'u' : 'a', text);
}

/* Expected is NULL when there is nothing to send. */
static void
check_turns(
    const struct llm_message *messages, size_t count, const char *expected)
{
	struct llm_prompt prompt = {NULL, messages, count, {0}};
	struct buf        b = {0};

	assert_int_equal(
	    llm_request_turns(&b, &prompt, note_turn), expected != NULL);
	if (expected != NULL)
		assert_string_equal(b.data, expected);
	buf_release(&b);
}

static void
orders_turns__as_they_are(void **state)
{
	const struct llm_message one[] = {U("a")};
	const struct llm_message three[] = {U("a"), A("b"), U("c")};

	(void)state;
	check_turns(one, N(one), "u(a)");
	check_turns(three, N(three), "u(a)a(b)u(c)");
}

static void
orders_turns__same_role(void **state)
{
	const struct llm_message users[] = {U("a"), U("b"), U("c")};
	const struct llm_message both[] = {
	    U("a"), A("b"), A("c"), U("d"), U("e")};

	(void)state;
	check_turns(users, N(users), "u(a\n\nb\n\nc)");
	check_turns(both, N(both), "u(a)a(b\n\nc)u(d\n\ne)");
}

static void
orders_turns__assistant_first(void **state)
{
	const struct llm_message m[] = {A("a"), A("b"), U("c"), A("d"), U("e")};

	(void)state;
	check_turns(m, N(m), "u(c)a(d)u(e)");
}

static void
orders_turns__blank(void **state)
{
	const struct llm_message m[] = {
	    U(""), U("a"), A(" \t\r\n"), U("b"), A(""), U(" c ")};

	(void)state;
	check_turns(m, N(m), "u(a\n\nb\n\n c )");
}

static void
orders_turns__nothing_to_send(void **state)
{
	const struct llm_message assistant[] = {A("a")};
	const struct llm_message last[] = {U("a"), A("b")};
	const struct llm_message blank[] = {U("a"), A("b"), U(" ")};

	(void)state;
	check_turns(NULL, 0, NULL);
	check_turns(assistant, N(assistant), NULL);
	check_turns(last, N(last), NULL);
	check_turns(blank, N(blank), NULL);
}

static void
writes_headers__harmless(void **state)
{
	struct llm_http http = {0};

	(void)state;
	llm_request_header(&http, "a", "", "");
	llm_request_header(&http, "b", "Bearer ", "");
	llm_request_header(&http, "c", "Bearer ", "key\r\nx: y\n");
	assert_string_equal(http.headers.data, "c: Bearer keyx: y\n");
	buf_release(&http.headers);
}

/* The body after extra; NULL when that is refused. */
static void
check_merge(const char *before, const char *extra, const char *expected)
{
	struct buf body = {0};
	cJSON     *want, *got;

	buf_text(&body, before);
	assert_int_equal(llm_request_merge(&body, extra), expected != NULL);
	want = cJSON_Parse(expected != NULL ? expected : before);
	got = cJSON_Parse(body.data);
	assert_non_null(want);
	assert_non_null(got);
	if (!cJSON_Compare(want, got, 1))
		fail_msg("%s instead of %s", body.data, expected);
	cJSON_Delete(want);
	cJSON_Delete(got);
	buf_release(&body);
}

/* Cases of RFC 7396, appendix A, as far as both are objects. */
static void
merges_extra__rfc7396(void **state)
{
	(void)state;
	check_merge("{\"a\":\"b\"}", "", "{\"a\":\"b\"}");
	check_merge("{\"a\":\"b\"}", "{}", "{\"a\":\"b\"}");
	check_merge("{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
	check_merge(
	    "{\"a\":\"b\"}", "{\"A\":\"c\"}", "{\"a\":\"b\",\"A\":\"c\"}");
	check_merge(
	    "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}");
	check_merge("{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
	check_merge("{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}");
	check_merge("{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}",
	    "{\"a\":{\"b\":\"d\"}}");
	check_merge("{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}");
	check_merge("{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}");
	check_merge(
	    "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}");
	check_merge("{\"t\":\"\\\"\\u2028\\ud83d\\ude00\"}",
	    "{\"temperature\":0.2}",
	    "{\"t\":\"\\\"\\u2028\\ud83d\\ude00\",\"temperature\":0.2}");
}

static void
merges_extra__refused(void **state)
{
	(void)state;
	check_merge("{\"a\":1}", "[]", NULL);
	check_merge("{\"a\":1}", "\"a\"", NULL);
	check_merge("{\"a\":1}", "{", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(orders_turns__as_they_are),
	    cmocka_unit_test(orders_turns__same_role),
	    cmocka_unit_test(orders_turns__assistant_first),
	    cmocka_unit_test(orders_turns__blank),
	    cmocka_unit_test(orders_turns__nothing_to_send),
	    cmocka_unit_test(writes_headers__harmless),
	    cmocka_unit_test(merges_extra__rfc7396),
	    cmocka_unit_test(merges_extra__refused),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
