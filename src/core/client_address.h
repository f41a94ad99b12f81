/*
 * Where a request comes from: the socket's peer or, when that is one of
 * TRUSTED_PROXIES, the client it names in X-Forwarded-For (core/cidr.h).
 */
#ifndef AICHAT_CLIENT_ADDRESS_H
#define AICHAT_CLIENT_ADDRESS_H

#include <netinet/in.h>

#include "core/flow.h"

/* As text, "192.0.2.1" or "2001:db8::1", which PostgreSQL's inet takes. */
void client_address(struct flow *, char text[INET6_ADDRSTRLEN]);

/* The same for counting: an IPv6 client is its /64. */
void client_address_key(struct flow *, char text[INET6_ADDRSTRLEN]);

#endif
