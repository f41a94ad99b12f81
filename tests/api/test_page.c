/*
 * The web page as a browser is given it: the document, the files it names,
 * compressed and cached, under headers that let nothing else run.
 */
#include "harness.h"

static int
start(void **state)
{
	*state = server_start(NULL);
	return (0);
}

/* The first path of this kind the document names. */
static char *
named_in(const struct reply *document, const char *extension)
{
	const char *at = document->body, *end;

	while ((at = strstr(at, "\"/assets/")) != NULL) {
		end = strchr(++at, '"');
		if (strncmp(end - strlen(extension), extension,
			strlen(extension)) == 0)
			return (scratch_printf("%.*s", (int)(end - at), at));
	}
	fail_msg("the document names no %s", extension);
	return (NULL);
}

static struct reply *
get_with(const struct server *s, const char *path, const char *header)
{
	return (
	    http_call(s, &(struct request){.path = path, .headers = {header}}));
}

static void
document__is_asked_for_again(void **state)
{
	struct reply *reply = http_get(*state, NULL, "/");
	struct reply *again;
	const char   *etag;

	assert_int_equal(reply->status, 200);
	assert_header(reply, "Content-Type", "text/html; charset=utf-8");
	assert_header(reply, "Cache-Control", "no-cache");
	assert_header(reply, "Vary", "Accept-Encoding");
	assert_non_null(strstr(reply->body, "<title>aichat</title>"));

	etag = reply_header(reply, "ETag");
	again = get_with(
	    *state, "/", scratch_printf("If-None-Match: \"x\", W/%s", etag));
	assert_int_equal(again->status, 304);
	assert_int_equal(again->size, 0);
	assert_header(again, "ETag", etag);
	assert_null(reply_header(again, "Content-Length"));

	again = get_with(*state, "/", "If-None-Match: \"x\"");
	assert_int_equal(again->status, 200);
	assert_string_equal(again->body, reply->body);
}

static void
document__lets_nothing_else_run(void **state)
{
	struct reply *reply = http_get(*state, NULL, "/");
	const char   *csp = reply_header(reply, "Content-Security-Policy");

	assert_non_null(strstr(csp, "default-src 'none';"));
	assert_non_null(strstr(csp, "script-src 'self';"));
	assert_non_null(strstr(csp, "style-src 'self';"));
	assert_non_null(strstr(csp, "connect-src 'self';"));
	assert_non_null(strstr(csp, "frame-ancestors 'none';"));
	assert_non_null(strstr(csp, "base-uri 'none';"));
	assert_non_null(strstr(csp, "form-action 'none';"));
	assert_non_null(strstr(csp, "require-trusted-types-for 'script';"));
	assert_non_null(strstr(csp, "trusted-types dompurify"));
	assert_null(strstr(csp, "unsafe"));
	assert_header(reply, "X-Content-Type-Options", "nosniff");
	assert_header(reply, "Referrer-Policy", "no-referrer");
	assert_header(reply, "Cross-Origin-Opener-Policy", "same-origin");
	/* Not a script nor a style stands in it. */
	assert_null(strstr(reply->body, "<style"));
	assert_null(strstr(reply->body, "style="));
	assert_null(strstr(reply->body, "<script>"));
}

static void
files__are_never_asked_for_twice(void **state)
{
	static const struct {
		const char *extension, *type;
	} kinds[] = {
	    {".js", "text/javascript; charset=utf-8"},
	    {".css", "text/css; charset=utf-8"},
	    {".svg", "image/svg+xml"},
	};
	struct reply *document = http_get(*state, NULL, "/");
	struct reply *reply;
	size_t        i;

	for (i = 0; i < COUNT(kinds); i++) {
		reply = http_get(
		    *state, NULL, named_in(document, kinds[i].extension));
		assert_int_equal(reply->status, 200);
		assert_header(reply, "Content-Type", kinds[i].type);
		assert_header(reply, "Cache-Control",
		    "public, max-age=31536000, immutable");
		assert_non_null(reply_header(reply, "ETag"));
	}
}

static void
files__compressed_as_asked(void **state)
{
	const char   *path = named_in(http_get(*state, NULL, "/"), ".js");
	struct reply *plain = http_get(*state, NULL, path);
	struct reply *br, *gzip;

	assert_null(reply_header(plain, "Content-Encoding"));
	br = get_with(*state, path, "Accept-Encoding: gzip, deflate, br, zstd");
	assert_header(br, "Content-Encoding", "br");
	gzip = get_with(*state, path, "Accept-Encoding: br;q=0, gzip");
	assert_header(gzip, "Content-Encoding", "gzip");
	assert_true(br->size < gzip->size && gzip->size < plain->size);
	assert_memory_equal(gzip->body, "\x1f\x8b", 2);

	plain = get_with(*state, path, "Accept-Encoding: identity");
	assert_null(reply_header(plain, "Content-Encoding"));
}

static void
files__of_other_names(void **state)
{
	assert_error(
	    http_get(*state, NULL, "/assets/main.js"), 404, "not_found");
	assert_error(
	    http_get(*state, NULL, "/assets/page.pack"), 404, "not_found");
	assert_error(http_get(*state, NULL, "/assets/%2e%2e/kore.conf"), 404,
	    "not_found");
	assert_error(http_get(*state, NULL, "/index.html"), 404, "not_found");
}

static void
methods__get_and_head(void **state)
{
	struct raw   *raw = raw_open(*state);
	struct reply *reply;

	assert_error(
	    http_call(*state, &(struct request){.method = "POST", .path = "/"}),
	    405, "method_not_allowed");
	raw_text(raw, "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	reply = raw_reply_head(raw, 5000);
	assert_int_equal(reply->status, 200);
	assert_true(atoi(reply_header(reply, "Content-Length")) > 0);
	raw_close(raw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(document__is_asked_for_again),
	    cmocka_unit_test(document__lets_nothing_else_run),
	    cmocka_unit_test(files__are_never_asked_for_twice),
	    cmocka_unit_test(files__compressed_as_asked),
	    cmocka_unit_test(files__of_other_names),
	    cmocka_unit_test(methods__get_and_head),
	};

	return (harness_run(tests, start));
}
