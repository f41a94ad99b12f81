#include <string.h>

#include "core/cidr.h"
#include "core/client_address.h"
#include "core/config.h"

/* Read once; config_check_networks() has accepted it. */
static const struct cidr_list *
trusted(void)
{
	static struct cidr_list list;
	static bool             known;

	if (!known) {
		(void)cidr_list_read(config.trusted_proxies, &list);
		known = true;
	}
	return (&list);
}

static void
find(struct flow *f, struct in6_addr *out)
{
	const struct connection *c = f->req->owner;
	const char              *forwarded = NULL;
	struct in6_addr          peer = IN6ADDR_ANY_INIT;

	if (c != NULL && c->family == AF_INET6) {
		peer = c->addr.ipv6.sin6_addr;
	} else if (c != NULL && c->family == AF_INET) {
		peer.s6_addr[10] = peer.s6_addr[11] = 0xff;
		memcpy(&peer.s6_addr[12], &c->addr.ipv4.sin_addr,
		    sizeof(c->addr.ipv4.sin_addr));
	}
	(void)http_request_header(f->req, "x-forwarded-for", &forwarded);
	cidr_client(trusted(), &peer, forwarded, out);
}

void
client_address(struct flow *f, char text[INET6_ADDRSTRLEN])
{
	struct in6_addr address;

	find(f, &address);
	cidr_format(&address, text);
}

void
client_address_key(struct flow *f, char text[INET6_ADDRSTRLEN])
{
	struct in6_addr address;

	find(f, &address);
	cidr_key(&address, text);
}
