#include "api/v1_chat_events.h"
#include "api/v1_id.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/reply_openai.h"

/* What all chunks and the completion have in common. */
static void
put_head(struct buf *b, const struct store_turn *t, const char *object)
{
	char id[V1_ID_SIZE];

	v1_id_format(V1_ID_COMPLETION, &t->id, id);
	json_put_text(b, "id", id);
	json_put_text(b, "object", object);
	json_put_int(b, "created", t->created / 1000000);
	json_put_text(b, "model", t->model);
	json_put_text(b, "service_tier", "default");
	json_put_null(b, "system_fingerprint");
}

static void
put_usage(struct buf *b, const struct store_turn *t)
{
	json_open_object(b, "usage");
	json_put_int(b, "prompt_tokens", t->prompt_tokens);
	json_put_int(b, "completion_tokens", t->response_tokens);
	json_put_int(b, "total_tokens", t->prompt_tokens + t->response_tokens);
	json_open_object(b, "prompt_tokens_details");
	json_put_int(b, "cached_tokens", 0);
	json_close_object(b);
	json_open_object(b, "completion_tokens_details");
	json_put_int(b, "reasoning_tokens", 0);
	json_close_object(b);
	json_close_object(b);
}

/* One that was stopped ended, too; null would say that more comes. */
static const char *
finish_reason(const struct store_turn *t)
{
	return (t->finish_reason[0] != '\0' ? t->finish_reason : "stop");
}

/* A chunk up to its one choice's delta, which is open. */
static struct buf *
open_chunk(struct flow *f, const struct store_turn *t)
{
	struct v1_chat *c = f->state;
	struct buf     *out = &c->send.follow.out;

	buf_text(out, "data: ");
	json_open_object(out, NULL);
	put_head(out, t, "chat.completion.chunk");
	if (c->include_usage)
		json_put_null(out, "usage");
	json_open_array(out, "choices");
	json_open_object(out, NULL);
	json_put_int(out, "index", 0);
	json_open_object(out, "delta");
	return (out);
}

static void
close_chunk(struct buf *out, const char *reason)
{
	json_close_object(out);
	json_put_null(out, "logprobs");
	json_put_text_or_null(out, "finish_reason", reason);
	json_close_object(out);
	json_close_array(out);
	json_close_object(out);
	buf_text(out, "\n\n");
}

static void
put_start(struct flow *f, const struct store_turn *t)
{
	struct buf *out = open_chunk(f, t);

	json_put_text(out, "role", "assistant");
	json_put_text(out, "content", "");
	json_put_null(out, "refusal");
	close_chunk(out, NULL);
}

static void
put_delta(struct flow *f, int64_t event, const char *text, size_t len)
{
	struct v1_chat *c = f->state;
	struct buf     *out = open_chunk(f, &c->send.turn);

	(void)event;
	json_put_bytes(out, "content", text, len);
	close_chunk(out, NULL);
}

static void
put_usage_chunk(struct buf *out, const struct store_turn *t)
{
	buf_text(out, "data: ");
	json_open_object(out, NULL);
	put_head(out, t, "chat.completion.chunk");
	json_open_array(out, "choices");
	json_close_array(out);
	put_usage(out, t);
	json_close_object(out);
	buf_text(out, "\n\n");
}

/* An answer that broke off is not followed by [DONE], which would call it
 * whole. */
static void
put_error(struct buf *out, const struct store_turn *t)
{
	enum error e = error_by_code(t->error_code);

	buf_text(out, "data: ");
	json_open_object(out, NULL);
	reply_openai_put_error(out, e, error_info(e)->message, NULL);
	json_close_object(out);
	buf_text(out, "\n\n");
}

static void
put_end(struct flow *f, const struct store_turn *t, int64_t event)
{
	struct v1_chat *c = f->state;
	struct buf     *out = &c->send.follow.out;

	(void)event;
	if (follow_went_wrong(t)) {
		put_error(out, t);
		return;
	}
	close_chunk(open_chunk(f, t), finish_reason(t));
	if (c->include_usage)
		put_usage_chunk(out, t);
	buf_text(out, "data: [DONE]\n\n");
}

/* What broke off is an error: there is no word for half an answer. */
static int
reply_completion(struct flow *f, const struct store_turn *t)
{
	struct buf body = {0};

	if (follow_went_wrong(t))
		return (reply_error(f, error_by_code(t->error_code)));
	json_open_object(&body, NULL);
	put_head(&body, t, "chat.completion");
	json_open_array(&body, "choices");
	json_open_object(&body, NULL);
	json_put_int(&body, "index", 0);
	json_open_object(&body, "message");
	json_put_text(&body, "role", "assistant");
	json_put_text(&body, "content", t->response);
	json_put_null(&body, "refusal");
	json_open_array(&body, "annotations");
	json_close_array(&body);
	json_close_object(&body);
	json_put_null(&body, "logprobs");
	json_put_text(&body, "finish_reason", finish_reason(t));
	json_close_object(&body);
	json_close_array(&body);
	put_usage(&body, t);
	json_close_object(&body);
	return (reply_json(f, 200, &body));
}

const struct follow_format v1_chat_events = {
    .not_found = ERR_INTERRUPTED,
    .start = put_start,
    .delta = put_delta,
    .end = put_end,
    .reply = reply_completion,
};
