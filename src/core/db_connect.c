#include <kore/kore.h>

#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/db_connect.h"
#include "core/db_conninfo.h"

#define PIECE_MAX 256 /* a host's name, with its NUL */
#define OVERRIDES 4

struct address {
	const char *host, *hostaddr, *port; /* "": libpq's default */
	const char *session_attrs;
};

static const char *
value_of(const PQconninfoOption *options, const char *keyword)
{
	const char *value = db_conninfo_value(options, keyword);

	return (value != NULL ? value : "");
}

static int
pieces_of(const char *list)
{
	int n = 1;

	for (; *list != '\0'; list++)
		n += *list == ',';
	return (n);
}

/* The i-th of a list with commas; its only one is everybody's. */
static void
piece_of(const char *list, int i, char out[PIECE_MAX])
{
	if (pieces_of(list) > 1)
		for (; i > 0; i--)
			list += strcspn(list, ",") + 1;
	snprintf(out, PIECE_MAX, "%.*s", (int)strcspn(list, ","), list);
}

/* Whether it is open before the deadline (0: there is none). */
static bool
await_open(PGconn *db, uint64_t deadline)
{
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;
	struct pollfd             pfd;
	uint64_t                  now;

	while (PQstatus(db) != CONNECTION_BAD && status != PGRES_POLLING_OK &&
	    status != PGRES_POLLING_FAILED) {
		now = kore_time_ms();
		pfd.fd = PQsocket(db);
		pfd.events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		if (deadline != 0 && now >= deadline)
			return (false);
		if (poll(&pfd, 1, deadline != 0 ? (int)(deadline - now) : -1) >
		    0)
			status = PQconnectPoll(db);
	}
	return (status == PGRES_POLLING_OK);
}

static PGconn *
open_address(const PQconninfoOption *options, const struct address *a)
{
	const char *keywords[64] = {NULL}, *values[64] = {NULL};
	int         n = 0, seconds;
	PGconn     *db;

	for (; options[n].keyword != NULL && n < 64 - OVERRIDES - 1; n++) {
		keywords[n] = options[n].keyword;
		values[n] = options[n].val;
	}
	seconds = atoi(value_of(options, "connect_timeout"));
	/* The last one of a keyword counts. */
	keywords[n] = "host";
	values[n++] = a->host;
	keywords[n] = "hostaddr";
	values[n++] = a->hostaddr;
	keywords[n] = "port";
	values[n++] = a->port;
	keywords[n] = "target_session_attrs";
	values[n++] = a->session_attrs;
	db = PQconnectStartParams(keywords, values, 0);
	if (await_open(db,
		seconds > 0 ? kore_time_ms() + (uint64_t)seconds * 1000 : 0))
		return (db);
	PQfinish(db);
	return (NULL);
}

/* All addresses a name has, one after another. */
static PGconn *
open_name(const PQconninfoOption *options, struct address a)
{
	const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
	struct addrinfo      *found, *i;
	char                  text[PIECE_MAX];
	PGconn               *db = NULL;

	if (getaddrinfo(a.host, NULL, &wanted, &found) != 0)
		return (NULL);
	a.hostaddr = text;
	for (i = found; db == NULL && i != NULL; i = i->ai_next)
		if (getnameinfo(i->ai_addr, i->ai_addrlen, text, sizeof(text),
			NULL, 0, NI_NUMERICHOST) == 0)
			db = open_address(options, &a);
	freeaddrinfo(found);
	return (db);
}

static PGconn *
open_any(const PQconninfoOption *options, const char *session_attrs)
{
	char           host[PIECE_MAX], hostaddr[PIECE_MAX], port[PIECE_MAX];
	struct address a = {host, hostaddr, port, session_attrs};
	const char    *hosts = value_of(options, "host");
	const char    *addresses = value_of(options, "hostaddr");
	PGconn        *db = NULL;
	int            i, n;

	n = pieces_of(addresses[0] != '\0' ? addresses : hosts);
	for (i = 0; db == NULL && i < n; i++) {
		piece_of(hosts, i, host);
		piece_of(addresses, i, hostaddr);
		piece_of(value_of(options, "port"), i, port);
		/* Without a name it is a socket's file, or the default. */
		if (hostaddr[0] != '\0' || strchr("/@", host[0]) != NULL)
			db = open_address(options, &a);
		else
			db = open_name(options, a);
	}
	return (db);
}

PGconn *
db_connect(const char *conninfo)
{
	PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
	const char       *session_attrs;
	PGconn           *db;

	if (options == NULL)
		return (NULL);
	session_attrs = value_of(options, "target_session_attrs");
	if (strcmp(session_attrs, "prefer-standby") != 0)
		db = open_any(options, session_attrs);
	else if ((db = open_any(options, "standby")) == NULL)
		db = open_any(options, "any");
	PQconninfoFree(options);
	return (db);
}
