#include "harness.h"

/* The last block counts: an interim "100 Continue" has one of its own. */
static const char *
skip_interim(const char *headers)
{
	const char *next;

	while ((next = strstr(headers, "\r\n\r\n")) != NULL && next[4] != '\0')
		headers = next + 4;
	return (headers);
}

struct reply *
reply_new(const char *headers, const char *body, size_t size)
{
	struct reply *r = scratch_alloc(sizeof(*r));
	char         *copy = scratch_alloc(size + 1);

	memcpy(copy, body, size);
	r->body = copy;
	r->size = size;
	r->headers = scratch_printf("%s", skip_interim(headers));
	sscanf(r->headers, "HTTP/%*[0-9.] %d", &r->status);
	r->json = cJSON_ParseWithLength(r->body, size);
	return (r);
}

const char *
reply_header(const struct reply *r, const char *name)
{
	const char *line = r->headers;
	size_t      len = strlen(name);

	while ((line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " ");
		return (scratch_printf("%.*s", (int)strcspn(line, "\r"), line));
	}
	return (NULL);
}

const char *
reply_text(const struct reply *r, const char *member)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(r->json, member);

	if (!cJSON_IsString(value))
		fail_msg("no text \"%s\" in %s", member, r->body);
	return (value->valuestring);
}

long long
reply_int(const struct reply *r, const char *member)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(r->json, member);

	if (!cJSON_IsNumber(value))
		fail_msg("no number \"%s\" in %s", member, r->body);
	return ((long long)value->valuedouble);
}

static void
explain(const struct reply *r, const char *what)
{
	print_error("%s in the answer:\n%s%s\n", what, r->headers, r->body);
}

void
reply_assert_header(const struct reply *r, const char *name, const char *value,
    const char *file, int line)
{
	const char *actual = reply_header(r, name);

	if (actual != NULL && (value == NULL || strcmp(actual, value) == 0))
		return;
	explain(r,
	    scratch_printf("%s: %s is missing", name,
		value != NULL ? value : "(something)"));
	_fail(file, line);
}

void
reply_assert_status(
    const struct reply *r, int status, const char *file, int line)
{
	if (r->status != status) {
		explain(r,
		    scratch_printf(
			"status %d expected, not %d", status, r->status));
		_fail(file, line);
	}
	reply_assert_header(r, "X-Request-Id", NULL, file, line);
	reply_assert_header(r, "Date", NULL, file, line);
	reply_assert_header(r, "Access-Control-Allow-Origin", "*", file, line);
	reply_assert_header(r, "X-Content-Type-Options", "nosniff", file, line);
	if (status == 204)
		return;
	reply_assert_header(r, "Content-Type", "application/json", file, line);
	reply_assert_header(r, "Cache-Control", "no-store", file, line);
}

/* What a status obliges to (RFC 9110, RFC 6585, RFC 6750). */
void
reply_assert_obligations(const struct reply *r, const char *file, int line)
{
	const char *challenge;

	if (r->status == 401) {
		reply_assert_header(r, "WWW-Authenticate", NULL, file, line);
		challenge = reply_header(r, "WWW-Authenticate");
		if (strncmp(challenge, "Bearer", 6) != 0)
			_fail(file, line);
	}
	if (r->status == 405)
		reply_assert_header(r, "Allow", NULL, file, line);
	if (r->status == 429 || r->status == 503)
		reply_assert_header(r, "Retry-After", NULL, file, line);
}

void
reply_assert_error(const struct reply *r, int status, const char *code,
    const char *msg, const char *file, int line)
{
	reply_assert_status(r, status, file, line);
	reply_assert_obligations(r, file, line);
	if (!cJSON_IsObject(r->json) ||
	    strcmp(reply_text(r, "code"), code) != 0 ||
	    reply_text(r, "msg")[0] == '\0' ||
	    (msg != NULL && strcmp(reply_text(r, "msg"), msg) != 0)) {
		explain(r,
		    scratch_printf("\"%s\": \"%s\" expected", code,
			msg != NULL ? msg : "..."));
		_fail(file, line);
	}
	reply_assert_header(
	    r, "X-Request-Id", reply_text(r, "request_id"), file, line);
	if (status == 429 &&
	    strcmp(reply_text(r, "message"), reply_text(r, "msg")) != 0)
		_fail(file, line);
}

void
text_assert_contains(const char *text, const char *part, bool expected,
    const char *file, int line)
{
	if ((strstr(text, part) != NULL) == expected)
		return;
	print_error("\"%s\" %s in: %s\n", part,
	    expected ? "is missing" : "must not be", text);
	_fail(file, line);
}
