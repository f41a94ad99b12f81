/*
 * The verdict on a head that was read.
 */
#include <arpa/inet.h>

#include <string.h>

#include "kore/http_head_inside.h"

#define HOST_MAX      252
#define PORT_DIGITS   5
#define LENGTH_DIGITS 18 /* always fits Kore's long */

static bool
is_ascii(struct text t)
{
	while (t.len > 0)
		if ((unsigned char)t.at[--t.len] > 0x7f)
			return (false);
	return (true);
}

static bool
read_number(struct text t, uint64_t *out)
{
	size_t i;

	*out = 0;
	for (i = 0; i < t.len; i++) {
		if (t.at[i] < '0' || t.at[i] > '9')
			return (false);
		*out = *out * 10 + (uint64_t)(t.at[i] - '0');
	}
	return (t.len > 0);
}

static size_t
measure_address(struct text t)
{
	char            address[INET6_ADDRSTRLEN];
	struct in6_addr binary;
	const char     *close = memchr(t.at, ']', t.len);
	size_t          len;

	if (close == NULL)
		return (0);
	len = (size_t)(close - t.at) - 1;
	if (len >= sizeof(address))
		return (0);
	memcpy(address, t.at + 1, len);
	address[len] = '\0';
	return (inet_pton(AF_INET6, address, &binary) == 1 ? len + 2 : 0);
}

/* uri-host [ ":" port ] (RFC 9110, section 7.2). */
static enum error
judge_host(const struct request *req, struct http_head *head)
{
	struct text t = req->first[FIELD_HOST], port;
	uint64_t    number;

	head->host = "";
	if (req->count[FIELD_HOST] == 0)
		return (req->version_1_0 ? ERR_NONE : ERR_MALFORMED_REQUEST);
	if (t.len == 0 || t.len > HOST_MAX)
		return (ERR_MALFORMED_REQUEST);
	head->host = t.at;
	head->host_len = *t.at == '[' ? measure_address(t)
				      : text_measure_name(t);
	if (head->host_len == 0)
		return (ERR_MALFORMED_REQUEST);
	port.at = t.at + head->host_len;
	port.len = t.len - head->host_len;
	if (port.len == 0 || (port.len == 1 && *port.at == ':'))
		return (ERR_NONE);
	if (*port.at++ != ':' || --port.len > PORT_DIGITS ||
	    !read_number(port, &number))
		return (ERR_MALFORMED_REQUEST);
	return (ERR_NONE);
}

static enum error
judge_body(const struct request *req, struct http_head *head)
{
	struct text t = req->first[FIELD_CONTENT_LENGTH];

	head->has_body_size = (req->count[FIELD_CONTENT_LENGTH] > 0);
	if (head->has_body_size &&
	    (t.len > LENGTH_DIGITS || !read_number(t, &head->body_size)))
		return (ERR_MALFORMED_REQUEST);
	if (head->body_size > 0 && req->method->body == BODY_NONE)
		return (ERR_MALFORMED_REQUEST);
	head->is_delete_with_body = (head->body_size > 0 &&
	    req->method->body == BODY_MAY);
	return (ERR_NONE);
}

/* RFC 9110, section 10.1.1. */
static enum error
judge_expect(const struct request *req, struct http_head *head)
{
	struct text t = req->first[FIELD_EXPECT];

	if (t.len == 0)
		return (ERR_NONE);
	if (req->count[FIELD_EXPECT] > 1 || !text_equal(t, "100-continue", 12))
		return (ERR_EXPECTATION_FAILED);
	head->expects_continue = !req->version_1_0;
	return (ERR_NONE);
}

static enum error
judge(const struct request *req, struct http_head *head)
{
	enum error e;
	unsigned   i;

	if (req->count[FIELD_TRANSFER_ENCODING] > 0)
		return (ERR_TRANSFER_ENCODING);
	for (i = 0; i < FIELD__MAX; i++)
		if (http_head_fields[i].use == ONCE &&
		    (req->count[i] > 1 || !is_ascii(req->first[i])))
			return (ERR_MALFORMED_REQUEST);
	if ((e = judge_host(req, head)) != ERR_NONE ||
	    (e = judge_body(req, head)) != ERR_NONE)
		return (e);
	return (judge_expect(req, head));
}

enum error
http_head_read(const char *data, size_t len, struct http_head *head)
{
	struct reader  r = {data, data + len, ERR_NONE};
	struct request req;
	enum error     e;

	memset(head, 0, sizeof(*head));
	if (!http_head_scan(&r, &req))
		return (r.error);
	if ((e = judge(&req, head)) != ERR_NONE)
		return (e);
	head->size = (size_t)(r.at - data);
	head->method = req.method_text.at;
	head->method_len = req.method_text.len;
	head->version_1_0 = req.version_1_0;
	return (ERR_NONE);
}
