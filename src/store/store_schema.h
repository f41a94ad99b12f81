/*
 * The schema's version, as the server sees it.
 */
#ifndef AICHAT_STORE_SCHEMA_H
#define AICHAT_STORE_SCHEMA_H

#include "core/flow.h"

/* The version the database has: column 0 of one row. */
int store_schema_version(struct flow *);

/* The version this program was made for. */
int store_schema_wanted(void);

#endif
