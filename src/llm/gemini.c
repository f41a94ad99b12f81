/*
 * Google's Gemini API, models.streamGenerateContent with alt=sse
 * (https://ai.google.dev/api/generate-content). Its stream has no terminator:
 * it is whole when it gave a reason to finish, or to block the prompt, before
 * its end.
 */
#include <string.h>

#include "core/json.h"
#include "llm/gemini_error.h"
#include "llm/llm_failure.h"
#include "llm/llm_request.h"

/* Errors in the midst of a stream are some hundred bytes; the cap bounds what
 * reading them again after each line can cost. */
#define STRAY_MAX (16 * 1024)

/* candidates[].finishReason; what is not here means something went wrong. */
static const struct llm_word finishes[] = {{"STOP", LLM_STOP},
    {"MAX_TOKENS", LLM_LENGTH}, {"CONTINUATION", LLM_LENGTH},
    {"SAFETY", LLM_CONTENT_FILTER}, {"RECITATION", LLM_CONTENT_FILTER},
    {"BLOCKLIST", LLM_CONTENT_FILTER},
    {"PROHIBITED_CONTENT", LLM_CONTENT_FILTER}, {"SPII", LLM_CONTENT_FILTER},
    {"LANGUAGE", LLM_CONTENT_FILTER}, {NULL, LLM_UNFINISHED}};

static void
put_parts(struct buf *body, const char *text)
{
	json_open_array(body, "parts");
	json_open_object(body, NULL);
	json_put_text(body, "text", text);
	json_close_object(body);
	json_close_array(body);
}

static void
put_turn(struct buf *body, enum llm_role role, const char *text)
{
	json_open_object(body, NULL);
	json_put_text(body, "role", role == LLM_USER ? "user" : "model");
	put_parts(body, text);
	json_close_object(body);
}

static void
put_config(struct buf *body, const struct llm_model *model,
    const struct llm_prompt *prompt)
{
	const struct llm_options *o = &prompt->options;
	int64_t                   max = llm_request_max_tokens(model, prompt);
	size_t                    before = body->len, opened;

	json_open_object(body, "generationConfig");
	opened = body->len;
	if (max > 0)
		json_put_int(body, "maxOutputTokens", max);
	if (o->stop != NULL)
		json_put_raw(body, "stopSequences", o->stop);
	if (llm_request_samples(model, true)) {
		if (o->has_temperature)
			json_put_double(body, "temperature", o->temperature);
		if (o->has_top_p)
			json_put_double(body, "topP", o->top_p);
		if (o->has_seed)
			json_put_int(body, "seed", o->seed);
	}
	if (body->len == opened)
		buf_truncate(body, before);
	else
		json_close_object(body);
}

static bool
build(const struct llm_model *model, const struct llm_prompt *prompt,
    struct llm_http *out)
{
	struct buf *body = &out->body;
	bool        ready;

	buf_printf(
	    &out->url, "%s/%s/models/", model->base_url, model->api_version);
	llm_request_segment(&out->url, model->upstream);
	buf_text(&out->url, ":streamGenerateContent?alt=sse");
	llm_request_headers(out);
	llm_request_header(out, "x-goog-api-key", "", model->api_key);

	json_open_object(body, NULL);
	if (prompt->system != NULL && *prompt->system != '\0') {
		json_open_object(body, "systemInstruction");
		put_parts(body, prompt->system);
		json_close_object(body);
	}
	json_open_array(body, "contents");
	ready = llm_request_turns(body, prompt, put_turn);
	json_close_array(body);
	put_config(body, model, prompt);
	json_close_object(body);
	return (ready && llm_request_merge(body, model->extra));
}

static void
read_parts(struct llm_answer *a, const cJSON *content)
{
	const cJSON *part;

	cJSON_ArrayForEach(part, json_member(content, "parts"))
		if (!cJSON_IsTrue(json_member(part, "thought")))
			llm_answer_put(a, llm_json_text(part, "text"));
}

/* Each chunk may give a reason, and the last one is true. */
static void
read_finish(struct llm_answer *a, const char *reason)
{
	if (reason == NULL)
		return;
	a->finish = (enum llm_finish)llm_word_meaning(finishes, reason,
	    strncmp(reason, "IMAGE_", 6) == 0 ? LLM_CONTENT_FILTER
					      : LLM_UNFINISHED);
	a->problem[0] = '\0';
	if (a->finish == LLM_UNFINISHED)
		llm_answer_describe(a, "finish reason", reason, NULL);
}

/* Counts are of all so far; zeros are left out. */
static void
read_usage(struct llm_answer *a, const cJSON *usage)
{
	int64_t answer = 0, thoughts = 0;

	llm_json_count(usage, "promptTokenCount", &a->prompt_tokens);
	llm_json_count(usage, "candidatesTokenCount", &answer);
	llm_json_count(usage, "thoughtsTokenCount", &thoughts);
	if (answer + thoughts > 0)
		a->response_tokens = answer + thoughts;
}

static void
read_chunk(struct llm_answer *a, const cJSON *chunk)
{
	const cJSON *candidate = llm_json_first(chunk, "candidates");
	const cJSON *feedback = json_member(chunk, "promptFeedback");

	llm_answer_identify(a, llm_json_text(chunk, "responseId"));
	read_usage(a, json_member(chunk, "usageMetadata"));
	read_parts(a, json_member(candidate, "content"));
	read_finish(a, llm_json_text(candidate, "finishReason"));
	if (candidate == NULL &&
	    llm_json_text(feedback, "blockReason") != NULL) {
		a->finish = LLM_CONTENT_FILTER;
		llm_answer_end(a);
	}
}

static void
read_event(
    struct llm_answer *a, const char *event, const char *data, size_t len)
{
	const cJSON *error;
	cJSON       *chunk;

	(void)event;
	if (!llm_answer_open(a))
		return;
	chunk = llm_json_read(data, len);
	if (!cJSON_IsObject(chunk))
		llm_answer_fail(
		    a, LLM_PROTOCOL, "an event is not JSON", NULL, NULL);
	else if ((error = gemini_error_find(chunk)) != NULL)
		gemini_error_read(a, 0, error);
	else
		read_chunk(a, chunk);
	cJSON_Delete(chunk);
}

/* Fail when the strays so far are an error. */
static void
raise_stray(struct llm_answer *a)
{
	const cJSON *error;
	cJSON       *root;

	root = llm_json_read(a->stray.data, a->stray.len);
	if ((error = gemini_error_find(root)) != NULL)
		gemini_error_read(a, 0, error);
	cJSON_Delete(root);
}

/* An error may come as it is, over several lines and no event at all. */
static void
read_stray(struct llm_answer *a, const char *line, size_t len)
{
	if (!llm_answer_open(a))
		return;
	/* At the margin another object begins: what was before is none. */
	if (line[0] == '{')
		a->stray.len = 0;
	if (len > STRAY_MAX - a->stray.len)
		return;
	buf_append(&a->stray, line, len);
	if (line[len - 1] == '}' || line[len - 1] == ']')
		raise_stray(a);
}

static void
read_end(struct llm_answer *a)
{
	if (!llm_answer_open(a))
		return;
	raise_stray(a);
	if (a->finish != LLM_UNFINISHED)
		llm_answer_end(a);
	else if (a->problem[0] == '\0')
		llm_answer_cut(a);
	else if (a->failure == LLM_NO_FAILURE)
		a->failure = LLM_PROTOCOL; /* read_finish() said why */
}

static void
read_error(struct llm_answer *a, int status, const char *retry_after,
    const char *body, size_t len)
{
	cJSON *root = llm_json_read(body, len);

	a->retry_after_ms = llm_failure_retry_ms(retry_after);
	gemini_error_read(a, status, gemini_error_find(root));
	cJSON_Delete(root);
}

const struct provider provider_gemini = {
    .name = "gemini",
    .build = build,
    .read_event = read_event,
    .read_stray = read_stray,
    .read_end = read_end,
    .read_error = read_error,
};
