/*
 * An accepted head, written again for Kore.
 */
#include <string.h>

#include "kore/http_head_inside.h"

struct sink {
	char  *at;
	size_t room;
	bool   full;
};

static void
put(struct sink *out, const char *text, size_t len)
{
	if (len > out->room) {
		out->full = true;
		return;
	}
	memcpy(out->at, text, len);
	out->at += len;
	out->room -= len;
}

static void
put_text(struct sink *out, const char *text)
{
	put(out, text, strlen(text));
}

/* Kore takes neither HTAB nor obs-text, and both are legal. */
static void
put_value(struct sink *out, struct text value)
{
	char *c = out->at;

	put(out, value.at, value.len);
	for (; c < out->at; c++) {
		if (*c == '\t')
			*c = ' ';
		else if ((unsigned char)*c > 0x7f)
			*c = '?';
	}
}

static bool
has_element(struct text list, const char *wanted)
{
	struct text element;
	const char *comma, *end = list.at + list.len;

	for (element.at = list.at; element.at <= end; element.at = comma + 1) {
		comma = memchr(element.at, ',', (size_t)(end - element.at));
		if (comma == NULL)
			comma = end;
		element.len = (size_t)(comma - element.at);
		text_trim(&element);
		if (text_equal(element, wanted, strlen(wanted)))
			return (true);
	}
	return (false);
}

/* Of Connection Kore understands the one word close. */
static void
put_connection(struct sink *out, struct reader r)
{
	struct text value;

	while (http_head_next(&r, FIELD_CONNECTION, &value)) {
		if (has_element(value, "close")) {
			put_text(out, "connection:close\r\n");
			return;
		}
	}
}

static void
put_field(struct sink *out, const struct request *req, enum field field,
    struct reader r)
{
	struct text value = req->first[field];

	put(out, http_head_fields[field].name, http_head_fields[field].len);
	put(out, ":", 1);
	put_value(out, value);
	if (http_head_fields[field].use == LIST && req->count[field] > 1) {
		(void)http_head_next(&r, field, &value);
		while (http_head_next(&r, field, &value)) {
			put(out, ", ", 2);
			put_value(out, value);
		}
	}
	put(out, "\r\n", 2);
}

static void
put_fields(struct sink *out, const struct request *req, const char *end)
{
	const struct reader r = {req->fields, end, ERR_NONE};
	unsigned            i;

	for (i = 0; i < FIELD__MAX; i++) {
		if (http_head_fields[i].use == JUDGED || req->first[i].len == 0)
			continue;
		if (i == FIELD_CONNECTION)
			put_connection(out, r);
		else
			put_field(out, req, i, r);
	}
}

/* Kore demands both; HTTP_HEAD_GROWTH is what they take. */
static void
supply_missing(struct request *req)
{
	static const struct text host = {"localhost", 9};
	static const struct text length = {"0", 1};

	if (req->count[FIELD_HOST] == 0)
		req->first[FIELD_HOST] = host;
	if (req->method->body == BODY_HAS &&
	    req->count[FIELD_CONTENT_LENGTH] == 0)
		req->first[FIELD_CONTENT_LENGTH] = length;
}

size_t
http_head_rewrite(
    const char *data, const struct http_head *head, char *out, size_t out_size)
{
	struct reader  r = {data, data + head->size, ERR_NONE};
	struct sink    sink = {out, out_size, false};
	struct request req;

	if (!http_head_scan(&r, &req))
		return (0);
	supply_missing(&req);
	if (head->is_delete_with_body)
		put_text(&sink, "PATCH");
	else
		put(&sink, req.method_text.at, req.method_text.len);
	put(&sink, " ", 1);
	put(&sink, req.target.at, req.target.len);
	put_text(&sink, req.version_1_0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
	put_fields(&sink, &req, r.at);
	put(&sink, "\r\n", 2);
	return (sink.full ? 0 : (size_t)(sink.at - out));
}
