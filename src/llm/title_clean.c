#include <stddef.h>
#include <string.h>

#include "llm/title.h"

#define TITLE_MAX 80 /* characters */

/* What models put around a title. */
static const char *const marks[] = {"\"", "'", "`", "*", "#", " ", "\t",
    "\xe2\x80\x9c", "\xe2\x80\x9d", "\xc2\xab", "\xc2\xbb"};

/* The length of a mark at the beginning, or the end, of a text; 0: none. */
static size_t
mark_of(const char *text, size_t len, bool at_end)
{
	size_t i, n;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		n = strlen(marks[i]);
		if (n <= len &&
		    memcmp(at_end ? text + len - n : text, marks[i], n) == 0)
			return (n);
	}
	return (0);
}

bool
title_clean(char *text)
{
	char  *start = text + strspn(text, " \t\r\n");
	size_t len = strcspn(start, "\r\n"), n, count = 0, i;

	while ((n = mark_of(start, len, false)) > 0) {
		start += n;
		len -= n;
	}
	while ((n = mark_of(start, len, true)) > 0)
		len -= n;
	for (i = 0; i < len; i++) {
		count += ((unsigned char)start[i] & 0xc0) != 0x80;
		if (count > TITLE_MAX)
			break;
	}
	memmove(text, start, i);
	text[i] = '\0';
	return (i > 0);
}
