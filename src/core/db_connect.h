/*
 * Opening a connection to PostgreSQL, on a thread that may wait for it.
 *
 * libpq's PQconnectdb() keeps connect_timeout by the wall clock: when that is
 * set back by an hour, it waits an hour for a server that has fallen silent.
 * Here each address has its time by the steady clock. Otherwise it is as libpq
 * has it (its manual, 34.1.1): hosts in their order, all addresses of each,
 * target_session_attrs.
 */
#ifndef AICHAT_DB_CONNECT_H
#define AICHAT_DB_CONNECT_H

#include <libpq-fe.h>

/* One of conninfo's servers, the caller's to PQfinish(); NULL when none could
 * be had. */
PGconn *db_connect(const char *conninfo);

#endif
