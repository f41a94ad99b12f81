/*
 * POST /v1/responses: a prompt in a conversation, known by its id or by a
 * response in it (then from there on, a branch), or in a new one; or (store:
 * false) in none, of which nothing is left.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/send.h"
#include "api/v1.h"
#include "api/v1_id.h"
#include "api/v1_input.h"
#include "api/v1_messages.h"
#include "api/v1_param.h"
#include "api/v1_response_events.h"
#include "core/json.h"
#include "core/reply.h"
#include "llm/turn_context.h"
#include "store/store_items.h"

#define INPUT_MAX 2048 /* items */

struct creation {
	struct send            send; /* first */
	struct store_turn_more more;
	struct v1_input        input;
	struct v1_messages     before;     /* the prompt, to be stored */
	cJSON                 *given;      /* owned; what those are made of */
	struct llm_prompt      own;        /* what the request brings */
	struct buf             references; /* messages of ours, as JSON */
	struct buf             details;
	struct buf             system;
	struct buf             context; /* the system's, of earlier turns */
	bool                   store;
	bool                   in_conversation; /* it names one */
	const char            *instructions;
};

static bool
is_text_format(const cJSON *value)
{
	const cJSON *format = json_member(value, "format");

	return (v1_param_is_empty(value) || format == NULL ||
	    v1_param_is_text(format));
}

static const struct v1_unsupported unsupported[] = {
    {"tools", v1_param_is_empty},
    {"tool_choice", v1_param_is_choice},
    {"text", is_text_format},
    {"prompt", v1_param_is_empty},
    {"top_logprobs", v1_param_is_zero},
    {NULL, NULL},
};

static void
free_creation(void *state)
{
	struct creation *c = state;

	send_release(&c->send);
	if (c->send.prompt.messages != c->own.messages)
		free((void *)(uintptr_t)c->send.prompt.messages);
	free((void *)(uintptr_t)c->own.messages);
	v1_input_release(&c->input);
	v1_messages_release(&c->before);
	cJSON_Delete(c->given);
	buf_wipe(&c->references);
	buf_wipe(&c->details);
	buf_wipe(&c->system);
	buf_wipe(&c->context);
}

static bool
is_of_type(const cJSON *item, const char *type)
{
	const cJSON *value = json_member(item, "type");

	return (cJSON_IsString(value) && strcmp(value->valuestring, type) == 0);
}

static bool
read_item(struct flow *f, const cJSON *item, const char *where)
{
	struct creation *c = f->state;
	char             param[V1_INPUT_WHERE];

	if (is_of_type(item, "item_reference"))
		return (v1_input_read_reference(
		    f, &c->input, item, where, &c->references));
	if (json_member(item, "type") == NULL || is_of_type(item, "message"))
		return (v1_input_read(f, &c->input, item, where));
	v1_input_where(param, where, "type");
	v1_param_invalid(f, param, "message and item_reference are supported");
	return (false);
}

static bool
read_items(struct flow *f, const cJSON *input)
{
	struct creation *c = f->state;
	const cJSON     *item;
	char             where[V1_INPUT_WHERE];
	int              i = 0;

	json_open_array(&c->references, NULL);
	cJSON_ArrayForEach(item, input) {
		snprintf(where, sizeof(where), "input[%d]", i++);
		if (!read_item(f, item, where))
			return (false);
	}
	json_close_array(&c->references);
	return (true);
}

static bool
read_input(struct flow *f)
{
	struct creation *c = f->state;
	const cJSON     *input = json_member(f->body, "input");

	if (input == NULL) {
		v1_param_missing(f, "input");
		return (false);
	}
	if (cJSON_IsString(input))
		v1_input_add(&c->input, V1_INPUT_USER, input->valuestring);
	else if (!cJSON_IsArray(input) || input->child == NULL ||
	    cJSON_GetArraySize(input) > INPUT_MAX) {
		v1_param_invalid(f, "input",
		    "a string or an array of 1 to 2048 items is expected");
		return (false);
	} else
		return (read_items(f, input));
	return (true);
}

static bool
find_prompt(struct flow *f)
{
	struct creation *c = f->state;

	c->send.turn.prompt = v1_input_prompt(&c->input);
	if (c->send.turn.prompt != NULL)
		return (true);
	v1_param_invalid(f, "input",
	    "it must end with a message of the user that is not blank");
	return (false);
}

/* "conv_...", or {"id": "conv_..."}. */
static bool
read_conversation(struct flow *f)
{
	struct creation   *c = f->state;
	struct store_turn *t = &c->send.turn;
	const cJSON       *value = json_member(f->body, "conversation");
	const char        *id;

	if (value == NULL)
		return (true);
	if (cJSON_IsObject(value))
		value = json_member(value, "id");
	if ((id = cJSON_GetStringValue(value)) == NULL) {
		v1_param_invalid(f, "conversation",
		    "a conversation's id, or an object with it, is expected");
		return (false);
	}
	c->in_conversation = true;
	if (v1_id_parse(V1_ID_CONVERSATION, id, &t->conversation_id))
		return (true);
	reply_error_param(f, ERR_CONVERSATION_NOT_FOUND, "conversation", "%s",
	    error_info(ERR_CONVERSATION_NOT_FOUND)->message);
	return (false);
}

static bool
read_previous(struct flow *f)
{
	struct creation   *c = f->state;
	struct store_turn *t = &c->send.turn;
	const char        *id;

	if (!request_text(f, "previous_response_id", V1_ID_SIZE, &id))
		return (false);
	if (id == NULL)
		return (true);
	t->has_parent = v1_id_parse(V1_ID_RESPONSE, id, &t->parent);
	/* A number no conversation has, and one that is in none. */
	if (t->has_parent && uuid_conversation(&t->parent) <= INT32_MAX &&
	    (c->in_conversation || uuid_conversation(&t->parent) != 0))
		return (true);
	reply_error_param(f, ERR_RESPONSE_NOT_FOUND, "previous_response_id",
	    "%s", error_info(ERR_RESPONSE_NOT_FOUND)->message);
	return (false);
}

static bool
read_store(struct flow *f)
{
	struct creation *c = f->state;
	struct send     *s = &c->send;

	if (!request_bool(f, "store", &c->store) ||
	    !request_bool(f, "background", &s->in_background) ||
	    !request_bool(f, "stream", &s->follow.stream))
		return (false);
	if (json_member(f->body, "store") == NULL)
		c->store = true;
	if (c->store)
		return (request_idempotency_key(f, &s->key));
	if (!s->in_background)
		return (true);
	v1_param_invalid(
	    f, "background", "what runs in the background has to be stored");
	return (false);
}

/* What the Response is to say again, as far as it was said. */
static bool
read_details(struct flow *f)
{
	static const char *const kept[] = {"instructions", "temperature",
	    "top_p", "max_output_tokens", "metadata", "background"};
	struct creation         *c = f->state;
	const cJSON             *value;
	size_t                   i;

	if (!v1_param_metadata(f, &value))
		return (false);
	json_open_object(&c->details, NULL);
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		value = json_member(f->body, kept[i]);
		if (value != NULL && !v1_param_is_empty(value))
			json_put_tree(&c->details, kept[i], value);
	}
	return (true);
}

/* All but the prompt, as turns of their own before it. */
static bool
read_before(struct flow *f)
{
	static const char *const names[] = {[V1_INPUT_USER] = "user",
	    [V1_INPUT_ASSISTANT] = "assistant",
	    [V1_INPUT_SYSTEM] = "system"};
	struct creation         *c = f->state;
	cJSON                   *message;
	size_t                   i;

	c->given = cJSON_CreateArray();
	for (i = 0; i < c->input.count; i++) {
		if (c->input.list[i].text == c->send.turn.prompt ||
		    c->input.list[i].text[0] == '\0')
			continue;
		message = cJSON_CreateObject();
		cJSON_AddStringToObject(
		    message, "role", names[c->input.list[i].role]);
		cJSON_AddStringToObject(
		    message, "content", c->input.list[i].text);
		cJSON_AddItemToArray(c->given, message);
	}
	if (c->send.turn.has_parent)
		c->before.parent = &c->send.turn.parent;
	return (v1_messages_read(f, c->given, "input", INPUT_MAX, &c->before));
}

/* The first of several turns has the parent; the Response tells it all the
 * same. */
static bool
keep_before(struct flow *f)
{
	struct creation *c = f->state;
	struct send     *s = &c->send;
	char             first[UUID_TEXT_SIZE];

	if (!read_before(f))
		return (false);
	c->more.title = s->turn.prompt;
	if (cJSON_GetArraySize(c->given) == 0)
		return (true);
	c->more.before = c->before.turns.data;
	if (c->before.title.len > 0)
		c->more.title = c->before.title.data;
	s->has_before = true;
	s->first = c->before.first_turn;
	s->last = c->before.last_turn;
	uuid_format(&s->first, first);
	json_put_text(&c->details, "first", first);
	if (s->turn.has_parent)
		json_put_tree(&c->details, "previous_response_id",
		    json_member(f->body, "previous_response_id"));
	return (true);
}

static void
place(struct creation *c)
{
	struct store_turn *t = &c->send.turn;

	t->more = &c->more;
	if (c->in_conversation)
		return;
	if (t->has_parent)
		t->conversation = uuid_conversation(&t->parent);
	else {
		c->more.in_new = true;
		uuid_new(&t->conversation_id);
	}
}

static int
check_input(struct flow *f)
{
	struct creation *c = f->state;
	struct send     *s = &c->send;

	if (request_body(f) == NULL || !v1_param_supported(f, unsupported) ||
	    !v1_param_model(f, &s->model, &s->turn.model) || !read_input(f) ||
	    !read_conversation(f) || !read_previous(f) ||
	    !request_text(
		f, "instructions", SEND_PROMPT_MAX, &c->instructions) ||
	    !request_number(f, "max_output_tokens", 1, INT32_MAX,
		&s->prompt.options.max_tokens) ||
	    !v1_param_sampling(f, &s->prompt.options) || !read_store(f) ||
	    !read_details(f))
		return (FLOW_DONE);
	if (c->references.len <= 2)
		return (FLOW_NEXT);
	return (store_item_texts(f, c->references.data));
}

static int
prepare(struct flow *f)
{
	struct creation *c = f->state;
	struct send     *s = &c->send;

	if (c->references.len > 2 && db_rows(flow_rows(f)) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	if ((c->references.len > 2 && !v1_input_resolve(f, &c->input)) ||
	    !find_prompt(f) || (c->store && !keep_before(f)))
		return (FLOW_DONE);
	json_close_object(&c->details);
	/* An empty one is as good as none. */
	s->turn.details = c->details.len > 2 ? c->details.data : NULL;
	v1_input_to_prompt(&c->input, c->instructions, &c->system, &s->prompt);
	c->own = s->prompt;
	s->follow.format = &v1_response_sent;
	s->follow.after = -1;
	s->follow.alone = !c->store;
	if (c->store)
		place(c);
	return (FLOW_NEXT);
}

/* What is not stored can go on from what is. */
static int
fetch_context(struct flow *f)
{
	struct creation          *c = f->state;
	struct store_turn        *t = &c->send.turn;
	struct store_turn_context context = {.with = true};

	if (c->store || (!c->in_conversation && !t->has_parent))
		return (FLOW_NEXT);
	context.conversation_id = t->conversation_id;
	if (t->has_parent) {
		context.conversation = c->in_conversation
		    ? 0
		    : uuid_conversation(&t->parent);
		context.from = &t->parent;
	}
	return (flow_query(
	    f, store_turn_context(&f->user, &context, turn_context_bytes())));
}

static int
join_context(struct flow *f)
{
	struct creation   *c = f->state;
	struct store_turn *t = &c->send.turn;
	bool               found;

	if (c->store || (!c->in_conversation && !t->has_parent))
		return (FLOW_NEXT);
	if (db_rows(flow_rows(f)) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	if (!store_turn_context_found(flow_rows(f), &found))
		return (reply_error_param(f, ERR_CONVERSATION_NOT_FOUND,
		    c->in_conversation ? "conversation"
				       : "previous_response_id",
		    "%s", error_info(ERR_CONVERSATION_NOT_FOUND)->message));
	if (t->has_parent && !found)
		return (reply_error_param(f, ERR_RESPONSE_NOT_FOUND,
		    "previous_response_id", "%s",
		    error_info(ERR_RESPONSE_NOT_FOUND)->message));
	turn_context_join(flow_rows(f), &c->own, &c->context, &c->send.prompt);
	return (FLOW_NEXT);
}

static const struct step create_steps[] = {STEP(check_input), STEP(prepare),
    STEP(fetch_context), STEP(join_context), SEND_STEPS, STEPS_END};

int
v1_responses(struct http_request *req)
{
	return (flow_run(
	    req, create_steps, sizeof(struct creation), free_creation));
}
