#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "llm/llm_json.h"

#define COUNT_MAX 1000000000000 /* sums of some must not overflow */

/* The four hexadecimal digits at text, or -1. */
static int
read_hex(const char *text, size_t len)
{
	char digits[5] = "";
	int  i;

	if (len < 4)
		return (-1);
	for (i = 0; i < 4; i++)
		if (!isxdigit((unsigned char)text[i]))
			return (-1);
	memcpy(digits, text, 4);
	return ((int)strtol(digits, NULL, 16));
}

/* Write the escape at text, a backslash and more; how long it was, 0 is bad. */
static size_t
mend_escape(struct buf *b, const char *text, size_t len)
{
	int unit;

	if (len < 2)
		return (0);
	if (text[1] != 'u') {
		buf_append(b, text, 2);
		return (2);
	}
	if ((unit = read_hex(text + 2, len - 2)) == -1)
		return (0);
	if (unit >= 0xd800 && unit <= 0xdfff)
		buf_append(b,
		    (char[]){(char)0xed, (char)(0x80 | (unit >> 6 & 0x3f)),
			(char)(0x80 | (unit & 0x3f))},
		    3);
	else if (unit != 0)
		buf_append(b, text, 6);
	return (6);
}

/* Copy text as cJSON can take it; false when it cannot be JSON. */
static bool
mend(struct buf *b, const char *text, size_t len)
{
	size_t at = 0, n;

	while (at < len) {
		for (n = at; n < len && text[n] != '\\' && text[n] != '\0';)
			n++;
		buf_append(b, text + at, n - at);
		at = n;
		if (at == len)
			break;
		n = 1;
		if (text[at] == '\\')
			n = mend_escape(b, text + at, len - at);
		if (n == 0)
			return (false);
		at += n;
	}
	return (true);
}

cJSON *
llm_json_read(const char *text, size_t len)
{
	struct buf b = {0};
	cJSON     *value = NULL;

	/* With its NUL, so that nothing may follow the value. */
	if (len > 0 && mend(&b, text, len) && b.len > 0)
		value = cJSON_ParseWithLengthOpts(b.data, b.len + 1, NULL, 1);
	buf_release(&b);
	return (value);
}

const char *
llm_json_text(const cJSON *object, const char *name)
{
	return (cJSON_GetStringValue(json_member(object, name)));
}

const cJSON *
llm_json_first(const cJSON *object, const char *name)
{
	const cJSON *array = json_member(object, name);

	return (cJSON_IsArray(array) ? array->child : NULL);
}

bool
llm_json_count(const cJSON *object, const char *name, int64_t *out)
{
	return (json_to_integer(json_member(object, name), 0, COUNT_MAX, out));
}
