#include <string.h>

#include "api/v1_id.h"
#include "api/v1_item.h"
#include "api/v1_response.h"
#include "core/json.h"

bool
v1_item_parse(const char *id, struct uuid *turn, bool *prompt)
{
	*prompt = v1_id_parse(V1_ID_PROMPT, id, turn);
	return (*prompt || v1_id_parse(V1_ID_MESSAGE, id, turn));
}

/* Without words an answer is one that is being written or went wrong. */
bool
v1_item_there(const struct store_item *i, bool prompt)
{
	if (prompt)
		return (i->prompt[0] != '\0');
	return (i->response[0] != '\0' || strcmp(i->status, "completed") != 0);
}

static const char *
status_of(const struct store_item *i, bool prompt)
{
	if (prompt || strcmp(i->status, "completed") == 0)
		return ("completed");
	return (
	    strcmp(i->status, "running") == 0 ? "in_progress" : "incomplete");
}

static void
put_content(struct buf *b, const char *type, const char *text)
{
	json_open_array(b, "content");
	if (text[0] != '\0') {
		json_open_object(b, NULL);
		json_put_text(b, "type", type);
		json_put_text(b, "text", text);
		if (strcmp(type, "output_text") == 0) {
			json_open_array(b, "annotations");
			json_close_array(b);
		}
		json_close_object(b);
	}
	json_close_array(b);
}

static void
put_branch(struct buf *b, const struct store_item *i)
{
	static const struct uuid none;
	char                     id[V1_ID_SIZE];

	v1_id_format(V1_ID_RESPONSE, &i->turn, id);
	json_put_text(b, "response_id", id);
	v1_id_format(V1_ID_RESPONSE, &i->previous, id);
	if (memcmp(&i->previous, &none, sizeof(none)) != 0)
		json_put_text(b, "previous_response_id", id);
	else
		json_put_null(b, "previous_response_id");
}

static void
id_of(const struct store_item *i, bool prompt, char id[V1_ID_SIZE])
{
	v1_id_format(prompt ? V1_ID_PROMPT : V1_ID_MESSAGE, &i->turn, id);
}

void
v1_item_put(struct buf *b, const struct store_item *i, bool prompt)
{
	char id[V1_ID_SIZE];

	id_of(i, prompt, id);
	json_open_object(b, NULL);
	json_put_text(b, "id", id);
	json_put_text(b, "type", "message");
	json_put_text(b, "role", prompt ? i->role : "assistant");
	json_put_text(b, "status", status_of(i, prompt));
	put_content(b, prompt ? "input_text" : "output_text",
	    prompt ? i->prompt : i->response);
	put_branch(b, i);
	json_put_int(b, "created_at", i->created / 1000000);
	if (i->model[0] != '\0')
		json_put_text(b, "model", i->model);
	else
		json_put_null(b, "model");
	if (!prompt)
		json_put_text(b, "turn_status", i->status);
	if (!prompt && i->error_code[0] != '\0')
		v1_response_put_error(b, i->error_code);
	json_close_object(b);
}

int
v1_item_turns(const struct v1_list *list)
{
	return (list->limit / 2 + 3);
}

/* Put one item, unless it comes before the list's start; false: there is no
 * room for it. */
static bool
put_in(struct v1_list *list, const struct store_item *i, bool prompt,
    const char **after)
{
	char id[V1_ID_SIZE];

	id_of(i, prompt, id);
	if (*after != NULL) {
		/* Everything of its turn, up to itself. */
		if (strcmp(*after, id) == 0)
			*after = NULL;
		return (true);
	}
	if (!v1_item_there(i, prompt))
		return (true);
	if (list->count == list->limit)
		return (false);
	v1_list_entry(list, id);
	v1_item_put(&list->body, i, prompt);
	return (true);
}

bool
v1_item_put_page(struct v1_list *list, const struct db_call *rows, int asked)
{
	const char       *after = list->after;
	struct store_item item;
	struct uuid       from;
	bool              prompt;
	int               i, count = store_item_count(rows);
	bool              more = count == asked || store_item_page_cut(rows);

	for (i = 0; i < count - (count == asked); i++) {
		store_item_read(rows, i, &item);
		/* The item itself may be gone, or its whole turn. */
		if (after != NULL &&
		    (!v1_item_parse(after, &from, &prompt) ||
			memcmp(&from, &item.turn, sizeof(from)) != 0))
			after = NULL;
		if (!put_in(list, &item, list->ascending, &after) ||
		    !put_in(list, &item, !list->ascending, &after))
			return (true);
	}
	return (more);
}
