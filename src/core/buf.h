/*
 * A growable run of bytes: what JSON, log lines and event streams are
 * written into. A zeroed struct buf is an empty one. Memory comes from
 * malloc, not from Kore's pools, so that sanitizers see it and the code on
 * top of it can be tested without Kore.
 */
#ifndef AICHAT_BUF_H
#define AICHAT_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char  *data; /* NUL-terminated once anything was appended */
	size_t len;  /* bytes used, without that NUL */
	size_t cap;
};

/* Make room for n more bytes; aborts when memory is exhausted. */
void buf_reserve(struct buf *, size_t n);

void buf_append(struct buf *, const void *, size_t);
void buf_text(struct buf *, const char *);
void buf_char(struct buf *, char);
void buf_int(struct buf *, int64_t);
void buf_printf(struct buf *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *, const char *, va_list)
    __attribute__((format(printf, 2, 0)));

/* Drop the first n bytes. */
void buf_consume(struct buf *, size_t n);

/* Drop all behind the first len bytes. */
void buf_truncate(struct buf *, size_t len);

/* Free the memory and make it an empty buf again; may be called twice. */
void buf_release(struct buf *);

/* The same, and overwrite what it held: for passwords and tokens. */
void buf_wipe(struct buf *);

#endif
