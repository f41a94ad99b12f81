/*
 * How aichat connects to PostgreSQL: the operator's DATABASE_URL and what
 * the program itself relies on.
 */
#ifndef AICHAT_DB_CONNINFO_H
#define AICHAT_DB_CONNINFO_H

#include <libpq-fe.h>

/* The libpq connection string for url; to be freed with free(). */
char *db_conninfo(const char *url);

/* Of what PQconninfoParse() gave; NULL: it is not set. */
const char *db_conninfo_value(const PQconninfoOption *, const char *keyword);

#endif
