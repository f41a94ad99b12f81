/*
 * How aichat connects to PostgreSQL: the operator's DATABASE_URL and what
 * the program itself relies on.
 */
#ifndef AICHAT_DB_CONNINFO_H
#define AICHAT_DB_CONNINFO_H

#include <stdint.h>

/* The libpq connection string for url; to be freed with free(). */
char *db_conninfo(const char *url);

/*
 * How long to connect with such a string may take at most, over all its hosts
 * and some addresses of each, in ms; 0: for ever. libpq keeps its
 * connect_timeout by the wall clock, and waits an hour longer when that is set
 * back by one.
 */
uint64_t db_conninfo_limit(const char *conninfo);

#endif
