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
static const char *
date(void)
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
	return (text);
}

void
reply_field(struct buf *b, const char *name, const char *value)
{
	buf_append(b, "\r\n", 2);
	buf_text(b, name);
	buf_append(b, ": ", 2);
	buf_text(b, value);
}

void
reply_field_number(struct buf *b, const char *name, int64_t value)
{
	reply_field(b, name, "");
	buf_int(b, value);
}

static void
put_duration(struct buf *b, const char *name, uint64_t us)
{
	buf_text(b, name);
	buf_text(b, ";dur=");
	buf_int(b, (int64_t)(us / 1000));
	buf_char(b, '.');
	buf_char(b, (char)('0' + us / 100 % 10));
	buf_char(b, (char)('0' + us / 10 % 10));
}

/* W3C Server Timing; milliseconds. What waited for the client is nobody's. */
static void
put_timing(struct buf *b, const struct flow *f)
{
	uint64_t auth = f->authenticating + f->waited[WAIT_HASH];
	uint64_t db = f->waited[WAIT_DB], upstream = f->waited[WAIT_UPSTREAM];
	uint64_t self = clock_us() - f->started - auth - db - upstream -
	    f->waited[WAIT_OTHER];

	reply_field(b, "server-timing", "");
	put_duration(b, "auth", auth);
	put_duration(b, ", db", db);
	put_duration(b, ", upstream", upstream);
	put_duration(b, ", self", self);
}

/* RFC 6797, and never over plain HTTP, as its section 7.2 wants it. */
static void
put_hsts(struct buf *b, const struct flow *f)
{
	if (config.hsts_seconds == 0 || f->req->owner->ssl == NULL)
		return;
	reply_field(b, "strict-transport-security", "max-age=");
	buf_int(b, config.hsts_seconds);
}

/* Of use to scripts of other origins only, whose browsers name theirs. */
static void
put_exposed(struct buf *b, const struct flow *f)
{
	const char *origin;

	if (http_request_header(f->req, "origin", &origin))
		reply_field(
		    b, "access-control-expose-headers", exposed_headers);
}

/*
 * Kore formats every field for itself and copies it byte by byte, three times
 * what the rest of a short answer costs: what all answers have is one field to
 * it, the date, which goes on behind its line's end.
 */
static struct buf *
begin_fields(const struct flow *f)
{
	static struct buf fields;

	buf_truncate(&fields, 0);
	buf_text(&fields, date());
	reply_field(&fields, "x-request-id", f->id);
	put_timing(&fields, f);
	put_hsts(&fields, f);
	reply_field(
	    &fields, "access-control-allow-origin", config.cors_allow_origin);
	if (config.cors_allow_origin[0] != '*')
		reply_field(&fields, "vary", "Origin");
	put_exposed(&fields, f);
	reply_field(&fields, "x-content-type-options", "nosniff");
	return (&fields);
}

static void
end_fields(struct flow *f, const struct buf *fields)
{
	/* Kore says so then, and closes the connection behind the answer. */
	if (drain_is_on())
		f->req->owner->flags |= CONN_CLOSE_EMPTY;
	http_response_header(f->req, "date", fields->data);
}

void
reply_headers_common(struct flow *f)
{
	end_fields(f, begin_fields(f));
}

static void
put_allowance(struct buf *b, const struct allowance *a)
{
	if (!a->known)
		return;
	reply_field_number(b, "ratelimit-limit", a->limit);
	reply_field_number(b, "ratelimit-remaining",
	    a->used < a->limit ? a->limit - a->used : 0);
	reply_field_number(b, "ratelimit-reset", a->reset);
}

void
reply_headers(struct flow *f, const char *content_type)
{
	struct buf *fields = begin_fields(f);

	put_allowance(fields, &f->allowance);
	if (reply_openai_is(f))
		reply_openai_headers(f, fields);
	reply_field(fields, "content-type", content_type);
	reply_field(fields, "cache-control", "no-store");
	end_fields(f, fields);
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
