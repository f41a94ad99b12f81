#include "harness.h"

struct block {
	struct block *next;
	max_align_t   memory[];
};

static struct block *blocks;

void *
scratch_alloc(size_t size)
{
	struct block *b = calloc(1, sizeof(*b) + size);

	if (b == NULL)
		abort();
	b->next = blocks;
	blocks = b;
	return (b->memory);
}

char *
scratch_printf(const char *fmt, ...)
{
	va_list args;
	char   *text, *kept;
	int     len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len == -1)
		abort();
	kept = scratch_alloc((size_t)len + 1);
	memcpy(kept, text, (size_t)len + 1);
	free(text);
	return (kept);
}

/* Files of /proc have no size, so they are read to their end. */
char *
scratch_file(const char *path)
{
	FILE  *fp = fopen(path, "re"), *copy;
	char   bytes[16384], *text = NULL, *kept;
	size_t n, len;

	if (fp == NULL)
		return (scratch_printf("%s", ""));
	if ((copy = open_memstream(&text, &len)) == NULL)
		abort();
	while ((n = fread(bytes, 1, sizeof(bytes), fp)) > 0)
		fwrite(bytes, 1, n, copy);
	fclose(copy);
	fclose(fp);
	kept = scratch_alloc(len + 1);
	memcpy(kept, text, len + 1);
	free(text);
	return (kept);
}

void
scratch_release(void)
{
	struct block *b;

	while ((b = blocks) != NULL) {
		blocks = b->next;
		free(b);
	}
}
