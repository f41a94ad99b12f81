/*
 * The splitter of event streams: the examples of WHATWG HTML section 9.2.6,
 * all ends of lines, strays and limits, each in one piece, in two at every
 * byte, and byte by byte.
 */
/* links: llm/sse_reader.c core/buf.c | */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "llm/sse_reader.h"

/* Writes down what the reader says: [name|data] and (stray). */
static void
note_event(void *arg, const char *event, const char *data, size_t len)
{
	assert_int_equal(data[len], '\0');
	buf_printf(arg, "[%s|", event);
	buf_append(arg, data, len);
	buf_text(arg, "]");
}

static void
note_stray(void *arg, const char *line, size_t len)
{
	buf_text(arg, "(");
	buf_append(arg, line, len);
	buf_text(arg, ")");
}

static void
feed_piece(struct sse_reader *r, const char *bytes, size_t len)
{
	char *piece = malloc(len);

	assert_non_null(piece);
	memcpy(piece, bytes, len);
	assert_true(sse_reader_feed(r, piece, len));
	free(piece);
}

static void
check_pieces(const char *body, size_t len, size_t first, size_t step,
    const char *expected)
{
	struct buf        notes = {0};
	struct sse_reader r = {
	    .event = note_event, .stray = note_stray, .arg = &notes};
	size_t at, n = first;

	buf_text(&notes, "");
	for (at = 0; at < len; at += n, n = step)
		feed_piece(&r, body + at, n < len - at ? n : len - at);
	sse_reader_end(&r);
	assert_int_equal(notes.len, strlen(notes.data));
	assert_string_equal(notes.data, expected);
	sse_reader_release(&r);
	buf_release(&notes);
}

static void
check(const char *body, const char *expected)
{
	size_t len = strlen(body), cut;

	check_pieces(body, len, len, 1, expected);
	for (cut = 1; cut < len; cut++)
		check_pieces(body, len, cut, len, expected);
	check_pieces(body, len, 1, 1, expected);
}

static void
reads_events__ends_of_lines(void **state)
{
	(void)state;
	check("data: a\n\ndata: b\n\n", "[|a][|b]");
	check("data: a\r\rdata: b\r\r", "[|a][|b]");
	check("data: a\r\n\r\ndata: b\r\n\r\n", "[|a][|b]");
	check("data: a\r\n\rdata: b\n\r\n", "[|a][|b]");
	/* CRLF is one end, LFCR two. */
	check("data: a\r\ndata: b\n\r", "[|a\nb]");
	check("data: a\n\rdata: b\n\r", "[|a][|b]");
}

static void
reads_events__fields(void **state)
{
	(void)state;
	check("data:a\n\n", "[|a]");
	check("data:  a \n\n", "[| a ]");
	check("data: a:b: c\n\n", "[|a:b: c]");
	check("event: ping\ndata: {}\n\n", "[ping|{}]");
	check("event:x\nevent: y\ndata: 1\n\ndata: 2\n\n", "[y|1][|2]");
	check("id: 7\nretry: 10\ndata: a\nid\nretry\n\n", "[|a]");
	check("data: YHOO\ndata: +2\ndata: 10\n\n", "[|YHOO\n+2\n10]");
	check("data: \xf0\x9f\x98\x80\n\n", "[|\xf0\x9f\x98\x80]");
}

/* The third example of the section. */
static void
reads_events__empty_data(void **state)
{
	(void)state;
	check("data\n\ndata\ndata\n\ndata:", "[|][|\n][|]");
	check("event: ping\n\ndata: a\n\n", "[|a]");
	check("\n\n\r\n\r\r", "");
	check("", "");
}

static void
reads_events__comments(void **state)
{
	(void)state;
	check(": OPENROUTER PROCESSING\n\n:\n\ndata: a\n: x\ndata: b\n\n",
	    "[|a\nb]");
	check(":data: a\n\n", "");
}

static void
reads_events__byte_order_mark(void **state)
{
	(void)state;
	check("\xef\xbb\xbf"
	      "data: a\n\n",
	    "[|a]");
	check("\xef\xbb\xbf\ndata: a\n\n", "[|a]");
	check("data: a\n\n\xef\xbb\xbf"
	      "data: b\n\n",
	    "[|a](\xef\xbb\xbf"
	    "data: b)");
}

static void
reads_events__end_missing(void **state)
{
	(void)state;
	check("data: a\n\ndata: b\n", "[|a][|b]");
	check("data: a\n\ndata: b", "[|a][|b]");
	check("data: a\r\n", "[|a]");
	check("event: x", "");
}

static void
passes_strays_on(void **state)
{
	(void)state;
	check("data: a\n\n{\n  \"error\": {\r\n    \"code\": 503\n  }\n}",
	    "[|a]({)(  \"error\": {)(    \"code\": 503)(  })(})");
	check("Data: a\n data: b\n\n", "(Data: a)( data: b)");
	check("data: a\nstray\ndata: b\n\n", "(stray)[|a\nb]");
}

static void
passes_strays_on__nobody_wants_them(void **state)
{
	struct buf        notes = {0};
	struct sse_reader r = {.event = note_event, .arg = &notes};
	const char        body[] = "stray\ndata: a\n\n";

	(void)state;
	assert_true(sse_reader_feed(&r, body, strlen(body)));
	assert_string_equal(notes.data, "[|a]");
	sse_reader_release(&r);
	buf_release(&notes);
}

static void
reads_events__nul(void **state)
{
	struct buf        notes = {0};
	struct sse_reader r = {.event = note_event, .arg = &notes};

	(void)state;
	assert_true(sse_reader_feed(&r, "data: a\0b\n\n", 11));
	assert_int_equal(notes.len, 6);
	assert_memory_equal(notes.data, "[|a\0b]", 6);
	sse_reader_release(&r);
	buf_release(&notes);
}

static void
reads_events__name_too_long(void **state)
{
	char body[256], expected[256];

	(void)state;
	snprintf(body, sizeof(body), "event: %0100d\ndata: a\n\n", 7);
	snprintf(expected, sizeof(expected), "[%063d|a]", 0);
	check(body, expected);
}

static void
count_bytes(void *arg, const char *event, const char *data, size_t len)
{
	(void)event;
	(void)data;
	*(size_t *)arg += len;
}

/* Feed head and then n times piece. */
static bool
feed_times(const char *head, const char *piece, int n, size_t *bytes)
{
	struct sse_reader r = {.event = count_bytes, .arg = bytes};
	bool              fits;

	*bytes = 0;
	fits = sse_reader_feed(&r, head, strlen(head));
	while (fits && n-- > 0)
		fits = sse_reader_feed(&r, piece, strlen(piece));
	if (fits)
		sse_reader_end(&r);
	sse_reader_release(&r);
	return (fits);
}

static void
refuses__too_long(void **state)
{
	size_t bytes;

	(void)state;
	/* One line of 1 MiB, and a byte more. */
	assert_true(feed_times("data: ", "x", SSE_EVENT_MAX - 6, &bytes));
	assert_int_equal(bytes, SSE_EVENT_MAX - 6);
	assert_false(feed_times("data: ", "x", SSE_EVENT_MAX - 5, &bytes));
	assert_false(feed_times(":", "x", SSE_EVENT_MAX, &bytes));
	/* Many short lines of one event: "1234567\n" each but the last. */
	assert_true(
	    feed_times("", "data: 1234567\n", SSE_EVENT_MAX / 8, &bytes));
	assert_int_equal(bytes, SSE_EVENT_MAX - 1);
	assert_false(
	    feed_times("", "data: 1234567\n", SSE_EVENT_MAX / 8 + 1, &bytes));
	/* Many events are no long event. */
	assert_true(
	    feed_times("", "data: 1234567\n\n", SSE_EVENT_MAX / 4, &bytes));
	assert_int_equal(bytes, SSE_EVENT_MAX / 4 * 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_events__ends_of_lines),
	    cmocka_unit_test(reads_events__fields),
	    cmocka_unit_test(reads_events__empty_data),
	    cmocka_unit_test(reads_events__comments),
	    cmocka_unit_test(reads_events__byte_order_mark),
	    cmocka_unit_test(reads_events__end_missing),
	    cmocka_unit_test(passes_strays_on),
	    cmocka_unit_test(passes_strays_on__nobody_wants_them),
	    cmocka_unit_test(reads_events__nul),
	    cmocka_unit_test(reads_events__name_too_long),
	    cmocka_unit_test(refuses__too_long),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
