#include <string.h>

#include "core/clock.h"
#include "core/errors_openai.h"
#include "core/json.h"
#include "core/reply.h"
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

void
reply_openai_headers(const struct flow *f, struct buf *fields)
{
	const struct allowance *a = &f->allowance;

	reply_field_number(fields, "openai-processing-ms",
	    (int64_t)(clock_us() - f->started) / 1000);
	if (!a->known)
		return;
	reply_field_number(fields, "x-ratelimit-limit-requests", a->limit);
	reply_field_number(fields, "x-ratelimit-remaining-requests",
	    a->used < a->limit ? a->limit - a->used : 0);
	reply_field_number(fields, "x-ratelimit-reset-requests", a->reset);
	buf_char(fields, 's');
}

/* A used-up day is not waited for: OpenAI's clients would try again. */
void
reply_openai_error_headers(struct flow *f, enum error e)
{
	if (e == ERR_RATE_LIMIT_REACHED || e == ERR_KEY_LIMIT_REACHED)
		http_response_header(f->req, "x-should-retry", "false");
}
