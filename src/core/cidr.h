/*
 * Addresses and networks, IPv4 and IPv6, in one form: an IPv4 address is the
 * IPv6 address that maps it (RFC 4291, section 2.5.5.2). Pure.
 */
#ifndef AICHAT_CIDR_H
#define AICHAT_CIDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#define CIDR_MAX 64 /* networks in a list */

struct cidr {
	struct in6_addr network;
	unsigned        bits; /* of the prefix, 0 to 128 */
};

struct cidr_list {
	struct cidr networks[CIDR_MAX];
	size_t      count;
};

/*
 * An address as text of len bytes, also as an element of X-Forwarded-For may
 * have it: in brackets, and with a port behind brackets or IPv4.
 */
bool cidr_address(const char *text, size_t len, struct in6_addr *);

/* The text of an address; IPv4 in its own form. */
void cidr_format(const struct in6_addr *, char text[INET6_ADDRSTRLEN]);

/*
 * Networks separated by commas or spaces: "10.0.0.0/8, ::1". Returns NULL, or
 * the first one that is not a network (in text, not terminated).
 */
const char *cidr_list_read(const char *text, struct cidr_list *);

bool cidr_list_has(const struct cidr_list *, const struct in6_addr *);

/*
 * The client behind trusted proxies: each proxy appends to X-Forwarded-For
 * whom it saw, so it is the right-most entry that is not itself a trusted
 * proxy; the peer, when that is not trusted. What stands left of that entry
 * may be made up. An entry that is no address ends the search with the hop
 * that told it. forwarded may be NULL.
 */
void cidr_client(const struct cidr_list *trusted, const struct in6_addr *peer,
    const char *forwarded, struct in6_addr *client);

/*
 * What counts as one address where attempts are counted: an IPv6 client has a
 * /64 to choose from (RFC 4291, section 2.5.4), so it is that.
 */
void cidr_key(const struct in6_addr *, char text[INET6_ADDRSTRLEN]);

#endif
