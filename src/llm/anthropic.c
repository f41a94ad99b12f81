/*
 * Anthropic's messages (https://docs.anthropic.com/en/api/messages), streamed
 * as named events that repeat their name as data.type and end with
 * message_stop. Types we do not know are left out, as the API asks for.
 */
#include <string.h>

#include "core/json.h"
#include "llm/llm_answer.h"
#include "llm/llm_failure.h"
#include "llm/llm_request.h"

#define MAX_TOKENS 4096 /* the API insists on a number */
#define BROKEN     (-1) /* a reason that leaves no whole answer */

static const struct llm_word finishes[] = {{"end_turn", LLM_STOP},
    {"stop_sequence", LLM_STOP}, {"max_tokens", LLM_LENGTH},
    {"model_context_window_exceeded", LLM_LENGTH},
    {"refusal", LLM_CONTENT_FILTER}, {NULL, BROKEN}};

/* error.type, for those that come without a status. */
static const struct llm_word errors[] = {
    {"invalid_request_error", LLM_BAD_REQUEST},
    {"request_too_large", LLM_BAD_REQUEST}, {"authentication_error", LLM_AUTH},
    {"permission_error", LLM_AUTH}, {"billing_error", LLM_QUOTA},
    {"not_found_error", LLM_NOT_FOUND}, {"rate_limit_error", LLM_RATE_LIMIT},
    {"overloaded_error", LLM_OVERLOADED}, {"timeout_error", LLM_TIMEOUT},
    {NULL, LLM_SERVER}};

/* Later models, and the later dialect, refuse to be told how to sample. */
static const char *const sampled[] = {"claude-3", "claude-haiku-4",
    "claude-sonnet-4", "claude-opus-4-1", "claude-opus-4-5", "claude-opus-4-6",
    NULL};

/* One of the two only: both at once are refused. Theirs ends at 1. */
static void
put_options(struct buf *body, const struct llm_model *model,
    const struct llm_options *o)
{
	if (o->stop != NULL)
		json_put_raw(body, "stop_sequences", o->stop);
	if (!llm_request_samples(model,
		strcmp(model->api_version, "2023-06-01") == 0 &&
		    llm_request_is_one_of(model, sampled)))
		return;
	if (o->has_temperature)
		json_put_double(body, "temperature",
		    o->temperature > 1 ? 1 : o->temperature);
	else if (o->has_top_p)
		json_put_double(body, "top_p", o->top_p);
}

static bool
build(const struct llm_model *model, const struct llm_prompt *prompt,
    struct llm_http *out)
{
	struct buf *body = &out->body;
	int64_t     max = llm_request_max_tokens(model, prompt);
	bool        ready;

	buf_printf(&out->url, "%s/v1/messages", model->base_url);
	llm_request_headers(out);
	llm_request_header(out, "anthropic-version", "", model->api_version);
	llm_request_header(out, "x-api-key", "", model->api_key);

	json_open_object(body, NULL);
	json_put_text(body, "model", model->upstream);
	json_put_int(body, "max_tokens", max > 0 ? max : MAX_TOKENS);
	if (prompt->system != NULL && *prompt->system != '\0')
		json_put_text(body, "system", prompt->system);
	json_open_array(body, "messages");
	ready = llm_request_turns(body, prompt, llm_request_put_message);
	json_close_array(body);
	json_put_bool(body, "stream", true);
	put_options(body, model, &prompt->options);
	json_close_object(body);
	return (ready && llm_request_merge(body, model->extra));
}

/* Counts are of all so far. What was read from a cache was sent, too. */
static void
read_usage(struct llm_answer *a, const cJSON *usage)
{
	int64_t input, created = 0, cached = 0;

	llm_json_count(usage, "output_tokens", &a->response_tokens);
	if (!llm_json_count(usage, "input_tokens", &input))
		return;
	llm_json_count(usage, "cache_creation_input_tokens", &created);
	llm_json_count(usage, "cache_read_input_tokens", &cached);
	a->prompt_tokens = input + created + cached;
}

static void
start_message(struct llm_answer *a, const cJSON *event)
{
	const cJSON *message = json_member(event, "message");

	llm_answer_identify(a, llm_json_text(message, "id"));
	read_usage(a, json_member(message, "usage"));
}

static void
start_block(struct llm_answer *a, const cJSON *event)
{
	const cJSON *block = json_member(event, "content_block");
	const char  *type = llm_json_text(block, "type");

	if (type != NULL && strcmp(type, "text") == 0)
		llm_answer_put(a, llm_json_text(block, "text"));
}

static void
read_delta(struct llm_answer *a, const cJSON *event)
{
	const cJSON *delta = json_member(event, "delta");
	const char  *type = llm_json_text(delta, "type");

	if (type != NULL && strcmp(type, "text_delta") == 0)
		llm_answer_put(a, llm_json_text(delta, "text"));
}

static void
change_message(struct llm_answer *a, const cJSON *event)
{
	const char *reason;
	int         meaning;

	read_usage(a, json_member(event, "usage"));
	reason = llm_json_text(json_member(event, "delta"), "stop_reason");
	if (reason == NULL)
		return;
	meaning = llm_word_meaning(finishes, reason, BROKEN);
	if (meaning == BROKEN)
		llm_answer_fail(a, LLM_PROTOCOL, "stop reason", reason, NULL);
	else
		a->finish = (enum llm_finish)meaning;
}

static void
stop_message(struct llm_answer *a, const cJSON *event)
{
	(void)event;
	llm_answer_end(a);
}

static void
refuse(struct llm_answer *a, int status, const cJSON *root)
{
	const cJSON *error = json_member(root, "error");
	const char  *type = llm_json_text(error, "type"), *code;
	int          failure;

	code = llm_json_text(json_member(error, "details"), "error_code");
	if (code != NULL && strstr(code, "spend_limit_reached") != NULL)
		failure = LLM_QUOTA;
	else if (status != 0)
		failure = (int)llm_failure_of_status(status);
	else
		failure = llm_word_meaning(errors, type, LLM_SERVER);
	llm_answer_identify(a, llm_json_text(root, "request_id"));
	llm_answer_refuse(a, (enum llm_failure)failure, status, type, code);
}

static void
break_off(struct llm_answer *a, const cJSON *event)
{
	refuse(a, 0, event);
}

static const struct {
	const char *type;
	void (*read)(struct llm_answer *, const cJSON *event);
} readers[] = {
    {"message_start", start_message},
    {"content_block_start", start_block},
    {"content_block_delta", read_delta},
    {"message_delta", change_message},
    {"message_stop", stop_message},
    {"error", break_off},
};

static void
read_event(struct llm_answer *a, const char *name, const char *data, size_t len)
{
	const char *type;
	cJSON      *event;
	size_t      i;

	if (!llm_answer_open(a))
		return;
	event = llm_json_read(data, len);
	if ((type = llm_json_text(event, "type")) == NULL)
		type = name;
	if (!cJSON_IsObject(event))
		llm_answer_fail(
		    a, LLM_PROTOCOL, "an event is not JSON", NULL, NULL);
	else
		for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
			if (strcmp(readers[i].type, type) == 0)
				readers[i].read(a, event);
	cJSON_Delete(event);
}

static void
read_end(struct llm_answer *a)
{
	if (llm_answer_open(a))
		llm_answer_cut(a);
}

static void
read_error(struct llm_answer *a, int status, const char *retry_after,
    const char *body, size_t len)
{
	cJSON *root = llm_json_read(body, len);

	a->retry_after_ms = llm_failure_retry_ms(retry_after);
	refuse(a, status, root);
	cJSON_Delete(root);
}

const struct provider provider_anthropic = {
    .name = "anthropic",
    .build = build,
    .read_event = read_event,
    .read_end = read_end,
    .read_error = read_error,
};
