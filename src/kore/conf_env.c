/*
 * $NAME in kore.conf takes the value of the environment, as in Kore 4.2.
 * A dollar that no capital letter follows stays: regular expressions end so. A
 * line whose value is empty is left out.
 */
#include <kore/kore.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *__real_kore_read_line(FILE *, char *, size_t);
char *__wrap_kore_read_line(FILE *, char *, size_t);

static size_t
name_length(const char *s)
{
	size_t n = 0;

	if (!isupper((unsigned char)s[0]))
		return (0);
	while (isupper((unsigned char)s[n]) || isdigit((unsigned char)s[n]) ||
	    s[n] == '_')
		n++;
	return (n);
}

static const char *
value_of(const char *name, size_t len)
{
	char        key[64];
	const char *value;

	if (len >= sizeof(key))
		fatalx("kore.conf: name too long: %s", name);
	memcpy(key, name, len);
	key[len] = '\0';
	if ((value = getenv(key)) == NULL)
		fatalx("kore.conf: %s is not set", key);
	return (value);
}

static char *
leave_out(char *line)
{
	line[0] = '\0';
	return (line);
}

char *
__wrap_kore_read_line(FILE *fp, char *in, size_t size)
{
	char       *line, *s, out[BUFSIZ];
	const char *value;
	size_t      n, len = 0;

	line = __real_kore_read_line(fp, in, size);
	if (line == NULL || strchr(line, '$') == NULL)
		return (line);
	for (s = line; *s != '\0';) {
		n = *s == '$' ? name_length(s + 1) : 0;
		value = n > 0 ? value_of(s + 1, n) : s;
		if (*value == '\0')
			return (leave_out(in));
		s += n + 1;
		n = n > 0 ? strlen(value) : 1;
		if (len + n >= sizeof(out) || len + n >= size)
			fatalx("kore.conf: line too long");
		memcpy(out + len, value, n);
		len += n;
	}
	memcpy(in, out, len);
	in[len] = '\0';
	return (in);
}
