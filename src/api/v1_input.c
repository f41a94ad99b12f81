#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/v1_input.h"
#include "api/v1_item.h"
#include "api/v1_param.h"
#include "core/json.h"
#include "core/reply.h"
#include "store/store_items.h"

#define BLANK " \t\r\n"

void
v1_input_add(struct v1_input *m, enum v1_input_role role, const char *text)
{
	if (m->count == m->room) {
		m->room = m->room > 0 ? m->room * 2 : 8;
		m->list = realloc(m->list, m->room * sizeof(*m->list));
		if (m->list == NULL)
			fatal("v1_input: no memory");
	}
	m->list[m->count].role = role;
	if ((m->list[m->count].text = strdup(text)) == NULL)
		fatal("v1_input: no memory");
	m->count++;
}

void
v1_input_release(struct v1_input *m)
{
	size_t i;

	for (i = 0; i < m->count; i++)
		free(m->list[i].text);
	free(m->list);
	memset(m, 0, sizeof(*m));
}

void
v1_input_where(char out[V1_INPUT_WHERE], const char *where, const char *member)
{
	snprintf(out, V1_INPUT_WHERE, "%s.%s", where, member);
}

static bool
read_role(struct flow *f, const cJSON *message, const char *where,
    enum v1_input_role *role)
{
	static const struct {
		const char        *name;
		enum v1_input_role role;
	} roles[] = {{"user", V1_INPUT_USER}, {"assistant", V1_INPUT_ASSISTANT},
	    {"system", V1_INPUT_SYSTEM}, {"developer", V1_INPUT_SYSTEM}};
	const cJSON *value = json_member(message, "role");
	char         param[V1_INPUT_WHERE];
	size_t       i;

	v1_input_where(param, where, "role");
	if (value == NULL) {
		v1_param_missing(f, param);
		return (false);
	}
	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (cJSON_IsString(value) &&
		    strcmp(value->valuestring, roles[i].name) == 0) {
			*role = roles[i].role;
			return (true);
		}
	v1_param_invalid(
	    f, param, "user, assistant, system and developer are supported");
	return (false);
}

/* A part of content: the names of both APIs for text. */
static const char *
text_of_part(const cJSON *part)
{
	static const char *const types[] = {
	    "text", "input_text", "output_text", "refusal"};
	const cJSON *type = json_member(part, "type"), *text;
	size_t       i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (cJSON_IsString(type) &&
		    strcmp(type->valuestring, types[i]) == 0) {
			text = json_member(part, i == 3 ? "refusal" : "text");
			return (cJSON_GetStringValue(text));
		}
	return (NULL);
}

static bool
read_parts(
    struct flow *f, const cJSON *content, const char *where, struct buf *text)
{
	const cJSON *part;
	const char  *piece;
	char         param[V1_INPUT_WHERE];
	int          i = 0;

	cJSON_ArrayForEach(part, content) {
		if ((piece = text_of_part(part)) == NULL) {
			snprintf(
			    param, sizeof(param), "%s.content[%d]", where, i);
			v1_param_invalid(
			    f, param, "only parts of text are supported");
			return (false);
		}
		if (i++ > 0)
			buf_char(text, '\n');
		buf_text(text, piece);
	}
	return (true);
}

static bool
read_content(
    struct flow *f, const cJSON *message, const char *where, struct buf *text)
{
	const cJSON *content = json_member(message, "content");
	char         param[V1_INPUT_WHERE];

	buf_text(text, "");
	v1_input_where(param, where, "content");
	if (cJSON_IsString(content))
		buf_text(text, content->valuestring);
	else if (cJSON_IsArray(content))
		return (read_parts(f, content, where, text));
	else if (content == NULL) {
		v1_param_missing(f, param);
		return (false);
	} else {
		v1_param_invalid(
		    f, param, "a string or an array of parts is expected");
		return (false);
	}
	return (true);
}

/* An answer that calls tools: there are none here. */
static bool
calls_nothing(struct flow *f, const cJSON *message, const char *where)
{
	const cJSON *calls = json_member(message, "tool_calls");
	char         param[V1_INPUT_WHERE];

	if (calls == NULL || v1_param_is_empty(calls))
		return (true);
	v1_input_where(param, where, "tool_calls");
	reply_error_param(f, ERR_UNSUPPORTED_PARAMETER, param,
	    "Unsupported parameter: '%s' is not supported here", param);
	return (false);
}

bool
v1_input_read(
    struct flow *f, struct v1_input *m, const cJSON *message, const char *where)
{
	enum v1_input_role role;
	struct buf         text = {0};
	bool               ok;

	if (!cJSON_IsObject(message)) {
		v1_param_invalid(f, where, "an object is expected");
		return (false);
	}
	ok = read_role(f, message, where, &role) &&
	    calls_nothing(f, message, where) &&
	    read_content(f, message, where, &text);
	if (ok)
		v1_input_add(m, role, text.data);
	buf_wipe(&text);
	return (ok);
}

static bool
refuse_reference(struct flow *f, const char *where)
{
	char param[V1_INPUT_WHERE];

	v1_input_where(param, where, "id");
	reply_error_param(f, ERR_MESSAGE_NOT_FOUND, param, "%s",
	    error_info(ERR_MESSAGE_NOT_FOUND)->message);
	return (false);
}

bool
v1_input_read_reference(struct flow *f, struct v1_input *m, const cJSON *item,
    const char *where, struct buf *references)
{
	const char *id = cJSON_GetStringValue(json_member(item, "id"));
	char        text[UUID_TEXT_SIZE];
	struct uuid turn;
	bool        is_prompt;

	if (id == NULL || !v1_item_parse(id, &turn, &is_prompt) ||
	    uuid_conversation(&turn) > INT32_MAX)
		return (refuse_reference(f, where));
	uuid_format(&turn, text);
	json_open_object(references, NULL);
	json_put_int(references, "n", (int64_t)m->count);
	json_put_text(references, "id", text);
	json_put_int(references, "conversation", uuid_conversation(&turn));
	json_close_object(references);
	v1_input_add(m, is_prompt ? V1_INPUT_USER : V1_INPUT_ASSISTANT, "");
	return (true);
}

static void
resolve(struct v1_input_message *message, const struct store_item_text *t)
{
	const char *text = t->response;

	if (message->role == V1_INPUT_USER) {
		text = t->prompt;
		if (strcmp(t->role, "system") == 0)
			message->role = V1_INPUT_SYSTEM;
	}
	free(message->text);
	if ((message->text = strdup(text)) == NULL)
		fatal("v1_input: no memory");
}

bool
v1_input_resolve(struct flow *f, struct v1_input *m)
{
	const struct db_call  *rows = flow_rows(f);
	struct store_item_text t;
	char                   where[32];
	int                    i;

	for (i = 0; i < db_rows(rows); i++) {
		if (!store_item_text(rows, i, &t)) {
			snprintf(where, sizeof(where), "input[%d]", (int)t.n);
			return (refuse_reference(f, where));
		}
		resolve(&m->list[t.n], &t);
	}
	return (true);
}

const char *
v1_input_prompt(const struct v1_input *m)
{
	const char *text;
	size_t      i;

	for (i = m->count; i > 0; i--) {
		if (m->list[i - 1].role == V1_INPUT_SYSTEM)
			continue;
		text = m->list[i - 1].text;
		if (m->list[i - 1].role == V1_INPUT_USER &&
		    text[strspn(text, BLANK)] != '\0')
			return (text);
		break;
	}
	return (NULL);
}

static void
join(struct buf *system, const char *text)
{
	if (system->len > 0)
		buf_text(system, "\n\n");
	buf_text(system, text);
}

void
v1_input_to_prompt(const struct v1_input *m, const char *instructions,
    struct buf *system, struct llm_prompt *p)
{
	struct llm_message *list;
	size_t              i;

	if ((list = calloc(m->count + 1, sizeof(*list))) == NULL)
		fatal("v1_input: no memory");
	p->messages = list;
	p->count = 0;
	if (instructions != NULL)
		join(system, instructions);
	for (i = 0; i < m->count; i++) {
		if (m->list[i].role == V1_INPUT_SYSTEM) {
			join(system, m->list[i].text);
			continue;
		}
		list[p->count].role = m->list[i].role == V1_INPUT_USER
		    ? LLM_USER
		    : LLM_ASSISTANT;
		list[p->count++].text = m->list[i].text;
	}
	p->system = system->len > 0 ? system->data : NULL;
}
