/*
 * GET /v1/conversations/{id}/export: a conversation as the import takes it,
 * sent in chunks when it is long.
 */
#include "api/v1_conversation.h"
#include "api/v1_conversations.h"
#include "api/v1_metadata.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/stream.h"
#include "store/store_items.h"

#define PAGE 200 /* turns */

struct exporting {
	struct uuid conversation;
	struct uuid last; /* turn of the page before */
	bool        begun;
	struct buf  out;
};

static void
free_exporting(void *state)
{
	buf_wipe(&((struct exporting *)state)->out);
}

static int
fetch_head(struct flow *f)
{
	struct exporting *s = f->state;

	if (!v1_conversation_path(f, &s->conversation, NULL))
		return (FLOW_DONE);
	return (store_conversation_get(f, &s->conversation));
}

static void
put_message(struct buf *b, const char *role, const char *text,
    const struct store_item *i)
{
	/* The writer puts no comma at the start of a chunk. */
	if (b->len == 0)
		buf_char(b, ',');
	json_open_object(b, NULL);
	json_put_text(b, "role", role);
	json_put_text(b, "content", text);
	if (i != NULL) {
		json_put_int(b, "created_at", i->created / 1000000);
		if (i->model[0] != '\0' && text == i->response)
			json_put_text(b, "model", i->model);
	}
	json_close_object(b);
}

static int
put_head(struct flow *f)
{
	struct exporting         *s = f->state;
	struct store_conversation c;
	const char               *instructions;

	if (v1_conversation_refused(f))
		return (FLOW_DONE);
	if (store_conversation_count(flow_rows(f)) == 0)
		return (reply_error(f, ERR_CONVERSATION_NOT_FOUND));
	store_conversation_read(flow_rows(f), 0, &c);
	json_open_object(&s->out, NULL);
	json_open_array(&s->out, "conversations");
	json_open_object(&s->out, NULL);
	json_put_text(&s->out, "title", c.title);
	json_put_int(&s->out, "created_at", c.created / 1000000);
	v1_metadata_put(&s->out, c.metadata, "");
	json_open_array(&s->out, "messages");
	instructions = store_conversation_instructions(flow_rows(f));
	if (instructions[0] != '\0')
		put_message(&s->out, "system", instructions, NULL);
	return (store_item_page(f, &s->conversation, NULL, true, PAGE));
}

/* A page begins with the last turn of the one before. */
static void
put_page(struct flow *f)
{
	struct exporting *s = f->state;
	struct store_item i;
	int               row, count = store_item_count(flow_rows(f));

	for (row = s->begun; row < count; row++) {
		store_item_read(flow_rows(f), row, &i);
		if (i.prompt[0] != '\0')
			put_message(&s->out, i.role, i.prompt, &i);
		if (i.response[0] != '\0')
			put_message(&s->out, "assistant", i.response, &i);
		s->last = i.turn;
	}
	s->begun = true;
}

static int
send_page(struct flow *f)
{
	struct exporting *s = f->state;
	int               count = store_item_count(flow_rows(f));
	bool more = count == PAGE || store_item_page_cut(flow_rows(f));

	put_page(f);
	if (!more) {
		json_close_array(&s->out);
		json_close_object(&s->out);
		json_close_array(&s->out);
		json_close_object(&s->out);
		if (!f->streaming)
			return (reply_json(f, 200, &s->out));
		stream_write(f, &s->out);
		return (stream_end(f));
	}
	if (!f->streaming)
		stream_begin(f, "application/json");
	stream_write(f, &s->out);
	return (stream_drain(f));
}

static int
fetch_next(struct flow *f)
{
	struct exporting *s = f->state;

	store_item_page(f, &s->conversation, &s->last, true, PAGE);
	return (FLOW_BACK);
}

static const struct step export_steps[] = {STEP(fetch_head), STEP(put_head),
    STEP(send_page), STEP(fetch_next), STEPS_END};

int
v1_export(struct http_request *req)
{
	return (flow_run(
	    req, export_steps, sizeof(struct exporting), free_exporting));
}
