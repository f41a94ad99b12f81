#include <string.h>

#include "core/clock.h"
#include "core/errors_openai.h"
#include "core/json.h"
#include "core/reply_openai.h"

#define PREFIX "/v1/"

bool
reply_openai_is(const struct flow *f)
{
	return (strncmp(f->req->path, PREFIX, sizeof(PREFIX) - 1) == 0);
}

void
reply_openai_put_error(
    struct buf *b, enum error e, const char *message, const char *param)
{
	struct error_openai names = error_openai(e);

	json_open_object(b, "error");
	json_put_text(b, "message", message);
	json_put_text(b, "type", names.type);
	if (param != NULL)
		json_put_text(b, "param", param);
	else
		json_put_null(b, "param");
	json_put_text(b, "code", names.code);
	json_close_object(b);
}

static void
put(struct flow *f, const char *name, int64_t value, const char *unit)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld%s", (long long)value, unit);
	http_response_header(f->req, name, text);
}

void
reply_openai_headers(struct flow *f)
{
	const struct allowance *a = &f->allowance;

	put(f, "openai-processing-ms",
	    (int64_t)(clock_us() - f->started) / 1000, "");
	if (!a->known)
		return;
	put(f, "x-ratelimit-limit-requests", a->limit, "");
	put(f, "x-ratelimit-remaining-requests",
	    a->used < a->limit ? a->limit - a->used : 0, "");
	put(f, "x-ratelimit-reset-requests", a->reset, "s");
}

/* A used-up day is not waited for: OpenAI's clients would try again. */
void
reply_openai_error_headers(struct flow *f, enum error e)
{
	if (e == ERR_RATE_LIMIT_REACHED || e == ERR_KEY_LIMIT_REACHED)
		http_response_header(f->req, "x-should-retry", "false");
}
