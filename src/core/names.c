#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wctype.h>

#include "core/names.h"
#include "core/utf8.h"

#define LOCAL_PART_MAX 64 /* RFC 5321, section 4.5.3.1.1 */
#define LABEL_MAX      63 /* RFC 1035, section 2.3.4 */

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define ATEXT ALNUM "!#$%&'*+-/=?^_`{|}~" /* RFC 5322, section 3.2.3 */

struct range {
	uint32_t first, last;
};

/* The Unicode Character Database's White_Space, lines and paragraphs too. */
static const struct range spaces[] = {{0x09, 0x0d}, {0x20, 0x20}, {0x85, 0x85},
    {0xa0, 0xa0}, {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029},
    {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}};

/* Controls, Default_Ignorable_Code_Point, private use, noncharacters. */
static const struct range invisible[] = {{0x01, 0x1f}, {0x7f, 0x9f},
    {0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c}, {0x115f, 0x1160},
    {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164}, {0xe000, 0xf8ff}, {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xfffe, 0xffff},
    {0xe0000, 0x10ffff}};

static bool
is_in(uint32_t c, const struct range *ranges, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return (true);
	return (false);
}

#define IN(c, ranges) is_in(c, ranges, sizeof(ranges) / sizeof((ranges)[0]))

void
names_trim(const char *text, char *out, size_t size)
{
	const char *p = text, *begin = NULL, *end = text, *at;
	uint32_t    c;

	for (at = p; (c = utf8_next(&p)) != 0; at = p) {
		if (IN(c, spaces))
			continue;
		if (begin == NULL)
			begin = at;
		end = p;
	}
	if (begin == NULL)
		begin = end;
	snprintf(out, size, "%.*s", (int)(end - begin), begin);
}

const char *
names_check_username(const char *name)
{
	const char *p = name;
	uint32_t    c;
	bool        visible = false;

	if (strlen(name) > NAMES_USERNAME_MAX)
		return ("username must not be longer than 150 bytes");
	while ((c = utf8_next(&p)) != 0) {
		if (IN(c, invisible))
			return ("username must not have invisible characters");
		visible |= !IN(c, spaces);
	}
	return (visible ? NULL : "username must be visible text");
}

/* Dots between parts that are not empty, of these characters or beyond
 * ASCII. */
static bool
is_dotted(const char *text, size_t len, const char *accepted, size_t part_max)
{
	size_t i, part = 0;

	for (i = 0; i < len; i++) {
		if (text[i] == '.') {
			if (part == 0)
				return (false);
			part = 0;
			continue;
		}
		if ((unsigned char)text[i] < 0x80 &&
		    strchr(accepted, text[i]) == NULL)
			return (false);
		if (++part > part_max)
			return (false);
	}
	return (part > 0);
}

static bool
is_domain(const char *text)
{
	size_t len = strlen(text);

	return (is_dotted(text, len, ALNUM "-", LABEL_MAX) && text[0] != '-' &&
	    text[len - 1] != '-' && strstr(text, ".-") == NULL &&
	    strstr(text, "-.") == NULL);
}

const char *
names_check_email(const char *email)
{
	const char *at = strrchr(email, '@'), *p = email;
	uint32_t    c;

	if (strlen(email) > NAMES_EMAIL_MAX)
		return ("email must not be longer than 254 bytes");
	if (at == NULL || at - email > LOCAL_PART_MAX ||
	    !is_dotted(email, (size_t)(at - email), ATEXT, LOCAL_PART_MAX) ||
	    !is_domain(at + 1))
		return ("email is not an e-mail address");
	while ((c = utf8_next(&p)) != 0)
		if (IN(c, invisible) || IN(c, spaces))
			return ("email is not an e-mail address");
	return (NULL);
}

int
names_length(const char *text)
{
	int n = 0;

	while (utf8_next(&text) != 0)
		n++;
	return (n);
}

/* glibc has this locale compiled in; the program's own is "C". */
static uint32_t
lower(uint32_t c)
{
	static locale_t unicode;

	if (unicode == (locale_t)0)
		unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (unicode == (locale_t)0)
		return (c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
	return ((uint32_t)towlower_l((wint_t)c, unicode));
}

bool
names_equal(const char *a, const char *b)
{
	uint32_t x, y;

	do {
		x = utf8_next(&a);
		y = utf8_next(&b);
		if (lower(x) != lower(y))
			return (false);
	} while (x != 0);
	return (true);
}
