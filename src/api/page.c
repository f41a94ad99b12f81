/*
 * The web chat page. The document is asked for again each time and answered
 * with 304 when it is the same; what it names carries a hash in its name and
 * is never asked for twice.
 */
#include <string.h>

#include "api/page.h"
#include "api/page_files.h"
#include "core/negotiate.h"
#include "core/reply.h"

#define ONE_YEAR "31536000"

/*
 * Nothing but what this server sends is run, shown or asked, and text becomes
 * markup by one door only, the sanitiser's (Trusted Types).
 */
static const char content_security_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types dompurify";

static const char permissions_policy[] =
    "camera=(), microphone=(), geolocation=(), payment=(), usb=()";

static const char *
field(struct flow *f, const char *name)
{
	const char *value;

	return (http_request_header(f->req, name, &value) ? value : NULL);
}

static void
put_headers(struct flow *f, const struct page_file *file, const char *lifetime)
{
	struct http_request *req = f->req;

	reply_headers_common(f);
	http_response_header(req, "content-type", file->type);
	http_response_header(req, "cache-control", lifetime);
	http_response_header(req, "etag", file->etag);
	http_response_header(req, "vary", "Accept-Encoding");
	http_response_header(
	    req, "content-security-policy", content_security_policy);
	http_response_header(req, "permissions-policy", permissions_policy);
	http_response_header(req, "referrer-policy", "no-referrer");
	http_response_header(req, "x-frame-options", "DENY");
	http_response_header(req, "cross-origin-opener-policy", "same-origin");
	http_response_header(
	    req, "cross-origin-resource-policy", "same-origin");
}

static const struct page_bytes *
encoded(struct flow *f, const struct page_file *file)
{
	const char *accepted = field(f, "accept-encoding");

	if (negotiate_coding(accepted, "br")) {
		http_response_header(f->req, "content-encoding", "br");
		return (&file->br);
	}
	if (negotiate_coding(accepted, "gzip")) {
		http_response_header(f->req, "content-encoding", "gzip");
		return (&file->gzip);
	}
	return (&file->identity);
}

static int
reply_file(struct flow *f, const struct page_file *file, const char *lifetime)
{
	const struct page_bytes *bytes;

	put_headers(f, file, lifetime);
	if (negotiate_matches(field(f, "if-none-match"), file->etag)) {
		f->req->flags |= HTTP_REQUEST_NO_CONTENT_LENGTH;
		http_response(f->req, HTTP_STATUS_NOT_MODIFIED, NULL, 0);
		return (FLOW_DONE);
	}
	bytes = encoded(f, file);
	http_response(f->req, HTTP_STATUS_OK, bytes->at, bytes->len);
	return (FLOW_DONE);
}

int
page_reply(struct flow *f)
{
	const struct page_file *file = page_file("/");

	if (file == NULL)
		return (reply_error_detail(f, ERR_NOT_FOUND,
		    "This program was built without the web page"));
	return (reply_file(f, file, "no-cache"));
}

bool
page_wanted(struct flow *f)
{
	const char *accept = field(f, "accept");

	return (accept != NULL && strstr(accept, "text/html") != NULL);
}

static int
reply_asset(struct flow *f)
{
	const struct page_file *file = page_file(f->req->path);

	if (file == NULL)
		return (reply_error(f, ERR_NOT_FOUND));
	return (reply_file(f, file, "public, max-age=" ONE_YEAR ", immutable"));
}

static const struct step index_steps[] = {STEP(page_reply), STEPS_END};
static const struct step asset_steps[] = {STEP(reply_asset), STEPS_END};

int
page_index(struct http_request *req)
{
	return (flow_run(req, index_steps, 0, NULL));
}

int
page_asset(struct http_request *req)
{
	return (flow_run(req, asset_steps, 0, NULL));
}
