/*
 * The web page's files, as src/web/build.mjs packed them: each as it is, and
 * compressed with gzip and brotli.
 */
#ifndef AICHAT_PAGE_FILES_H
#define AICHAT_PAGE_FILES_H

#include <stddef.h>

struct page_bytes {
	const void *at;
	size_t      len;
};

struct page_file {
	const char       *path; /* of the URL */
	const char       *type; /* Content-Type */
	const char       *etag; /* with its quotation marks */
	struct page_bytes identity;
	struct page_bytes gzip;
	struct page_bytes br;
};

/* The file of this path, the worker's own; NULL when there is none. */
const struct page_file *page_file(const char *path);

#endif
