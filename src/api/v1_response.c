#include <string.h>

#include "api/v1_id.h"
#include "api/v1_response.h"
#include "core/errors.h"
#include "core/json.h"

static bool
is(const char *text, const char *other)
{
	return (strcmp(text, other) == 0);
}

/* The model was not let finish: it says too much, or what it may not. */
static bool
is_cut(const struct store_turn *t)
{
	return (is(t->finish_reason, "length") ||
	    is(t->finish_reason, "content_filter"));
}

const char *
v1_response_status(const struct store_turn *t)
{
	if (is(t->status, "running"))
		return ("in_progress");
	if (is(t->status, "stopped"))
		return ("cancelled");
	if (!is(t->status, "completed"))
		return ("failed");
	return (is_cut(t) ? "incomplete" : "completed");
}

const char *
v1_response_message_status(const struct store_turn *t)
{
	if (is(t->status, "running"))
		return ("in_progress");
	return (is(v1_response_status(t), "completed") ? "completed"
						       : "incomplete");
}

void
v1_response_put_part(struct buf *b, const char *key, const char *text)
{
	json_open_object(b, key);
	json_put_text(b, "type", "output_text");
	json_open_array(b, "annotations");
	json_close_array(b);
	json_open_array(b, "logprobs");
	json_close_array(b);
	json_put_text(b, "text", text);
	json_close_object(b);
}

void
v1_response_put_message(struct buf *b, const char *key, const struct uuid *turn,
    const char *status, const char *text)
{
	char id[V1_ID_SIZE];

	v1_id_format(V1_ID_MESSAGE, turn, id);
	json_open_object(b, key);
	json_put_text(b, "id", id);
	json_put_text(b, "type", "message");
	json_put_text(b, "status", status);
	json_open_array(b, "content");
	if (text != NULL)
		v1_response_put_part(b, NULL, text);
	json_close_array(b);
	json_put_text(b, "role", "assistant");
	json_close_object(b);
}

static void
put_output(struct buf *b, const struct store_turn *t)
{
	json_open_array(b, "output");
	if (t->response[0] != '\0')
		v1_response_put_message(b, NULL, &t->id,
		    v1_response_message_status(t), t->response);
	json_close_array(b);
}

static void
put_usage(struct buf *b, const struct store_turn *t)
{
	json_open_object(b, "usage");
	json_put_int(b, "input_tokens", t->prompt_tokens);
	json_open_object(b, "input_tokens_details");
	json_put_int(b, "cached_tokens", 0);
	json_close_object(b);
	json_put_int(b, "output_tokens", t->response_tokens);
	json_open_object(b, "output_tokens_details");
	json_put_int(b, "reasoning_tokens", 0);
	json_close_object(b);
	json_put_int(b, "total_tokens", t->prompt_tokens + t->response_tokens);
	json_close_object(b);
}

void
v1_response_put_error(struct buf *b, const char *error_code)
{
	const struct error_info *info = error_info(error_by_code(error_code));

	json_open_object(b, "error");
	json_put_text(b, "code",
	    info->status == 429 ? "rate_limit_exceeded" : "server_error");
	json_put_text(b, "message", info->message);
	json_close_object(b);
}

static void
put_error(struct buf *b, const struct store_turn *t)
{
	if (t->error_code[0] == '\0')
		json_put_null(b, "error");
	else
		v1_response_put_error(b, t->error_code);
}

static void
put_incomplete(struct buf *b, const struct store_turn *t)
{
	if (!is(v1_response_status(t), "incomplete")) {
		json_put_null(b, "incomplete_details");
		return;
	}
	json_open_object(b, "incomplete_details");
	json_put_text(b, "reason",
	    is(t->finish_reason, "length") ? "max_output_tokens"
					   : "content_filter");
	json_close_object(b);
}

/* A wish as it was said, or what is usual. */
static void
put_wish(
    struct buf *b, const cJSON *details, const char *name, const char *usual)
{
	const cJSON *value = json_member(details, name);

	if (value != NULL)
		json_put_tree(b, name, value);
	else
		json_put_raw(b, name, usual);
}

static void
put_previous(struct buf *b, const struct store_turn *t, const cJSON *details)
{
	static const struct uuid none;
	const cJSON             *given;
	char                     id[V1_ID_SIZE];

	given = json_member(details, "previous_response_id");
	v1_id_format(V1_ID_RESPONSE, &t->parent, id);
	if (t->has_parent && memcmp(&t->parent, &none, sizeof(none)) != 0)
		json_put_text(b, "previous_response_id", id);
	else
		json_put_text_or_null(
		    b, "previous_response_id", cJSON_GetStringValue(given));
}

static void
put_conversation(struct buf *b, const struct store_turn *t)
{
	char id[V1_ID_SIZE];

	if (t->conversation == 0) {
		json_put_null(b, "conversation");
		return;
	}
	v1_id_format(V1_ID_CONVERSATION, &t->conversation_id, id);
	json_open_object(b, "conversation");
	json_put_text(b, "id", id);
	json_close_object(b);
}

/* What nobody can wish for here. */
static void
put_fixed(struct buf *b)
{
	json_put_bool(b, "parallel_tool_calls", true);
	json_put_text(b, "tool_choice", "auto");
	json_open_array(b, "tools");
	json_close_array(b);
	json_put_raw(b, "reasoning", "{\"effort\":null,\"summary\":null}");
	json_put_raw(b, "text", "{\"format\":{\"type\":\"text\"}}");
	json_put_int(b, "top_logprobs", 0);
	json_put_text(b, "truncation", "auto");
	json_put_text(b, "service_tier", "default");
}

static void
put_wishes(struct buf *b, const struct store_turn *t)
{
	struct json_error error;
	cJSON            *details = NULL;

	if (t->details != NULL)
		details = json_read(t->details, strlen(t->details), &error);
	put_wish(b, details, "background", "false");
	put_wish(b, details, "instructions", "null");
	put_wish(b, details, "max_output_tokens", "null");
	put_wish(b, details, "metadata", "{}");
	put_wish(b, details, "temperature", "1");
	put_wish(b, details, "top_p", "1");
	put_previous(b, t, details);
	cJSON_Delete(details);
}

static void
put_head(struct buf *b, const struct store_turn *t, const char *status)
{
	char id[V1_ID_SIZE];

	v1_id_format(V1_ID_RESPONSE, &t->id, id);
	json_put_text(b, "id", id);
	json_put_text(b, "object", "response");
	json_put_int(b, "created_at", t->created / 1000000);
	json_put_text(b, "status", status);
	json_put_text(b, "model", t->model);
	json_put_bool(b, "store", t->conversation != 0);
	put_conversation(b, t);
	put_wishes(b, t);
	put_fixed(b);
}

void
v1_response_put(struct buf *b, const char *key, const struct store_turn *t)
{
	json_open_object(b, key);
	put_head(b, t, v1_response_status(t));
	put_error(b, t);
	put_incomplete(b, t);
	put_output(b, t);
	if (is(t->status, "running"))
		json_put_null(b, "usage");
	else
		put_usage(b, t);
	json_close_object(b);
}

void
v1_response_put_begun(
    struct buf *b, const char *key, const struct store_turn *t)
{
	json_open_object(b, key);
	put_head(b, t, "in_progress");
	json_put_null(b, "error");
	json_put_null(b, "incomplete_details");
	json_open_array(b, "output");
	json_close_array(b);
	json_put_null(b, "usage");
	json_close_object(b);
}
