#include <stdlib.h>
#include <time.h>

#include "core/clock.h"
#include "core/config.h"
#include "core/json.h"
#include "core/metrics.h"
#include "core/reply.h"
#include "core/reply_openai.h"
#include "kore/drain.h"
#include "kore/methods.h"

#define RETRY_AFTER_SECONDS 1 /* of what passes soon */

static const char exposed_headers[] =
    "X-Request-Id, Retry-After, RateLimit-Limit, RateLimit-Remaining, "
    "RateLimit-Reset, X-RateLimit-Limit-Requests, "
    "X-RateLimit-Remaining-Requests, X-RateLimit-Reset-Requests, "
    "X-Should-Retry, OpenAI-Processing-Ms, Server-Timing";

static void
put_number(struct flow *f, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	http_response_header(f->req, name, text);
}

/* RFC 9110, section 6.6.1; formatted once a second. */
static void
put_date(struct flow *f)
{
	static char   text[40];
	static time_t last;
	struct tm     tm;
	time_t        now = time(NULL);

	if (now != last) {
		last = now;
		gmtime_r(&now, &tm);
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	}
	http_response_header(f->req, "date", text);
}

static int
put_duration(char *out, size_t size, const char *name, uint64_t us)
{
	return (snprintf(out, size, "%s;dur=%u.%02u", name,
	    (unsigned)(us / 1000), (unsigned)(us / 10 % 100)));
}

/* W3C Server Timing; milliseconds. What waited for the client is nobody's. */
static void
put_timing(struct flow *f)
{
	uint64_t auth = f->authenticating + f->waited[WAIT_HASH];
	uint64_t db = f->waited[WAIT_DB], upstream = f->waited[WAIT_UPSTREAM];
	uint64_t self = clock_us() - f->started - auth - db - upstream -
	    f->waited[WAIT_OTHER];
	char text[128];
	int  n;

	n = put_duration(text, sizeof(text), "auth", auth);
	n += put_duration(text + n, sizeof(text) - (size_t)n, ", db", db);
	n += put_duration(
	    text + n, sizeof(text) - (size_t)n, ", upstream", upstream);
	put_duration(text + n, sizeof(text) - (size_t)n, ", self", self);
	http_response_header(f->req, "server-timing", text);
}

/* RFC 6797, and never over plain HTTP, as its section 7.2 wants it. */
static void
put_hsts(struct flow *f)
{
	char text[32];

	if (config.hsts_seconds == 0 || f->req->owner->ssl == NULL)
		return;
	snprintf(text, sizeof(text), "max-age=%d", config.hsts_seconds);
	http_response_header(f->req, "strict-transport-security", text);
}

void
reply_headers_common(struct flow *f)
{
	/* Kore says so then, and closes the connection behind the answer. */
	if (drain_is_on())
		f->req->owner->flags |= CONN_CLOSE_EMPTY;
	put_hsts(f);
	put_date(f);
	http_response_header(f->req, "x-request-id", f->id);
	put_timing(f);
	http_response_header(
	    f->req, "access-control-allow-origin", config.cors_allow_origin);
	if (config.cors_allow_origin[0] != '*')
		http_response_header(f->req, "vary", "Origin");
	http_response_header(
	    f->req, "access-control-expose-headers", exposed_headers);
	http_response_header(f->req, "x-content-type-options", "nosniff");
}

static void
put_allowance(struct flow *f)
{
	const struct allowance *a = &f->allowance;

	if (!a->known)
		return;
	put_number(f, "ratelimit-limit", a->limit);
	put_number(f, "ratelimit-remaining",
	    a->used < a->limit ? a->limit - a->used : 0);
	put_number(f, "ratelimit-reset", a->reset);
}

void
reply_headers(struct flow *f, const char *content_type)
{
	reply_headers_common(f);
	put_allowance(f);
	if (reply_openai_is(f))
		reply_openai_headers(f);
	http_response_header(f->req, "content-type", content_type);
	http_response_header(f->req, "cache-control", "no-store");
}

int
reply_json(struct flow *f, int status, struct buf *body)
{
	reply_headers(f, "application/json");
	http_response(f->req, status, body->data, body->len);
	buf_wipe(body);
	return (FLOW_DONE);
}

int
reply_message(struct flow *f, const char *message)
{
	struct buf body = {0};

	json_open_object(&body, NULL);
	json_put_text(&body, "msg", message);
	json_close_object(&body);
	return (reply_json(f, 200, &body));
}

/* What a status obliges to say in a header. */
static void
put_for_status(struct flow *f, enum error e)
{
	struct buf methods = {0};

	switch (error_info(e)->status) {
	case 401:
		/* RFC 6750, section 3: no error code without a token. */
		http_response_header(f->req, "www-authenticate",
		    e == ERR_TOKEN_MISSING || e == ERR_BAD_CREDENTIALS ||
			    e == ERR_OTP_REQUIRED || e == ERR_BAD_OTP
			? "Bearer"
			: "Bearer error=\"invalid_token\"");
		break;
	case 405:
		methods_list(f->req, &methods);
		http_response_header(f->req, "allow", methods.data);
		buf_release(&methods);
		break;
	case 429:
		put_number(f, "retry-after",
		    e == ERR_RATE_LIMIT_REACHED || e == ERR_KEY_LIMIT_REACHED
			? f->allowance.reset
			: f->retry_after > 0 ? f->retry_after
					     : RETRY_AFTER_SECONDS);
		break;
	case 503:
		put_number(f, "retry-after", RETRY_AFTER_SECONDS);
		break;
	}
}

static void
put_error(struct flow *f, struct buf *body, enum error e, const char *message)
{
	json_put_text(body, "msg", message);
	/* The Flask service's name for the same text. */
	if (error_info(e)->status == 429)
		json_put_text(body, "message", message);
	json_put_text(body, "code", error_info(e)->code);
	json_put_text(body, "request_id", f->id);
}

static int
send_error(struct flow *f, enum error e, const char *message, const char *param)
{
	struct buf body = {0};

	metrics_count(METRIC_ERRORS, e, 1);
	put_for_status(f, e);
	json_open_object(&body, NULL);
	if (reply_openai_is(f)) {
		reply_openai_error_headers(f, e);
		reply_openai_put_error(&body, e, message, param);
	} else
		put_error(f, &body, e, message);
	json_close_object(&body);
	return (reply_json(f, error_info(e)->status, &body));
}

int
reply_error(struct flow *f, enum error e)
{
	return (send_error(f, e, error_info(e)->message, NULL));
}

__attribute__((format(printf, 4, 0))) static int
send_words(struct flow *f, enum error e, const char *param, const char *fmt,
    va_list args)
{
	struct buf message = {0};

	buf_vprintf(&message, fmt, args);
	send_error(f, e, message.data, param);
	buf_release(&message);
	return (FLOW_DONE);
}

int
reply_error_detail(struct flow *f, enum error e, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	send_words(f, e, NULL, fmt, args);
	va_end(args);
	return (FLOW_DONE);
}

int
reply_error_param(
    struct flow *f, enum error e, const char *param, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	send_words(f, e, param, fmt, args);
	va_end(args);
	return (FLOW_DONE);
}

int
reply_preflight(struct flow *f)
{
	struct buf methods = {0};

	methods_list(f->req, &methods);
	reply_headers_common(f);
	http_response_header(f->req, "allow", methods.data);
	http_response_header(
	    f->req, "access-control-allow-methods", methods.data);
	http_response_header(f->req, "access-control-allow-headers",
	    "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, "
	    "X-Request-Id, *"); /* OpenAI's clients bring a dozen */
	http_response_header(f->req, "access-control-max-age", "86400");
	http_response(f->req, HTTP_STATUS_NO_CONTENT, NULL, 0);
	buf_release(&methods);
	return (FLOW_DONE);
}
