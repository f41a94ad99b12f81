/*
 * GET /openapi.json, the description of all there is (OpenAPI 3.1), and GET
 * /docs, a page that shows it.
 */
#include <sodium.h>
#include <string.h>

#include "api/docs.h"
#include "core/negotiate.h"
#include "core/reply.h"

#define ETAG_SIZE 35

extern const u_int8_t  asset_openapi_json[];
extern const u_int32_t asset_len_openapi_json;
extern const u_int8_t  asset_docs_html[];
extern const u_int32_t asset_len_docs_html;
extern const u_int8_t  asset_docs_js[];
extern const u_int32_t asset_len_docs_js;
extern const u_int8_t  asset_docs_css[];
extern const u_int32_t asset_len_docs_css;

static const struct {
	const char      *path;
	const char      *type;
	const u_int8_t  *data;
	const u_int32_t *len;
} files[] = {
    {"/openapi.json", "application/json", asset_openapi_json,
	&asset_len_openapi_json},
    {"/docs", "text/html; charset=utf-8", asset_docs_html,
	&asset_len_docs_html},
    {"/docs/docs.js", "text/javascript; charset=utf-8", asset_docs_js,
	&asset_len_docs_js},
    {"/docs/docs.css", "text/css; charset=utf-8", asset_docs_css,
	&asset_len_docs_css},
};

/* Nothing but these files, and text as text only. */
static const char content_security_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'";

/* Strong: of the bytes. */
static void
etag_of(const u_int8_t *data, size_t len, char etag[ETAG_SIZE])
{
	unsigned char hash[16];

	crypto_generichash(hash, sizeof(hash), data, len, NULL, 0);
	etag[0] = '"';
	sodium_bin2hex(etag + 1, ETAG_SIZE - 2, hash, sizeof(hash));
	strcat(etag, "\"");
}

static int
reply_file(struct flow *f, size_t i)
{
	char        etag[ETAG_SIZE];
	const char *given = NULL;

	etag_of(files[i].data, *files[i].len, etag);
	reply_headers_common(f);
	http_response_header(f->req, "content-type", files[i].type);
	http_response_header(f->req, "cache-control", "no-cache");
	http_response_header(f->req, "etag", etag);
	http_response_header(
	    f->req, "content-security-policy", content_security_policy);
	http_response_header(f->req, "referrer-policy", "no-referrer");
	http_request_header(f->req, "if-none-match", &given);
	if (negotiate_matches(given, etag)) {
		f->req->flags |= HTTP_REQUEST_NO_CONTENT_LENGTH;
		http_response(f->req, HTTP_STATUS_NOT_MODIFIED, NULL, 0);
	} else
		http_response(
		    f->req, HTTP_STATUS_OK, files[i].data, *files[i].len);
	return (FLOW_DONE);
}

static int
reply_asked(struct flow *f)
{
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(files[i].path, f->req->path) == 0)
			return (reply_file(f, i));
	return (reply_error(f, ERR_NOT_FOUND));
}

static const struct step file_steps[] = {STEP(reply_asked), STEPS_END};

int
docs_show(struct http_request *req)
{
	return (flow_run(req, file_steps, 0, NULL));
}
