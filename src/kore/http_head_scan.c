/*
 * Through the bytes of a head, once and in order.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "kore/http_head_inside.h"

#define METHOD_MAX     7    /* OPTIONS, the longest we have */
#define TARGET_MAX     1997 /* Kore refuses longer ones (HTTP_URI_LEN) */
#define KORE_LINES_MAX 24   /* a head's further lines are lost in Kore */

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

#define FIELDS_ROW(id, name, use) {name, sizeof(name) - 1, use},
const struct field_kind http_head_fields[FIELD__MAX] = {FIELDS(FIELDS_ROW)};

_Static_assert(FIELD__MAX < KORE_LINES_MAX, "Kore would lose fields");

static const struct method methods[] = {
    {"GET", BODY_NONE, true},
    {"HEAD", BODY_NONE, true},
    {"POST", BODY_HAS, true},
    {"PUT", BODY_HAS, false},
    {"PATCH", BODY_HAS, false},
    {"DELETE", BODY_MAY, false},
    {"OPTIONS", BODY_NONE, false},
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

bool
text_equal(struct text t, const char *other, size_t len)
{
	return (t.len == len && strncasecmp(t.at, other, len) == 0);
}

void
text_trim(struct text *t)
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
	text_trim(value);
	for (i = 0; i < FIELD__MAX; i++)
		if (text_equal(name, http_head_fields[i].name,
			http_head_fields[i].len))
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

bool
http_head_scan(struct reader *r, struct request *req)
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

bool
http_head_next(struct reader *r, enum field wanted, struct text *value)
{
	enum field field;

	while (read_field(r, &field, value))
		if (field == wanted && value->len > 0)
			return (true);
	return (false);
}

size_t
text_measure_name(struct text t)
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
