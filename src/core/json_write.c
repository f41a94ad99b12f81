#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/json.h"
#include "core/utf8.h"

/*
 * What a byte inside a string means: 0 stands for itself, '8' belongs to a
 * UTF-8 sequence, 'u' must be written as \u00XX and any other letter as that
 * letter after a backslash (RFC 8259, section 7).
 */
static const char classes[256] = {[0x00 ... 0x07] = 'u',
    ['\b'] = 'b',
    ['\t'] = 't',
    ['\n'] = 'n',
    [0x0b] = 'u',
    ['\f'] = 'f',
    ['\r'] = 'r',
    [0x0e ... 0x1f] = 'u',
    ['"'] = '"',
    ['\\'] = '\\',
    [0x80 ... 0xff] = '8'};

/* Write what cannot stand for itself; size is utf8_measure()'s. */
static void
escape(struct buf *b, uint8_t c, int size)
{
	if (size < 0)
		buf_text(b, UTF8_REPLACEMENT);
	else if (classes[c] == 'u')
		buf_printf(b, "\\u%04x", c);
	else
		buf_append(b, (char[]){'\\', classes[c]}, 2);
}

typedef signed char bytes_16 __attribute__((vector_size(16)));
typedef int64_t     words_2 __attribute__((vector_size(16)));

/* How many bytes from here on stand for themselves. As signed numbers those
 * from 0x80 on are less than a space, too. */
static size_t
plain(const char *text, size_t len)
{
	bytes_16 bytes;
	words_2  other;
	size_t   n;

	for (n = 0; n + sizeof(bytes) <= len; n += sizeof(bytes)) {
		memcpy(&bytes, text + n, sizeof(bytes));
		other = (words_2)((bytes < ' ') | (bytes == '"') |
		    (bytes == '\\'));
		if ((other[0] | other[1]) != 0)
			break;
	}
	while (n < len && classes[(uint8_t)text[n]] == 0)
		n++;
	return (n);
}

static void
write_plain(struct buf *b, const char *text, size_t len)
{
	char *at;

	buf_reserve(b, len + 2);
	at = b->data + b->len;
	at[0] = '"';
	if (len > 0) /* text may be NULL then */
		memcpy(at + 1, text, len);
	memcpy(at + 1 + len, "\"", 2);
	b->len += len + 2;
}

static void
write_string(struct buf *b, const char *text, size_t len)
{
	size_t  run = 0; /* where the bytes not yet written begin */
	size_t  at = plain(text, len);
	uint8_t c;
	int     size;

	if (at == len) {
		write_plain(b, text, len);
		return;
	}
	buf_char(b, '"');
	for (; at < len; at += plain(text + at, len - at)) {
		c = (uint8_t)text[at];
		size = classes[c] == '8' ? utf8_measure(text + at, len - at)
					 : 1;
		if (classes[c] != '8' || size < 0) {
			buf_append(b, text + run, at - run);
			escape(b, c, size);
			run = at + (size_t)abs(size);
		}
		at += (size_t)abs(size);
	}
	buf_append(b, text + run, len - run);
	buf_char(b, '"');
}

/*
 * What goes before a value: a comma when another value ends just there, and
 * the member's name. So the writer keeps no state, and text put around values
 * ("data: ", a line's end) does no harm as long as it does not end like one.
 */
static void
begin(struct buf *b, const char *key)
{
	char last = b->len > 0 ? b->data[b->len - 1] : '\0';

	if (last == '}' || last == ']' || last == '"' ||
	    (last >= '0' && last <= '9') || (last >= 'a' && last <= 'z'))
		buf_char(b, ',');
	if (key != NULL) {
		write_string(b, key, strlen(key));
		buf_char(b, ':');
	}
}

void
json_open_object(struct buf *b, const char *key)
{
	begin(b, key);
	buf_char(b, '{');
}

void
json_close_object(struct buf *b)
{
	buf_char(b, '}');
}

void
json_open_array(struct buf *b, const char *key)
{
	begin(b, key);
	buf_char(b, '[');
}

void
json_close_array(struct buf *b)
{
	buf_char(b, ']');
}

void
json_put_text(struct buf *b, const char *key, const char *text)
{
	json_put_bytes(b, key, text, strlen(text));
}

void
json_put_bytes(struct buf *b, const char *key, const char *text, size_t len)
{
	begin(b, key);
	write_string(b, text, len);
}

void
json_put_int(struct buf *b, const char *key, int64_t value)
{
	begin(b, key);
	buf_int(b, value);
}

static void
put_digits(char *to, int digits, int value)
{
	for (; digits > 0; value /= 10)
		to[--digits] = (char)('0' + value % 10);
}

void
json_put_time(struct buf *b, const char *key, int64_t microseconds)
{
	char      text[] = "2000-01-01T00:00:00.000000Z";
	time_t    seconds = microseconds / 1000000;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	put_digits(text, 4, tm.tm_year + 1900);
	put_digits(text + 5, 2, tm.tm_mon + 1);
	put_digits(text + 8, 2, tm.tm_mday);
	put_digits(text + 11, 2, tm.tm_hour);
	put_digits(text + 14, 2, tm.tm_min);
	put_digits(text + 17, 2, tm.tm_sec);
	put_digits(text + 20, 6, (int)(microseconds % 1000000));
	json_put_bytes(b, key, text, sizeof(text) - 1);
}

void
json_put_bool(struct buf *b, const char *key, bool value)
{
	begin(b, key);
	buf_text(b, value ? "true" : "false");
}

void
json_put_null(struct buf *b, const char *key)
{
	begin(b, key);
	buf_text(b, "null");
}

/* The shortest of the two usual lengths that is read as the same number. */
void
json_put_double(struct buf *b, const char *key, double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.15g", value);
	if (strtod(text, NULL) != value)
		snprintf(text, sizeof(text), "%.17g", value);
	begin(b, key);
	buf_text(b, text);
}

void
json_put_text_or_null(struct buf *b, const char *key, const char *text)
{
	if (text != NULL)
		json_put_text(b, key, text);
	else
		json_put_null(b, key);
}

void
json_put_raw(struct buf *b, const char *key, const char *json)
{
	begin(b, key);
	buf_text(b, json != NULL ? json : "null");
}

void
json_put_tree(struct buf *b, const char *key, const cJSON *tree)
{
	char *text = tree != NULL ? cJSON_PrintUnformatted(tree) : NULL;

	json_put_raw(b, key, text);
	cJSON_free(text);
}
