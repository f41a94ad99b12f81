#include <string.h>

#include "core/json_scan.h"
#include "core/utf8.h"

/* Longest number cJSON reads whole: it copies one into 64 bytes. */
#define NUMBER_MAX 63

/* A walk over the text that builds nothing. */
struct scan {
	const char *text;
	size_t      len;
	size_t      at; /* next byte */
	int         depth;
	size_t      names;  /* met so far, in all objects */
	size_t      wanted; /* stop at this name, from 1; 0 never */
	const char *problem;
};

static bool scan_value(struct scan *);

static bool
refuse(struct scan *s, size_t at, const char *problem)
{
	s->at = at;
	s->problem = problem;
	return (false);
}

/* The next byte, or -1 at the end. */
static int
peek(const struct scan *s)
{
	return (s->at < s->len ? (unsigned char)s->text[s->at] : -1);
}

static bool
take(struct scan *s, int c)
{
	if (peek(s) != c)
		return (false);
	s->at++;
	return (true);
}

static void
skip_space(struct scan *s)
{
	while (take(s, ' ') || take(s, '\n') || take(s, '\r') || take(s, '\t'))
		continue;
}

static size_t
skip_digits(struct scan *s)
{
	size_t start = s->at;

	while (peek(s) >= '0' && peek(s) <= '9')
		s->at++;
	return (s->at - start);
}

static bool
scan_number(struct scan *s)
{
	size_t start = s->at;

	take(s, '-');
	if (!take(s, '0') && skip_digits(s) == 0)
		return (refuse(s, s->at, "a digit is expected"));
	if (take(s, '.') && skip_digits(s) == 0)
		return (refuse(s, s->at, "a digit is expected"));
	if (take(s, 'e') || take(s, 'E')) {
		if (!take(s, '+'))
			take(s, '-');
		if (skip_digits(s) == 0)
			return (refuse(s, s->at, "a digit is expected"));
	}
	if (s->at - start > NUMBER_MAX)
		return (refuse(s, start, "a number has too many digits"));
	return (true);
}

/* The four digits of \uXXXX, or -1. */
static int
scan_hex(struct scan *s)
{
	int c, i, value = 0;

	for (i = 0; i < 4; i++, s->at++) {
		c = peek(s);
		if (c >= '0' && c <= '9')
			c -= '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			c = (c | 0x20) - 'a' + 10;
		else
			return (-1);
		value = value * 16 + c;
	}
	return (value);
}

/* What follows a backslash at offset start. */
static bool
scan_escape(struct scan *s, size_t start)
{
	int c = peek(s), code;

	if (c == -1)
		return (refuse(s, s->at, "a string has no end"));
	if (c == 0 || strchr("\"\\/bfnrtu", c) == NULL)
		return (refuse(s, start, "no such escape in a string"));
	s->at++;
	if (c != 'u')
		return (true);
	if ((code = scan_hex(s)) == -1)
		return (refuse(s, s->at, "\\u needs four hex digits"));
	if (code == 0)
		return (refuse(s, start, "\\u0000 is not accepted"));
	if (code < 0xd800 || code > 0xdfff)
		return (true);
	if (code <= 0xdbff && take(s, '\\') && take(s, 'u')) {
		code = scan_hex(s);
		if (code >= 0xdc00 && code <= 0xdfff)
			return (true);
	}
	return (refuse(s, start, "half a surrogate pair"));
}

/* One character of a string, not its end. */
static bool
scan_character(struct scan *s)
{
	int c = peek(s), size;

	if (c < 0x20)
		return (refuse(s, s->at, "a control character in a string"));
	if (c == '\\') {
		s->at++;
		return (scan_escape(s, s->at - 1));
	}
	size = utf8_measure(s->text + s->at, s->len - s->at);
	if (size < 0)
		return (refuse(s, s->at, "not UTF-8"));
	s->at += (size_t)size;
	return (true);
}

/* ASCII that stands for itself: nearly all of a string, so in a tight loop. */
static void
skip_plain(struct scan *s)
{
	size_t      at = s->at;
	signed char c; /* below zero from 0x80 on */

	for (; at < s->len; at++) {
		c = (signed char)s->text[at];
		if (c < 0x20 || c == '"' || c == '\\')
			break;
	}
	s->at = at;
}

static bool
scan_string(struct scan *s)
{
	if (!take(s, '"'))
		return (refuse(s, s->at, "a string is expected"));
	for (skip_plain(s); !take(s, '"'); skip_plain(s)) {
		if (s->at == s->len)
			return (refuse(s, s->at, "a string has no end"));
		if (!scan_character(s))
			return (false);
	}
	return (true);
}

static bool
scan_member(struct scan *s)
{
	size_t start = s->at;

	if (!scan_string(s))
		return (false);
	if (++s->names == s->wanted)
		return (refuse(s, start, "found"));
	skip_space(s);
	if (!take(s, ':'))
		return (refuse(s, s->at, "a colon is expected"));
	return (scan_value(s));
}

static bool
scan_object(struct scan *s)
{
	int members = 0;

	skip_space(s);
	if (take(s, '}'))
		return (true);
	do {
		skip_space(s);
		if (++members > JSON_MEMBERS_MAX)
			return (refuse(s, s->at, "an object is too wide"));
		if (!scan_member(s))
			return (false);
		skip_space(s);
	} while (take(s, ','));
	if (!take(s, '}'))
		return (refuse(s, s->at, "a comma or } is expected"));
	return (true);
}

static bool
scan_array(struct scan *s)
{
	skip_space(s);
	if (take(s, ']'))
		return (true);
	do {
		if (!scan_value(s))
			return (false);
		skip_space(s);
	} while (take(s, ','));
	if (!take(s, ']'))
		return (refuse(s, s->at, "a comma or ] is expected"));
	return (true);
}

static bool
scan_nested(struct scan *s, bool (*scan)(struct scan *))
{
	if (s->depth == JSON_DEPTH_MAX)
		return (refuse(s, s->at, "nested too deeply"));
	s->at++;
	s->depth++;
	if (!scan(s))
		return (false);
	s->depth--;
	return (true);
}

static bool
scan_word(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if (s->len - s->at < len || memcmp(s->text + s->at, word, len) != 0)
		return (refuse(s, s->at, "a value is expected"));
	s->at += len;
	return (true);
}

static bool
scan_value(struct scan *s)
{
	skip_space(s);
	switch (peek(s)) {
	case '{':
		return (scan_nested(s, scan_object));
	case '[':
		return (scan_nested(s, scan_array));
	case '"':
		return (scan_string(s));
	case 't':
		return (scan_word(s, "true"));
	case 'f':
		return (scan_word(s, "false"));
	case 'n':
		return (scan_word(s, "null"));
	case '-':
	case '0' ... '9':
		return (scan_number(s));
	default:
		return (refuse(s, s->at, "a value is expected"));
	}
}

bool
json_scan(const char *text, size_t len, struct json_error *error)
{
	struct scan s = {.text = text, .len = len};

	if (scan_value(&s)) {
		skip_space(&s);
		if (s.at == len)
			return (true);
		refuse(&s, s.at, "something follows the value");
	}
	error->offset = s.at;
	error->problem = s.problem;
	return (false);
}

size_t
json_scan_name(const char *text, size_t len, size_t n)
{
	struct scan s = {.text = text, .len = len, .wanted = n};

	scan_value(&s);
	return (s.at);
}
