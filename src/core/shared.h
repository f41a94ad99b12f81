/*
 * Memory that all processes of the server share.
 */
#ifndef AICHAT_SHARED_H
#define AICHAT_SHARED_H

#include <stddef.h>

/* Zeroed, for good; in the parent before it forks. Pages nobody writes to cost
 * nothing. */
void *shared_new(size_t);

#endif
