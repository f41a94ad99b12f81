#include <arpa/inet.h>
#include <string.h>

#include "core/cidr.h"

#define SEPARATORS  ", "
#define MAPPED_BITS 96 /* of the prefix that maps IPv4 */

static void
map(const struct in_addr *v4, struct in6_addr *out)
{
	memset(out, 0, sizeof(*out));
	out->s6_addr[10] = out->s6_addr[11] = 0xff;
	memcpy(&out->s6_addr[12], v4, sizeof(*v4));
}

static bool
is_port(const char *text, size_t len)
{
	return (len > 1 && len <= 6 && *text == ':' &&
	    strspn(text + 1, "0123456789") >= len - 1);
}

static bool
parse(const char *text, size_t len, struct in6_addr *out)
{
	char           copy[INET6_ADDRSTRLEN];
	struct in_addr v4;

	if (len == 0 || len >= sizeof(copy))
		return (false);
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(AF_INET6, copy, out) == 1)
		return (true);
	if (inet_pton(AF_INET, copy, &v4) != 1)
		return (false);
	map(&v4, out);
	return (true);
}

bool
cidr_address(const char *text, size_t len, struct in6_addr *out)
{
	const char *end;
	size_t      n;

	if (len > 0 && *text == '[') {
		if ((end = memchr(text, ']', len)) == NULL)
			return (false);
		n = (size_t)(end - text) + 1;
		return ((n == len || is_port(text + n, len - n)) &&
		    parse(text + 1, n - 2, out));
	}
	end = memchr(text, ':', len);
	n = end == NULL ? len : (size_t)(end - text);
	if (n < len && is_port(text + n, len - n) &&
	    memchr(text, '.', n) != NULL)
		return (parse(text, n, out));
	return (parse(text, len, out));
}

void
cidr_format(const struct in6_addr *address, char text[INET6_ADDRSTRLEN])
{
	if (IN6_IS_ADDR_V4MAPPED(address))
		inet_ntop(
		    AF_INET, &address->s6_addr[12], text, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, address, text, INET6_ADDRSTRLEN);
}

/* Clear what is behind the first bits. */
static void
mask(struct in6_addr *address, unsigned bits)
{
	unsigned i;

	for (i = bits; i < 128; i++)
		address->s6_addr[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
}

static bool
read_network(const char *text, size_t len, struct cidr *out)
{
	const char *slash = memchr(text, '/', len), *c;
	size_t      n = slash == NULL ? len : (size_t)(slash - text);
	unsigned    max, bits = 0;

	if (!parse(text, n, &out->network))
		return (false);
	max = memchr(text, ':', n) == NULL ? 32 : 128;
	if (slash == NULL)
		bits = max;
	else if (len - n < 2 || len - n > 4)
		return (false);
	for (c = text + n + 1; c < text + len; c++) {
		if (*c < '0' || *c > '9')
			return (false);
		bits = bits * 10 + (unsigned)(*c - '0');
	}
	out->bits = bits + (max == 32 ? MAPPED_BITS : 0);
	if (bits > max)
		return (false);
	mask(&out->network, out->bits);
	return (true);
}

const char *
cidr_list_read(const char *text, struct cidr_list *list)
{
	size_t len;

	list->count = 0;
	for (;; text += len) {
		text += strspn(text, SEPARATORS);
		if ((len = strcspn(text, SEPARATORS)) == 0)
			return (NULL);
		if (list->count == CIDR_MAX ||
		    !read_network(text, len, &list->networks[list->count]))
			return (text);
		list->count++;
	}
}

bool
cidr_list_has(const struct cidr_list *list, const struct in6_addr *address)
{
	struct in6_addr masked;
	size_t          i;

	for (i = 0; i < list->count; i++) {
		masked = *address;
		mask(&masked, list->networks[i].bits);
		if (memcmp(&masked, &list->networks[i].network,
			sizeof(masked)) == 0)
			return (true);
	}
	return (false);
}

/* The last element of the list text[0..*len), which is cut before it. */
static bool
take_last(const char *text, size_t *len, struct in6_addr *out)
{
	size_t begin, end = *len;

	while (end > 0 && text[end - 1] == ' ')
		end--;
	for (begin = end; begin > 0 && text[begin - 1] != ','; begin--)
		continue;
	*len = begin > 0 ? begin - 1 : 0;
	begin += strspn(text + begin, " ");
	return (begin < end && cidr_address(text + begin, end - begin, out));
}

void
cidr_client(const struct cidr_list *trusted, const struct in6_addr *peer,
    const char *forwarded, struct in6_addr *client)
{
	struct in6_addr told;
	size_t          len = forwarded == NULL ? 0 : strlen(forwarded);

	*client = *peer;
	while (len > 0 && cidr_list_has(trusted, client) &&
	    take_last(forwarded, &len, &told))
		*client = told;
}

void
cidr_key(const struct in6_addr *address, char text[INET6_ADDRSTRLEN])
{
	struct in6_addr masked = *address;

	if (!IN6_IS_ADDR_V4MAPPED(address))
		mask(&masked, 64);
	cidr_format(&masked, text);
}
