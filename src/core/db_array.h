/*
 * Arrays as parameters, in text form (PostgreSQL manual, 8.15.6).
 */
#ifndef AICHAT_DB_ARRAY_H
#define AICHAT_DB_ARRAY_H

#include "core/buf.h"
#include "core/db.h"

/* The next element of an array that is being written: len bytes, or SQL's
 * NULL for NULL. */
void db_array_add(struct buf *, const char *text, size_t len);

/* Bind the array, which may have no element, and wipe the buf. */
void db_bind_array(struct db_call *, struct buf *);

#endif
