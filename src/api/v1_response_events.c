#include <string.h>

#include "api/v1_id.h"
#include "api/v1_response.h"
#include "api/v1_response_events.h"
#include "core/json.h"
#include "core/reply.h"

#define SEQ_CREATED     0
#define SEQ_IN_PROGRESS 1
#define SEQ_ITEM        2
#define SEQ_PART        3
#define FIRST_DELTA     2 /* the event of a turn */

void
v1_response_events_after(struct follow *w, int64_t sequence)
{
	w->after = sequence;
	if (sequence < SEQ_IN_PROGRESS)
		w->seen = 0;
	else if (sequence <= SEQ_PART)
		w->seen = 1;
	else
		w->seen = sequence - 2;
}

/* The sequence number of a delta, or of the first event of an end that has
 * something to close. */
static int64_t
sequence_of(int64_t event)
{
	return (event + 2);
}

/* Open an event, unless the client has it; false then. */
static bool
open_event(struct follow *w, int64_t sequence, const char *type)
{
	if (sequence <= w->after)
		return (false);
	buf_printf(&w->out, "event: %s\ndata: ", type);
	json_open_object(&w->out, NULL);
	json_put_text(&w->out, "type", type);
	json_put_int(&w->out, "sequence_number", sequence);
	return (true);
}

static void
close_event(struct follow *w)
{
	json_close_object(&w->out);
	buf_text(&w->out, "\n\n");
}

static void
put_start(struct flow *f, const struct store_turn *t)
{
	struct follow *w = f->state;

	if (open_event(w, SEQ_CREATED, "response.created")) {
		v1_response_put_begun(&w->out, "response", t);
		close_event(w);
	}
	if (open_event(w, SEQ_IN_PROGRESS, "response.in_progress")) {
		v1_response_put_begun(&w->out, "response", t);
		close_event(w);
	}
}

/* Where in the output: of all events that are about the message or its part. */
static void
put_place(struct follow *w)
{
	char id[V1_ID_SIZE];

	v1_id_format(V1_ID_MESSAGE, &w->id, id);
	json_put_text(&w->out, "item_id", id);
	json_put_int(&w->out, "output_index", 0);
	json_put_int(&w->out, "content_index", 0);
}

static void
put_item(struct follow *w, int64_t sequence, const char *type,
    const char *status, const char *text)
{
	if (!open_event(w, sequence, type))
		return;
	json_put_int(&w->out, "output_index", 0);
	v1_response_put_message(&w->out, "item", &w->id, status, text);
	close_event(w);
}

static void
put_part(struct follow *w, int64_t sequence, const char *type, const char *text)
{
	if (!open_event(w, sequence, type))
		return;
	put_place(w);
	v1_response_put_part(&w->out, "part", text);
	close_event(w);
}

static void
put_delta(struct flow *f, int64_t event, const char *text, size_t len)
{
	struct follow *w = f->state;

	if (event == FIRST_DELTA) {
		put_item(w, SEQ_ITEM, "response.output_item.added",
		    "in_progress", NULL);
		put_part(w, SEQ_PART, "response.content_part.added", "");
	}
	if (!open_event(w, sequence_of(event), "response.output_text.delta"))
		return;
	put_place(w);
	json_put_bytes(&w->out, "delta", text, len);
	json_open_array(&w->out, "logprobs");
	json_close_array(&w->out);
	close_event(w);
}

static void
put_text_done(struct follow *w, int64_t sequence, const char *text)
{
	if (!open_event(w, sequence, "response.output_text.done"))
		return;
	put_place(w);
	json_put_text(&w->out, "text", text);
	json_open_array(&w->out, "logprobs");
	json_close_array(&w->out);
	close_event(w);
}

/* OpenAI has no event for one that was cancelled; its status says it. */
static const char *
last_type(const struct store_turn *t)
{
	const char *status = v1_response_status(t);

	if (strcmp(status, "completed") == 0)
		return ("response.completed");
	return (strcmp(status, "failed") == 0 ? "response.failed"
					      : "response.incomplete");
}

static void
put_end(struct flow *f, const struct store_turn *t, int64_t event)
{
	struct follow *w = f->state;
	int64_t        sequence = event;

	if (event > FIRST_DELTA) {
		sequence = sequence_of(event);
		put_text_done(w, sequence++, t->response);
		put_part(
		    w, sequence++, "response.content_part.done", t->response);
		put_item(w, sequence++, "response.output_item.done",
		    v1_response_message_status(t), t->response);
	}
	if (!open_event(w, sequence, last_type(t)))
		return;
	v1_response_put(&w->out, "response", t);
	close_event(w);
}

static int
reply_response(struct flow *f, const struct store_turn *t)
{
	struct buf body = {0};

	v1_response_put(&body, NULL, t);
	return (reply_json(f, 200, &body));
}

static int
reply_sent(struct flow *f, const struct store_turn *t)
{
	if (follow_went_wrong(t) && t->response[0] == '\0')
		return (reply_error(f, error_by_code(t->error_code)));
	return (reply_response(f, t));
}

const struct follow_format v1_response_sent = {
    .not_found = ERR_RESPONSE_NOT_FOUND,
    .start = put_start,
    .delta = put_delta,
    .end = put_end,
    .reply = reply_sent,
};

const struct follow_format v1_response_events = {
    .not_found = ERR_RESPONSE_NOT_FOUND,
    .start = put_start,
    .delta = put_delta,
    .end = put_end,
    .reply = reply_response,
};
