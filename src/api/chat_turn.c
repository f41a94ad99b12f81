#include <string.h>

#include "api/chat_turn.h"
#include "core/json.h"

static void
put_members(struct buf *b, const struct store_turn *t)
{
	char id[UUID_TEXT_SIZE];

	uuid_format(&t->id, id);
	json_put_text(b, "id", id);
	json_put_text(b, "model", t->model);
	json_put_text(b, "prompt", t->prompt);
	json_put_text(b, "response", t->response);
	json_put_time(b, "timestamp", t->created);
	json_put_int(b, "conversation_number", t->conversation);
	if (strcmp(t->status, "completed") != 0)
		json_put_text(b, "status", t->status);
}

void
chat_turn_entry(struct buf *b, const struct store_turn *t)
{
	json_open_object(b, NULL);
	put_members(b, t);
	json_close_object(b);
}

void
chat_turn_answer(struct buf *b, const struct store_turn *t)
{
	json_open_object(b, NULL);
	put_members(b, t);
	json_put_int(b, "prompt_tokens", t->prompt_tokens);
	json_put_int(b, "response_tokens", t->response_tokens);
	json_close_object(b);
}
