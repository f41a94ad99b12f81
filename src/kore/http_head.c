#include <arpa/inet.h>

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "kore/http_head.h"

#define METHOD_MAX     7    /* OPTIONS, the longest we have */
#define TARGET_MAX     1997 /* Kore refuses longer ones (HTTP_URI_LEN) */
#define HOST_MAX       252
#define PORT_DIGITS    5
#define LENGTH_DIGITS  18 /* always fits Kore's long */
#define KORE_LINES_MAX 24 /* a head's further lines are lost in Kore */

/* What a byte may be part of. */
#define TOKEN  0x01 /* RFC 9110, section 5.6.2 */
#define TARGET 0x02 /* printable ASCII */
#define VALUE  0x04 /* RFC 9110, section 5.5, white space too */
#define NAME   0x08 /* reg-name, RFC 3986, section 3.2.2 */

static const uint8_t classes[256] = {
    ['\t'] = VALUE,
    [' '] = VALUE,
    ['!'] = VALUE | TARGET | TOKEN | NAME,
    ['"'] = VALUE | TARGET,
    ['#'] = VALUE | TARGET | TOKEN,
    ['$'] = VALUE | TARGET | TOKEN | NAME,
    ['%'] = VALUE | TARGET | TOKEN,
    ['&' ... '\''] = VALUE | TARGET | TOKEN | NAME,
    ['(' ... ')'] = VALUE | TARGET | NAME,
    ['*' ... '+'] = VALUE | TARGET | TOKEN | NAME,
    [','] = VALUE | TARGET | NAME,
    ['-' ... '.'] = VALUE | TARGET | TOKEN | NAME,
    ['/'] = VALUE | TARGET,
    ['0' ... '9'] = VALUE | TARGET | TOKEN | NAME,
    [':'] = VALUE | TARGET,
    [';'] = VALUE | TARGET | NAME,
    ['<'] = VALUE | TARGET,
    ['='] = VALUE | TARGET | NAME,
    ['>' ... '@'] = VALUE | TARGET,
    ['A' ... 'Z'] = VALUE | TARGET | TOKEN | NAME,
    ['[' ... ']'] = VALUE | TARGET,
    ['^'] = VALUE | TARGET | TOKEN,
    ['_'] = VALUE | TARGET | TOKEN | NAME,
    ['`'] = VALUE | TARGET | TOKEN,
    ['a' ... 'z'] = VALUE | TARGET | TOKEN | NAME,
    ['{'] = VALUE | TARGET,
    ['|'] = VALUE | TARGET | TOKEN,
    ['}'] = VALUE | TARGET,
    ['~'] = VALUE | TARGET | TOKEN | NAME,
    [0x80 ... 0xff] = VALUE,
};

enum use {
	ONCE,  /* ASCII, and a second one is refused */
	FIRST, /* of several the first one counts */
	LIST,  /* several are one list (RFC 9110, section 5.3) */
	JUDGED /* looked at here, not passed on */
};

/*
 * The fields somebody reads; all others are dropped. X-Forwarded-For is a
 * list because every proxy adds the peer it saw, and may do so with a line of
 * its own: with any line lost, the entry counted from the end would be
 * another hop's, or one the client made up.
 */
#define FIELDS(X) \
	X(HOST, "host", ONCE) \
	X(CONNECTION, "connection", LIST) \
	X(CONTENT_LENGTH, "content-length", ONCE) \
	X(CONTENT_TYPE, "content-type", ONCE) \
	X(AUTHORIZATION, "authorization", ONCE) \
	X(ACCEPT, "accept", LIST) \
	X(ACCEPT_ENCODING, "accept-encoding", LIST) \
	X(IDEMPOTENCY_KEY, "idempotency-key", ONCE) \
	X(LAST_EVENT_ID, "last-event-id", ONCE) \
	X(X_REQUEST_ID, "x-request-id", FIRST) \
	X(USER_AGENT, "user-agent", FIRST) \
	X(X_FORWARDED_FOR, "x-forwarded-for", LIST) \
	X(ORIGIN, "origin", FIRST) \
	X(IF_NONE_MATCH, "if-none-match", LIST) \
	X(EXPECT, "expect", JUDGED) \
	X(TRANSFER_ENCODING, "transfer-encoding", JUDGED)

#define FIELDS_ENUM(id, name, use) FIELD_##id,
enum field {
	FIELDS(FIELDS_ENUM) FIELD__MAX
};

#define FIELDS_ROW(id, name, use) {name, sizeof(name) - 1, use},
static const struct {
	const char *name;
	size_t      len;
	enum use    use;
} fields[FIELD__MAX] = {FIELDS(FIELDS_ROW)};

_Static_assert(FIELD__MAX < KORE_LINES_MAX, "Kore would lose fields");

enum body {
	BODY_NONE, /* Kore would take it for the next request */
	BODY_MAY,  /* Kore knows of none, but is told of another method */
	BODY_HAS
};

struct method {
	const char *name;
	enum body   body;
	bool        in_1_0; /* Kore takes it in HTTP/1.0 */
};

static const struct method methods[] = {
    {"GET", BODY_NONE, true},
    {"HEAD", BODY_NONE, true},
    {"POST", BODY_HAS, true},
    {"PUT", BODY_HAS, false},
    {"PATCH", BODY_HAS, false},
    {"DELETE", BODY_MAY, false},
    {"OPTIONS", BODY_NONE, false},
};

struct text {
	const char *at;
	size_t      len;
};

struct request {
	struct text          method_text;
	const struct method *method;
	struct text          target;
	bool                 version_1_0;
	const char          *fields; /* the first one */
	unsigned             count[FIELD__MAX];
	struct text          first[FIELD__MAX]; /* not empty */
};

/*
 * The reader goes through the bytes once, in order. Its functions return
 * false when they stop: error says why, ERR_NONE that the bytes ran out. So
 * the verdict does not depend on how the bytes were split.
 */
struct reader {
	const char *at;
	const char *end;
	enum error  error;
};

struct sink {
	char  *at;
	size_t room;
	bool   full;
};

static bool
stop(struct reader *r, enum error e)
{
	r->error = e;
	return (false);
}

static bool
is(char c, uint8_t class)
{
	return ((classes[(unsigned char)c] & class) != 0);
}

static bool
equal(struct text t, const char *other, size_t len)
{
	return (t.len == len && strncasecmp(t.at, other, len) == 0);
}

static void
trim(struct text *t)
{
	while (t->len > 0 && (*t->at == ' ' || *t->at == '\t')) {
		t->at++;
		t->len--;
	}
	while (t->len > 0 &&
	    (t->at[t->len - 1] == ' ' || t->at[t->len - 1] == '\t'))
		t->len--;
}

/* Take the longest run of a class; false while it could go on. */
static bool
take(struct reader *r, uint8_t class, struct text *out)
{
	const char *at = r->at, *end = r->end;

	while (at < end && is(*at, class))
		at++;
	out->at = r->at;
	out->len = (size_t)(at - out->at);
	r->at = at;
	return (at < end);
}

static bool
expect(struct reader *r, const char *text)
{
	for (; *text != '\0'; text++, r->at++) {
		if (r->at == r->end)
			return (false);
		if (*r->at != *text)
			return (stop(r, ERR_MALFORMED_REQUEST));
	}
	return (true);
}

static bool
read_digit(struct reader *r, char *digit)
{
	if (r->at == r->end)
		return (false);
	if (*r->at < '0' || *r->at > '9')
		return (stop(r, ERR_MALFORMED_REQUEST));
	*digit = *r->at++;
	return (true);
}

/* Case matters in a method (RFC 9110, section 9.1). */
static bool
read_method(struct reader *r, struct request *req)
{
	bool   ended;
	size_t i;

	/* All methods begin with a capital: other protocols end here. */
	if (r->at < r->end && (*r->at < 'A' || *r->at > 'Z'))
		return (stop(r, ERR_MALFORMED_REQUEST));
	ended = take(r, TOKEN, &req->method_text);
	if (req->method_text.len > METHOD_MAX)
		return (stop(r, ERR_METHOD_NOT_IMPLEMENTED));
	if (!ended || !expect(r, " "))
		return (false);
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (req->method_text.len == strlen(methods[i].name) &&
		    memcmp(req->method_text.at, methods[i].name,
			req->method_text.len) == 0)
			req->method = &methods[i];
	if (req->method == NULL)
		return (stop(r, ERR_METHOD_NOT_IMPLEMENTED));
	return (true);
}

/* origin-form, or asterisk-form for OPTIONS (RFC 9112, section 3.2). */
static bool
read_target(struct reader *r, struct request *req)
{
	const struct text *t = &req->target;
	bool               ended;

	ended = take(r, TARGET, &req->target);
	if (t->len > 0 && *t->at != '/' &&
	    (*t->at != '*' || t->len > 1 ||
		strcmp(req->method->name, "OPTIONS") != 0))
		return (stop(r, ERR_MALFORMED_REQUEST));
	if (t->len > TARGET_MAX)
		return (stop(r, ERR_URI_TOO_LONG));
	if (ended && t->len == 0)
		return (stop(r, ERR_MALFORMED_REQUEST));
	return (ended && expect(r, " "));
}

static bool
read_version(struct reader *r, struct request *req)
{
	char major, minor;

	if (!expect(r, "HTTP/") || !read_digit(r, &major) || !expect(r, ".") ||
	    !read_digit(r, &minor) || !expect(r, "\r\n"))
		return (false);
	if (major != '1' || minor > '1')
		return (stop(r, ERR_HTTP_VERSION));
	req->version_1_0 = (minor == '0');
	if (req->version_1_0 && !req->method->in_1_0)
		return (stop(r, ERR_METHOD_NOT_ALLOWED));
	return (true);
}

static bool
read_field(struct reader *r, enum field *field, struct text *value)
{
	struct text name;
	unsigned    i;

	if (!take(r, TOKEN, &name))
		return (false);
	/* Also a folded line, which begins with white space. */
	if (name.len == 0)
		return (stop(r, ERR_MALFORMED_REQUEST));
	if (!expect(r, ":") || !take(r, VALUE, value) || !expect(r, "\r\n"))
		return (false);
	trim(value);
	for (i = 0; i < FIELD__MAX; i++)
		if (equal(name, fields[i].name, fields[i].len))
			break;
	*field = i;
	return (true);
}

static bool
read_fields(struct reader *r, struct request *req)
{
	enum field  field;
	struct text value;

	for (;;) {
		if (r->at < r->end && *r->at == '\r')
			return (expect(r, "\r\n"));
		if (!read_field(r, &field, &value))
			return (false);
		if (field == FIELD__MAX)
			continue;
		req->count[field]++;
		if (req->first[field].len == 0)
			req->first[field] = value;
	}
}

static bool
read_request(struct reader *r, struct request *req)
{
	memset(req, 0, sizeof(*req));
	/* Some clients end a body with an empty line (RFC 9112, 2.2). */
	if (r->at < r->end && *r->at == '\r' && !expect(r, "\r\n"))
		return (false);
	if (!read_method(r, req) || !read_target(r, req) ||
	    !read_version(r, req))
		return (false);
	req->fields = r->at;
	return (read_fields(r, req));
}

/* The next value of a field in an accepted head; its empty line is the end. */
static bool
next_value(struct reader *r, enum field wanted, struct text *value)
{
	enum field field;

	while (read_field(r, &field, value))
		if (field == wanted && value->len > 0)
			return (true);
	return (false);
}

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
measure_name(struct text t)
{
	size_t n;

	for (n = 0; n < t.len; n++) {
		if (is(t.at[n], NAME))
			continue;
		if (t.at[n] != '%' || t.len - n < 3 ||
		    !isxdigit((unsigned char)t.at[n + 1]) ||
		    !isxdigit((unsigned char)t.at[n + 2]))
			break;
		n += 2;
	}
	return (n);
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
	head->host_len = *t.at == '[' ? measure_address(t) : measure_name(t);
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
	if (req->count[FIELD_EXPECT] > 1 || !equal(t, "100-continue", 12))
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
		if (fields[i].use == ONCE &&
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
	if (!read_request(&r, &req))
		return (r.error);
	if ((e = judge(&req, head)) != ERR_NONE)
		return (e);
	head->size = (size_t)(r.at - data);
	head->method = req.method_text.at;
	head->method_len = req.method_text.len;
	head->version_1_0 = req.version_1_0;
	return (ERR_NONE);
}

static void
put(struct sink *out, const char *text, size_t len)
{
	if (len > out->room) {
		out->full = true;
		return;
	}
	memcpy(out->at, text, len);
	out->at += len;
	out->room -= len;
}

static void
put_text(struct sink *out, const char *text)
{
	put(out, text, strlen(text));
}

/* Kore takes neither HTAB nor obs-text, and both are legal. */
static void
put_value(struct sink *out, struct text value)
{
	char *c = out->at;

	put(out, value.at, value.len);
	for (; c < out->at; c++) {
		if (*c == '\t')
			*c = ' ';
		else if ((unsigned char)*c > 0x7f)
			*c = '?';
	}
}

static bool
has_element(struct text list, const char *wanted)
{
	struct text element;
	const char *comma, *end = list.at + list.len;

	for (element.at = list.at; element.at <= end; element.at = comma + 1) {
		comma = memchr(element.at, ',', (size_t)(end - element.at));
		if (comma == NULL)
			comma = end;
		element.len = (size_t)(comma - element.at);
		trim(&element);
		if (equal(element, wanted, strlen(wanted)))
			return (true);
	}
	return (false);
}

/* Of Connection Kore understands the one word close. */
static void
put_connection(struct sink *out, struct reader r)
{
	struct text value;

	while (next_value(&r, FIELD_CONNECTION, &value)) {
		if (has_element(value, "close")) {
			put_text(out, "connection:close\r\n");
			return;
		}
	}
}

static void
put_field(struct sink *out, const struct request *req, enum field field,
    struct reader r)
{
	struct text value = req->first[field];

	put(out, fields[field].name, fields[field].len);
	put(out, ":", 1);
	put_value(out, value);
	if (fields[field].use == LIST && req->count[field] > 1) {
		(void)next_value(&r, field, &value);
		while (next_value(&r, field, &value)) {
			put(out, ", ", 2);
			put_value(out, value);
		}
	}
	put(out, "\r\n", 2);
}

static void
put_fields(struct sink *out, const struct request *req, const char *end)
{
	const struct reader r = {req->fields, end, ERR_NONE};
	unsigned            i;

	for (i = 0; i < FIELD__MAX; i++) {
		if (fields[i].use == JUDGED || req->first[i].len == 0)
			continue;
		if (i == FIELD_CONNECTION)
			put_connection(out, r);
		else
			put_field(out, req, i, r);
	}
}

/* Kore demands both; HTTP_HEAD_GROWTH is what they take. */
static void
supply_missing(struct request *req)
{
	static const struct text host = {"localhost", 9};
	static const struct text length = {"0", 1};

	if (req->count[FIELD_HOST] == 0)
		req->first[FIELD_HOST] = host;
	if (req->method->body == BODY_HAS &&
	    req->count[FIELD_CONTENT_LENGTH] == 0)
		req->first[FIELD_CONTENT_LENGTH] = length;
}

size_t
http_head_rewrite(
    const char *data, const struct http_head *head, char *out, size_t out_size)
{
	struct reader  r = {data, data + head->size, ERR_NONE};
	struct sink    sink = {out, out_size, false};
	struct request req;

	if (!read_request(&r, &req))
		return (0);
	supply_missing(&req);
	if (head->is_delete_with_body)
		put_text(&sink, "PATCH");
	else
		put(&sink, req.method_text.at, req.method_text.len);
	put(&sink, " ", 1);
	put(&sink, req.target.at, req.target.len);
	put_text(&sink, req.version_1_0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
	put_fields(&sink, &req, r.at);
	put(&sink, "\r\n", 2);
	return (sink.full ? 0 : (size_t)(sink.at - out));
}
