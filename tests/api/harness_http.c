#include <curl/curl.h>

#include "harness.h"

#define CALL_MS 15000L
#define MANY_MS 20000L

struct transfer {
	char  *headers, *body;
	size_t headers_size, body_size;
	FILE  *headers_file, *body_file;
};

static CURL *curl; /* keeps connections between calls */

static void *
allocate(size_t size)
{
	return (scratch_alloc(size));
}

static void
leave(void *memory)
{
	(void)memory;
}

static void
begin(void)
{
	cJSON_Hooks hooks = {allocate, leave};

	if (curl != NULL) {
		curl_easy_reset(curl);
		return;
	}
	cJSON_InitHooks(&hooks);
	assert_int_equal(curl_global_init(CURL_GLOBAL_DEFAULT), 0);
	assert_non_null(curl = curl_easy_init());
}

void
http_end(void)
{
	curl_easy_cleanup(curl);
	curl = NULL;
}

static bool
names_type(const struct request *q)
{
	size_t i;

	for (i = 0; i < COUNT(q->headers) && q->headers[i] != NULL; i++)
		if (strncasecmp(q->headers[i], "content-type", 12) == 0)
			return (true);
	return (false);
}

static struct curl_slist *
list_headers(const struct request *q)
{
	struct curl_slist *list = NULL;
	size_t             i;

	if (q->body != NULL && !names_type(q))
		list = curl_slist_append(
		    list, "Content-Type: application/json");
	if (q->token != NULL)
		list = curl_slist_append(
		    list, scratch_printf("Authorization: Bearer %s", q->token));
	for (i = 0; i < COUNT(q->headers) && q->headers[i] != NULL; i++)
		list = curl_slist_append(list, q->headers[i]);
	return (list);
}

static void
set_method(const struct request *q)
{
	const char *body = q->body != NULL ? q->body : "";
	size_t      size = q->size != 0 ? q->size : strlen(body);

	if (q->body != NULL ||
	    (q->method != NULL && strcmp(q->method, "POST") == 0)) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)size);
	}
	if (q->method == NULL)
		return;
	if (strcmp(q->method, "HEAD") == 0)
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, q->method);
}

static void
open_transfer(struct transfer *t)
{
	t->headers_file = open_memstream(&t->headers, &t->headers_size);
	t->body_file = open_memstream(&t->body, &t->body_size);
	assert_non_null(t->headers_file);
	assert_non_null(t->body_file);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, t->headers_file);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, t->body_file);
}

static struct reply *
close_transfer(struct transfer *t)
{
	struct reply *r;

	fclose(t->headers_file);
	fclose(t->body_file);
	r = reply_new(t->headers, t->body, t->body_size);
	free(t->headers);
	free(t->body);
	return (r);
}

struct reply *
http_call(const struct server *s, const struct request *q)
{
	struct curl_slist *headers;
	struct transfer    t;
	struct reply      *r;
	long long          start;
	CURLcode           code;

	begin();
	open_transfer(&t);
	headers = list_headers(q);
	set_method(q);
	curl_easy_setopt(curl, CURLOPT_URL,
	    scratch_printf("https://127.0.0.1:%d%s", s->port, q->path));
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_CAINFO,
	    scratch_printf("%s/trusted.pem", setting("TEST_FOLDER")));
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, CALL_MS);
	start = now_ms();
	code = curl_easy_perform(curl);
	curl_slist_free_all(headers);
	r = close_transfer(&t);
	r->ms = now_ms() - start;
	if (code != CURLE_OK)
		r->status = 0;
	return (r);
}

struct reply *
http_get(const struct server *s, const char *token, const char *path)
{
	struct request q = {.path = path, .token = token};

	return (http_call(s, &q));
}

struct reply *
http_post(const struct server *s, const char *token, const char *path,
    const char *body)
{
	struct request q = {
	    .method = "POST", .path = path, .token = token, .body = body};

	return (http_call(s, &q));
}

struct reply **
http_many(const struct server *s, const struct request *requests, size_t n)
{
	struct raw   **connections = scratch_alloc(n * sizeof(*connections));
	struct reply **replies = scratch_alloc(n * sizeof(*replies));
	size_t         i;

	for (i = 0; i < n; i++)
		connections[i] = raw_open(s);
	for (i = 0; i < n; i++)
		assert_true(
		    raw_text(connections[i], raw_request(s, &requests[i])));
	for (i = 0; i < n; i++) {
		replies[i] = raw_reply(connections[i], MANY_MS);
		raw_close(connections[i]);
	}
	return (replies);
}

size_t
http_count(struct reply *const *replies, size_t n, int status)
{
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		count += replies[i]->status == status;
	return (count);
}
