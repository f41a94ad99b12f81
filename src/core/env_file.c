#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/env_file.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
#define DIGITS  "0123456789"
#define BLANKS  " \t"

static bool
blank(char c)
{
	return (c == ' ' || c == '\t');
}

/* Whether only blanks and perhaps a comment are left. */
static bool
at_end(const char *p)
{
	p += strspn(p, BLANKS);
	return (*p == '\0' || *p == '#');
}

/* Up to a comment, which a blank precedes, without trailing blanks. */
static void
cut_plain(char *p)
{
	char *end;

	/* The caller skipped blanks before p: "NAME= # none" is empty. */
	for (end = p; *end != '\0'; end++)
		if (*end == '#' && blank(end[-1]))
			break;
	while (end > p && blank(end[-1]))
		end--;
	*end = '\0';
}

static const char *
read_single(char *p)
{
	char *end = strchr(p, '\'');

	if (end == NULL)
		return ("the closing quote is missing");
	*end = '\0';
	return (at_end(end + 1) ? NULL : "something follows the quote");
}

/* Takes the escapes out in place. */
static const char *
read_double(char *p)
{
	char *out = p;

	for (; *p != '"'; p++) {
		if (*p == '\\') {
			p++;
			if (*p == '\0' || strchr("n\"\\$", *p) == NULL)
				return ("only \\n \\\" \\\\ \\$ are known");
			*out++ = *p == 'n' ? '\n' : *p;
		} else if (*p == '\0') {
			return ("the closing quote is missing");
		} else {
			*out++ = *p;
		}
	}
	*out = '\0';
	return (at_end(p + 1) ? NULL : "something follows the quote");
}

/* Turn text, what follows the equals sign, into *value; or the problem. */
static const char *
read_value(char *text, const char **value)
{
	char *p = text + strspn(text, BLANKS);

	*value = p + (*p == '\'' || *p == '"');
	if (*p == '\'')
		return (read_single(p + 1));
	if (*p == '"')
		return (read_double(p + 1));
	cut_plain(p);
	return (NULL);
}

/* Split text in place into name and value; or the problem. */
static const char *
read_line(char *text, struct env_line *line)
{
	size_t n;

	if (strncmp(text, "export", 6) == 0 && strspn(text + 6, BLANKS) > 0)
		text += 6 + strspn(text + 6, BLANKS);
	n = strspn(text, LETTERS);
	if (n > 0)
		n += strspn(text + n, LETTERS DIGITS);
	if (n == 0 || text[n] != '=')
		return ("NAME=value is expected");
	text[n] = '\0';
	line->name = text;
	return (read_value(text + n + 1, &line->value));
}

/* The line in text without its end; false when it holds a NUL. */
static bool
trim(char *text, size_t len)
{
	if (strlen(text) != len)
		return (false);
	while (len > 0 && strchr("\r\n", text[len - 1]) != NULL)
		text[--len] = '\0';
	return (true);
}

static void
read_lines(FILE *fp, struct env_line                     *line,
    void (*found)(const struct env_line *, void *), void *arg,
    struct buf *problems)
{
	char       *start, *text = NULL;
	const char *problem;
	size_t      size = 0;
	ssize_t     len;

	while ((len = getline(&text, &size, fp)) != -1) {
		line->number++;
		problem = "a NUL byte is in it";
		if (trim(text, (size_t)len)) {
			start = text + strspn(text, BLANKS);
			if (at_end(start))
				continue;
			problem = read_line(start, line);
		}
		if (problem == NULL)
			found(line, arg);
		else
			buf_printf(problems, "%s:%d: %s\n", line->file,
			    line->number, problem);
	}
	free(text);
}

bool
env_file_read(const char *file, void (*found)(const struct env_line *, void *),
    void *arg, struct buf *problems)
{
	struct env_line line = {.file = file};
	FILE           *fp;

	if ((fp = fopen(file, "re")) == NULL) {
		if (errno == ENOENT)
			return (false);
		buf_printf(problems, "%s: %s\n", file, strerror(errno));
		return (true);
	}
	read_lines(fp, &line, found, arg, problems);
	if (ferror(fp))
		buf_printf(problems, "%s: %s\n", file, strerror(errno));
	fclose(fp);
	return (true);
}
