/*
 * POST /v1/chat/completions: the messages are the whole context, and nothing
 * of them is stored. A client that leaves ends its answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/v1.h"
#include "api/v1_chat_events.h"
#include "api/v1_param.h"
#include "core/json.h"
#include "core/reply.h"

#define STOPS_MAX    4
#define MESSAGES_MAX 2048

static bool
is_text_only(const cJSON *value)
{
	const cJSON *first = cJSON_GetArrayItem(value, 0);

	return (v1_param_is_empty(value) ||
	    (cJSON_GetArraySize(value) == 1 && cJSON_IsString(first) &&
		strcmp(first->valuestring, "text") == 0));
}

static const struct v1_unsupported unsupported[] = {
    {"tools", v1_param_is_empty},
    {"tool_choice", v1_param_is_choice},
    {"functions", v1_param_is_empty},
    {"function_call", v1_param_is_choice},
    {"response_format", v1_param_is_text},
    {"modalities", is_text_only},
    {"audio", v1_param_is_empty},
    {"n", v1_param_is_one},
    {"logprobs", v1_param_is_empty},
    {"top_logprobs", v1_param_is_zero},
    {"logit_bias", v1_param_is_empty},
    {"frequency_penalty", v1_param_is_zero},
    {"presence_penalty", v1_param_is_zero},
    {"prediction", v1_param_is_empty},
    {"web_search_options", v1_param_is_empty},
    {NULL, NULL},
};

static void
free_chat(void *state)
{
	struct v1_chat *c = state;

	send_release(&c->send);
	v1_input_release(&c->messages);
	free((void *)(uintptr_t)c->send.prompt.messages);
	cJSON_free((void *)(uintptr_t)c->send.prompt.options.stop);
	buf_wipe(&c->system);
}

/* One string, or an array of up to four. */
static bool
read_stop(struct flow *f, struct llm_options *o)
{
	const cJSON *value = json_member(f->body, "stop"), *one;
	struct buf   list = {0};
	bool         ok;

	if (value == NULL || v1_param_is_empty(value))
		return (true);
	ok = cJSON_IsString(value) ||
	    (cJSON_IsArray(value) && cJSON_GetArraySize(value) <= STOPS_MAX);
	if (cJSON_IsArray(value))
		cJSON_ArrayForEach(one, value)
			ok = ok && cJSON_IsString(one);
	if (!ok) {
		v1_param_invalid(
		    f, "stop", "a string or up to 4 strings are expected");
		return (false);
	}
	if (cJSON_IsArray(value)) {
		o->stop = cJSON_PrintUnformatted(value);
		return (true);
	}
	json_open_array(&list, NULL);
	json_put_text(&list, NULL, value->valuestring);
	json_close_array(&list);
	o->stop = list.data;
	return (true);
}

static bool
read_options(struct flow *f, struct llm_options *o)
{
	int64_t      old;
	const cJSON *seed = json_member(f->body, "seed");

	if (!request_number(f, "max_tokens", 1, INT32_MAX, &old) ||
	    !request_number(
		f, "max_completion_tokens", 1, INT32_MAX, &o->max_tokens) ||
	    !v1_param_sampling(f, o) || !read_stop(f, o))
		return (false);
	if (o->max_tokens == 0)
		o->max_tokens = old;
	o->has_seed = seed != NULL;
	if (seed == NULL ||
	    json_to_integer(seed, INT32_MIN, INT32_MAX, &o->seed))
		return (true);
	v1_param_invalid(f, "seed", "a whole number of 32 bits is expected");
	return (false);
}

static bool
read_stream(struct flow *f)
{
	struct v1_chat *c = f->state;
	const cJSON    *options = json_member(f->body, "stream_options");

	if (!request_bool(f, "stream", &c->send.follow.stream))
		return (false);
	if (options == NULL)
		return (true);
	if (!cJSON_IsObject(options) || !c->send.follow.stream) {
		v1_param_invalid(f, "stream_options",
		    "an object is expected, only where stream is true");
		return (false);
	}
	c->include_usage = cJSON_IsTrue(json_member(options, "include_usage"));
	return (true);
}

static bool
read_messages(struct flow *f)
{
	struct v1_chat *c = f->state;
	const cJSON    *messages = json_member(f->body, "messages"), *message;
	char            where[V1_INPUT_WHERE];
	int             i = 0;

	if (messages == NULL) {
		v1_param_missing(f, "messages");
		return (false);
	}
	if (!cJSON_IsArray(messages) || messages->child == NULL ||
	    cJSON_GetArraySize(messages) > MESSAGES_MAX) {
		v1_param_invalid(f, "messages",
		    "an array of 1 to 2048 messages is expected");
		return (false);
	}
	cJSON_ArrayForEach(message, messages) {
		snprintf(where, sizeof(where), "messages[%d]", i++);
		if (!v1_input_read(f, &c->messages, message, where))
			return (false);
	}
	c->send.turn.prompt = v1_input_prompt(&c->messages);
	if (c->send.turn.prompt != NULL)
		return (true);
	v1_param_invalid(f, "messages",
	    "they must end with a message of the user that is not blank");
	return (false);
}

static int
check_input(struct flow *f)
{
	struct v1_chat *c = f->state;
	struct send    *s = &c->send;

	if (request_body(f) == NULL || !v1_param_supported(f, unsupported) ||
	    !v1_param_model(f, &s->model, &s->turn.model) ||
	    !read_messages(f) || !read_stream(f) ||
	    !read_options(f, &s->prompt.options))
		return (FLOW_DONE);
	v1_input_to_prompt(&c->messages, NULL, &c->system, &s->prompt);
	s->follow.format = &v1_chat_events;
	s->follow.alone = true;
	return (FLOW_NEXT);
}

static const struct step chat_steps[] = {
    STEP(check_input), SEND_STEPS, STEPS_END};

int
v1_chat_completions(struct http_request *req)
{
	return (flow_run(req, chat_steps, sizeof(struct v1_chat), free_chat));
}
