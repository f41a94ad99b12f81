#include <string.h>

#include "llm/sse_reader.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Append within the limit. */
static bool
put(struct buf *b, const char *bytes, size_t len)
{
	if (len > SSE_EVENT_MAX - b->len)
		return (false);
	buf_append(b, bytes, len);
	return (true);
}

static bool
is(const char *field, const char *name, size_t len)
{
	return (strlen(field) == len && memcmp(field, name, len) == 0);
}

/* A blank line: what has no data is no event, whatever its name. */
static void
dispatch(struct sse_reader *r)
{
	if (r->has_data)
		r->event(r->arg, r->name, r->data.data, r->data.len);
	r->has_data = false;
	r->data.len = 0;
	r->name[0] = '\0';
}

static bool
take_data(struct sse_reader *r, const char *value, size_t len)
{
	if (r->has_data && !put(&r->data, "\n", 1))
		return (false);
	r->has_data = true;
	return (put(&r->data, value, len));
}

/* A name too long to be one we know may be cut. */
static void
take_name(struct sse_reader *r, const char *value, size_t len)
{
	if (len >= sizeof(r->name))
		len = sizeof(r->name) - 1;
	memcpy(r->name, value, len);
	r->name[len] = '\0';
}

static bool
take_field(struct sse_reader *r, const char *line, size_t len)
{
	const char *value, *end = line + len;
	size_t      name;

	value = memchr(line, ':', len);
	name = value != NULL ? (size_t)(value - line) : len;
	value = value != NULL ? value + 1 : end;
	if (value < end && *value == ' ')
		value++;
	if (is("data", line, name))
		return (take_data(r, value, (size_t)(end - value)));
	if (is("event", line, name))
		take_name(r, value, (size_t)(end - value));
	else if (name > 0 && !is("id", line, name) &&
	    !is("retry", line, name) && r->stray != NULL)
		r->stray(r->arg, line, len);
	return (true);
}

static bool
end_line(struct sse_reader *r)
{
	bool fits = true;

	if (!r->begun && r->line.len >= 3 &&
	    memcmp(r->line.data, BYTE_ORDER_MARK, 3) == 0)
		buf_consume(&r->line, 3);
	r->begun = true;
	if (r->line.len == 0)
		dispatch(r);
	else
		fits = take_field(r, r->line.data, r->line.len);
	r->line.len = 0;
	return (fits);
}

/* How many bytes there are before the next end of a line. */
static size_t
measure(const char *bytes, size_t len)
{
	size_t n = 0;

	while (n < len && bytes[n] != '\n' && bytes[n] != '\r')
		n++;
	return (n);
}

bool
sse_reader_feed(struct sse_reader *r, const char *bytes, size_t len)
{
	size_t at = 0, n;

	while (at < len) {
		if (r->after_cr && bytes[at] == '\n')
			at++;
		r->after_cr = false;
		n = measure(bytes + at, len - at);
		if (!put(&r->line, bytes + at, n))
			return (false);
		at += n;
		if (at == len)
			break;
		r->after_cr = bytes[at++] == '\r';
		if (!end_line(r))
			return (false);
	}
	return (true);
}

void
sse_reader_end(struct sse_reader *r)
{
	if (r->line.len > 0 && !end_line(r))
		r->has_data = false;
	dispatch(r);
}

void
sse_reader_release(struct sse_reader *r)
{
	buf_release(&r->line);
	buf_release(&r->data);
}
