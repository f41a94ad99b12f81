/*
 * OpenAI's chat completions
 * (https://platform.openai.com/docs/api-reference/chat), spoken by many
 * servers, so what any of them is known to do is taken: no [DONE] at the end,
 * other words for a reason to finish, errors of several shapes.
 */
#include <string.h>

#include "core/json.h"
#include "llm/llm_failure.h"
#include "llm/llm_request.h"
#include "llm/openai_error.h"

#define BROKEN (-1) /* a reason that leaves no whole answer */

/* choices[].finish_reason, and what compatible servers say instead. */
static const struct llm_word finishes[] = {{"stop", LLM_STOP},
    {"eos", LLM_STOP}, {"eos_token", LLM_STOP}, {"stop_sequence", LLM_STOP},
    {"end_turn", LLM_STOP}, {"length", LLM_LENGTH}, {"max_tokens", LLM_LENGTH},
    {"model_length", LLM_LENGTH}, {"content_filter", LLM_CONTENT_FILTER},
    {"", LLM_UNFINISHED}, {NULL, BROKEN}};

/* Those that reason refuse all but the defaults. */
static const char *const reasoning[] = {
    "o1", "o3", "o4", "gpt-5", "gpt-6", NULL};

static void
put_sampling(struct buf *body, const struct llm_options *o)
{
	if (o->has_temperature)
		json_put_double(body, "temperature", o->temperature);
	if (o->has_top_p)
		json_put_double(body, "top_p", o->top_p);
	if (o->has_seed)
		json_put_int(body, "seed", o->seed);
	if (o->stop != NULL)
		json_put_raw(body, "stop", o->stop);
}

static void
put_options(struct buf *body, const struct llm_model *model,
    const struct llm_prompt *prompt)
{
	int64_t max = llm_request_max_tokens(model, prompt);

	if (max > 0)
		json_put_int(body,
		    model->old_max_tokens ? "max_tokens"
					  : "max_completion_tokens",
		    max);
	if (llm_request_samples(model,
		!llm_request_is_one_of(model, reasoning) ||
		    strstr(model->upstream, "-chat") != NULL))
		put_sampling(body, &prompt->options);
	json_put_bool(body, "stream", true);
	if (model->no_usage)
		return;
	json_open_object(body, "stream_options");
	json_put_bool(body, "include_usage", true);
	json_close_object(body);
}

static bool
build(const struct llm_model *model, const struct llm_prompt *prompt,
    struct llm_http *out)
{
	struct buf *body = &out->body;
	bool        ready;

	buf_printf(&out->url, "%s/chat/completions", model->base_url);
	llm_request_headers(out);
	llm_request_header(out, "authorization", "Bearer ", model->api_key);

	json_open_object(body, NULL);
	json_put_text(body, "model", model->upstream);
	json_open_array(body, "messages");
	if (prompt->system != NULL && *prompt->system != '\0') {
		json_open_object(body, NULL);
		json_put_text(body, "role", "system");
		json_put_text(body, "content", prompt->system);
		json_close_object(body);
	}
	ready = llm_request_turns(body, prompt, llm_request_put_message);
	json_close_array(body);
	put_options(body, model, prompt);
	json_close_object(body);
	return (ready && llm_request_merge(body, model->extra));
}

static void
finish(struct llm_answer *a, const char *reason)
{
	int meaning = llm_word_meaning(finishes, reason, BROKEN);

	if (meaning == BROKEN)
		llm_answer_fail(a, LLM_PROTOCOL, "finish reason", reason, NULL);
	else if (meaning != LLM_UNFINISHED)
		a->finish = (enum llm_finish)meaning;
}

static void
read_chunk(struct llm_answer *a, const cJSON *chunk)
{
	const cJSON *usage = json_member(chunk, "usage");
	const cJSON *choice = llm_json_first(chunk, "choices");
	const cJSON *delta = json_member(choice, "delta");
	const char  *refusal = llm_json_text(delta, "refusal");
	const char  *reason = llm_json_text(choice, "finish_reason");

	llm_answer_identify(a, llm_json_text(chunk, "id"));
	llm_json_count(usage, "prompt_tokens", &a->prompt_tokens);
	llm_json_count(usage, "completion_tokens", &a->response_tokens);
	llm_answer_put(a, llm_json_text(delta, "content"));
	llm_answer_put(a, refusal);
	if (refusal != NULL && *refusal != '\0')
		a->refused = true;
	if (reason != NULL)
		finish(a, reason);
}

static bool
is_done(const char *data, size_t len)
{
	while (len > 0 && (data[len - 1] == ' ' || data[len - 1] == '\t'))
		len--;
	return (len == 6 && memcmp(data, "[DONE]", 6) == 0);
}

/* A refusal finishes with "stop" like an answer. */
static void
end(struct llm_answer *a)
{
	if (a->refused)
		a->finish = LLM_CONTENT_FILTER;
	llm_answer_end(a);
}

static void
read_json(struct llm_answer *a, const char *event, const cJSON *chunk)
{
	if (strcmp(event, "error") == 0 || json_member(chunk, "error") != NULL)
		openai_error_read(a, 0, chunk);
	else if (cJSON_IsObject(chunk))
		read_chunk(a, chunk);
	/* Behind the finish is only usage, which may be cut off. */
	else if (a->finish == LLM_UNFINISHED)
		llm_answer_fail(
		    a, LLM_PROTOCOL, "an event is not JSON", NULL, NULL);
}

static void
read_event(
    struct llm_answer *a, const char *event, const char *data, size_t len)
{
	cJSON *chunk;

	if (!llm_answer_open(a))
		return;
	if (is_done(data, len)) {
		end(a);
		return;
	}
	chunk = llm_json_read(data, len);
	read_json(a, event, chunk);
	cJSON_Delete(chunk);
}

static void
read_end(struct llm_answer *a)
{
	if (a->finish != LLM_UNFINISHED)
		end(a);
	else if (llm_answer_open(a))
		llm_answer_cut(a);
}

static void
read_error(struct llm_answer *a, int status, const char *retry_after,
    const char *body, size_t len)
{
	cJSON *root = llm_json_read(body, len);

	a->retry_after_ms = llm_failure_retry_ms(retry_after);
	openai_error_read(a, status, root);
	cJSON_Delete(root);
}

const struct provider provider_openai = {
    .name = "openai",
    .build = build,
    .read_event = read_event,
    .read_end = read_end,
    .read_error = read_error,
};
