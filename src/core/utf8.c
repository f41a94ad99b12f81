#include "core/utf8.h"

int
utf8_measure(const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;
	uint8_t        low, high;
	int            i, size;

	if (p[0] < 0x80)
		return (1);
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return (-1);
	size = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	/* These leave out overlong forms, surrogates, and above U+10FFFF. */
	low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
	high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
	for (i = 1; i < size; i++) {
		if ((size_t)i >= len || p[i] < low || p[i] > high)
			return (-i);
		low = 0x80;
		high = 0xbf;
	}
	return (size);
}

uint32_t
utf8_next(const char **text)
{
	/* What the first byte gives, by the length of the sequence. */
	static const uint8_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	const uint8_t       *p = (const uint8_t *)*text;
	uint32_t             code;
	int                  i, size;

	if (*p == '\0')
		return (0);
	/* A NUL ends any sequence, so 4 bytes are never read past it. */
	size = utf8_measure(*text, 4);
	if (size < 0) {
		*text -= size;
		return (0xfffd);
	}
	code = p[0] & masks[size];
	for (i = 1; i < size; i++)
		code = code << 6 | (p[i] & 0x3f);
	*text += size;
	return (code);
}
