#include <stdio.h>
#include <string.h>

#include "api/v1_id.h"

#define HEX_DIGITS 32

static const struct {
	const char *before;
	const char *behind;
} kinds[] = {
    [V1_ID_RESPONSE] = {"resp_", ""},
    [V1_ID_CONVERSATION] = {"conv_", ""},
    [V1_ID_MESSAGE] = {"msg_", ""},
    [V1_ID_PROMPT] = {"msg_", "_in"},
    [V1_ID_COMPLETION] = {"chatcmpl-", ""},
};

void
v1_id_format(enum v1_id kind, const struct uuid *id, char text[V1_ID_SIZE])
{
	size_t i;
	int    n;

	n = snprintf(text, V1_ID_SIZE, "%s", kinds[kind].before);
	for (i = 0; i < sizeof(id->bytes); i++)
		n += snprintf(
		    text + n, V1_ID_SIZE - (size_t)n, "%02x", id->bytes[i]);
	snprintf(text + n, V1_ID_SIZE - (size_t)n, "%s", kinds[kind].behind);
}

static int
digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char       *at = c != '\0' ? strchr(digits, c) : NULL;

	return (at != NULL ? (int)(at - digits) : -1);
}

bool
v1_id_parse(enum v1_id kind, const char *text, struct uuid *id)
{
	size_t n = strlen(kinds[kind].before);
	int    i, high, low;

	if (strncmp(text, kinds[kind].before, n) != 0 ||
	    strlen(text) != n + HEX_DIGITS + strlen(kinds[kind].behind) ||
	    strcmp(text + n + HEX_DIGITS, kinds[kind].behind) != 0)
		return (false);
	for (i = 0; i < HEX_DIGITS / 2; i++) {
		high = digit(text[n + 2 * (size_t)i]);
		low = digit(text[n + 2 * (size_t)i + 1]);
		if (high < 0 || low < 0)
			return (false);
		id->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return (true);
}
