#include <ctype.h>
#include <string.h>

#include "core/json.h"
#include "llm/llm_request.h"

void
llm_request_segment(struct buf *url, const char *text)
{
	for (; *text != '\0'; text++) {
		if (isalnum((unsigned char)*text) ||
		    strchr("-._~", *text) != NULL)
			buf_char(url, *text);
		else
			buf_printf(url, "%%%02X", (unsigned char)*text);
	}
}

void
llm_request_header(struct llm_http *http, const char *name, const char *prefix,
    const char *value)
{
	if (*value == '\0')
		return;
	buf_printf(&http->headers, "%s: %s", name, prefix);
	for (; *value != '\0'; value++)
		if (!iscntrl((unsigned char)*value))
			buf_char(&http->headers, *value);
	buf_char(&http->headers, '\n');
}

void
llm_request_headers(struct llm_http *http)
{
	llm_request_header(http, "content-type", "", "application/json");
	llm_request_header(http, "accept", "", "text/event-stream");
	llm_request_header(http, "accept-encoding", "", "identity");
}

static bool
blank(const char *text)
{
	return (text[strspn(text, " \t\r\n")] == '\0');
}

bool
llm_request_turns(struct buf *body, const struct llm_prompt *prompt,
    void (*put)(struct buf *, enum llm_role, const char *text))
{
	const struct llm_message *m;
	enum llm_role             role = LLM_USER; /* of text */
	struct buf                text = {0};
	bool                      ready;
	size_t                    i;

	for (i = 0; i < prompt->count; i++) {
		m = &prompt->messages[i];
		if (blank(m->text) || (text.len == 0 && m->role != LLM_USER))
			continue;
		if (text.len > 0 && m->role == role)
			buf_text(&text, "\n\n");
		else if (text.len > 0) {
			put(body, role, text.data);
			buf_consume(&text, text.len);
		}
		role = m->role;
		buf_text(&text, m->text);
	}
	ready = text.len > 0 && role == LLM_USER;
	if (ready)
		put(body, role, text.data);
	buf_release(&text);
	return (ready);
}

void
llm_request_put_message(struct buf *body, enum llm_role role, const char *text)
{
	json_open_object(body, NULL);
	json_put_text(body, "role", role == LLM_USER ? "user" : "assistant");
	json_put_text(body, "content", text);
	json_close_object(body);
}

int64_t
llm_request_max_tokens(
    const struct llm_model *model, const struct llm_prompt *prompt)
{
	int64_t wish = prompt->options.max_tokens;

	if (wish > 0 && (model->max_tokens == 0 || wish < model->max_tokens))
		return (wish);
	return (model->max_tokens);
}

bool
llm_request_samples(const struct llm_model *model, bool by_name)
{
	if (model->sampling == LLM_SAMPLING_BY_NAME)
		return (by_name);
	return (model->sampling == LLM_SAMPLING_TAKEN);
}

bool
llm_request_is_one_of(
    const struct llm_model *model, const char *const *prefixes)
{
	for (; *prefixes != NULL; prefixes++)
		if (strncmp(model->upstream, *prefixes, strlen(*prefixes)) == 0)
			return (true);
	return (false);
}

static void
merge(cJSON *target, const cJSON *patch)
{
	const cJSON *member;
	cJSON       *mine;

	cJSON_ArrayForEach(member, patch) {
		mine = cJSON_GetObjectItemCaseSensitive(target, member->string);
		if (cJSON_IsObject(member) && cJSON_IsObject(mine)) {
			merge(mine, member);
			continue;
		}
		cJSON_DeleteItemFromObjectCaseSensitive(target, member->string);
		if (cJSON_IsObject(member))
			merge(cJSON_AddObjectToObject(target, member->string),
			    member);
		else if (!cJSON_IsNull(member))
			cJSON_AddItemToObject(
			    target, member->string, cJSON_Duplicate(member, 1));
	}
}

bool
llm_request_merge(struct buf *body, const char *extra)
{
	cJSON *patch, *target;
	char  *text = NULL;

	if (*extra == '\0')
		return (true);
	patch = cJSON_Parse(extra);
	target = cJSON_ParseWithLength(body->data, body->len);
	if (cJSON_IsObject(patch) && target != NULL) {
		merge(target, patch);
		text = cJSON_PrintUnformatted(target);
	}
	cJSON_Delete(patch);
	cJSON_Delete(target);
	if (text == NULL)
		return (false);
	buf_consume(body, body->len);
	buf_text(body, text);
	cJSON_free(text);
	return (true);
}
