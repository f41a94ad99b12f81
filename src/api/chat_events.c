#include <stdlib.h>

#include "api/chat_events.h"
#include "api/chat_turn.h"
#include "core/json.h"
#include "core/reply.h"

/* Open an event; its data follows. */
static struct buf *
open_event(struct flow *f, int64_t event, const char *name)
{
	struct follow *w = f->state;

	buf_printf(
	    &w->out, "id: %lld\nevent: %s\ndata: ", (long long)event, name);
	return (&w->out);
}

static void
put_start(struct flow *f, const struct store_turn *t)
{
	struct buf *out = open_event(f, 1, "start");
	char        id[UUID_TEXT_SIZE];

	uuid_format(&t->id, id);
	json_open_object(out, NULL);
	json_put_text(out, "id", id);
	json_put_text(out, "model", t->model);
	json_put_int(out, "conversation_number", t->conversation);
	json_close_object(out);
	buf_text(out, "\n\n");
}

static void
put_delta(struct flow *f, int64_t event, const char *text, size_t len)
{
	struct buf *out = open_event(f, event, "delta");

	json_open_object(out, NULL);
	json_put_bytes(out, "text", text, len);
	json_close_object(out);
	buf_text(out, "\n\n");
}

static void
put_error(struct flow *f, const struct store_turn *t, int64_t event)
{
	struct buf              *out = open_event(f, event, "error");
	const struct error_info *info;

	info = error_info(error_by_code(t->error_code));
	json_open_object(out, NULL);
	json_put_text(out, "msg", info->message);
	json_put_text(out, "code", info->code);
	json_put_text(out, "request_id", f->id);
	json_close_object(out);
}

static void
put_end(struct flow *f, const struct store_turn *t, int64_t event)
{
	struct follow *w = f->state;

	if (w->seen >= event)
		return;
	if (follow_went_wrong(t))
		put_error(f, t, event);
	else
		chat_turn_answer(open_event(f, event, "done"), t);
	buf_text(&w->out, "\n\n");
}

/* One reply: what was said counts even if it broke off. */
static int
reply_turn(struct flow *f, const struct store_turn *t)
{
	struct buf body = {0};

	if (follow_went_wrong(t) && t->response[0] == '\0')
		return (reply_error(f, error_by_code(t->error_code)));
	chat_turn_answer(&body, t);
	return (reply_json(f, 200, &body));
}

const struct follow_format chat_events = {
    .not_found = ERR_MESSAGE_NOT_FOUND,
    .start = put_start,
    .delta = put_delta,
    .end = put_end,
    .reply = reply_turn,
};
