/*
 * Whatever is accepted is rewritten into a head that fits, that is accepted
 * again and means the same, and that holds nothing Kore's parser stumbles
 * over; and no verdict depends on how the bytes were split.
 */
/* links: kore/http_head.c kore/http_head_scan.c kore/http_head_rewrite.c | */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "kore/http_head.h"

#define CHECK(c) \
	do { \
		if (!(c)) { \
			fprintf(stderr, "line %d: %s\n", __LINE__, #c); \
			abort(); \
		} \
	} while (0)

#define KORE_LINES_MAX 24
#define SPLITS_MAX     256 /* prefixes tried; all of them is quadratic */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const kept[] = {"host", "connection", "content-length",
    "content-type", "authorization", "accept", "accept-encoding",
    "idempotency-key", "last-event-id", "x-request-id", "user-agent",
    "x-forwarded-for", "origin", "if-none-match"};

/* Memory of exactly len bytes, so that a sanitizer sees the next one read. */
static char *
exactly(const void *data, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);

	CHECK(copy != NULL);
	memcpy(copy, data, len);
	return (copy);
}

/* As much as is known never changes with more bytes. */
static void
check_prefix(const uint8_t *data, size_t len, enum error whole,
    const struct http_head *head)
{
	char            *text = exactly(data, len);
	struct http_head part;
	enum error       e = http_head_read(text, len, &part);

	CHECK(e == ERR_NONE || part.size == 0);
	CHECK(part.size <= len);
	if (e != ERR_NONE)
		CHECK(e == whole);
	else if (part.size > 0)
		CHECK(whole == ERR_NONE && part.size == head->size);
	free(text);
}

static void
check_field(const char *line, size_t len, unsigned seen[])
{
	const char *colon = memchr(line, ':', len);
	size_t      name, i;

	CHECK(colon != NULL);
	name = (size_t)(colon - line);
	CHECK(name + 1 < len);
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (strlen(kept[i]) == name &&
		    strncasecmp(line, kept[i], name) == 0)
			break;
	CHECK(i < sizeof(kept) / sizeof(kept[0]));
	CHECK(seen[i]++ == 0);
	for (i = 0; i < len; i++)
		CHECK(line[i] >= ' ' && line[i] <= '~');
}

/* Lines as Kore takes them apart. */
static void
check_lines(const char *text, size_t len)
{
	unsigned    seen[sizeof(kept) / sizeof(kept[0])] = {0};
	const char *line = text, *end;
	unsigned    lines = 0;

	CHECK(len > 4 && memmem(text, len, "\r\n\r\n", 4) == text + len - 4);
	for (; line < text + len - 2; line = end + 2) {
		end = memmem(line, (size_t)(text + len - line), "\r\n", 2);
		CHECK(end != NULL);
		CHECK(++lines <= KORE_LINES_MAX);
		if (lines > 1)
			check_field(line, (size_t)(end - line), seen);
	}
	CHECK(seen[0] == 1);
}

static void
check_rewriting(const char *text, const struct http_head *head)
{
	size_t           room = head->size + HTTP_HEAD_GROWTH, len;
	char            *out = malloc(room), *tight, *twice;
	struct http_head again;

	CHECK(out != NULL);
	len = http_head_rewrite(text, head, out, room);
	CHECK(len > 0 && len <= room);
	tight = exactly(out, len);
	CHECK(http_head_rewrite(text, head, out, len - 1) == 0);
	check_lines(tight, len);

	CHECK(http_head_read(tight, len, &again) == ERR_NONE);
	CHECK(again.size == len);
	CHECK(again.body_size == head->body_size);
	CHECK(again.version_1_0 == head->version_1_0);
	CHECK(again.method_len == head->method_len);
	CHECK(memcmp(again.method, head->method, head->method_len) == 0);
	CHECK(head->host_len == 0 ||
	    (again.host_len == head->host_len &&
		memcmp(again.host, head->host, head->host_len) == 0));

	twice = malloc(len);
	CHECK(twice != NULL);
	CHECK(http_head_rewrite(tight, &again, twice, len) == len);
	CHECK(memcmp(twice, tight, len) == 0);
	free(twice);
	free(tight);
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char            *text = exactly(data, size);
	struct http_head head;
	enum error       e;
	size_t           n, step;

	e = http_head_read(text, size, &head);
	if (e == ERR_NONE && head.size > 0)
		check_rewriting(text, &head);
	step = size / SPLITS_MAX + 1;
	for (n = 0; n < size; n += step)
		check_prefix(data, n, e, &head);
	free(text);
	return (0);
}
