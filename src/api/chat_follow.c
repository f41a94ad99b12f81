#include <stdlib.h>
#include <string.h>

#include "api/chat_follow.h"
#include "api/chat_turn.h"
#include "core/allowance.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/stream.h"

#define LOOK_AGAIN_MS 200   /* at the log of another worker's turn */
#define PING_MS       15000 /* a comment, so that proxies see life */
#define PUT_MAX       32768 /* bytes given to a client at once, about */

void
chat_follow_release(struct chat_follow *w)
{
	generation_release(w->generation);
	buf_wipe(&w->out);
}

/* Open an event; its data follows (WHATWG HTML, section 9.2). */
static void
open_event(struct chat_follow *w, const char *name)
{
	w->seen++;
	buf_printf(
	    &w->out, "id: %lld\nevent: %s\ndata: ", (long long)w->seen, name);
}

static void
put_start(struct chat_follow *w, const struct store_turn *t)
{
	char id[UUID_TEXT_SIZE];

	uuid_format(&t->id, id);
	open_event(w, "start");
	json_open_object(&w->out, NULL);
	json_put_text(&w->out, "id", id);
	json_put_text(&w->out, "model", t->model);
	json_put_int(&w->out, "conversation_number", t->conversation);
	json_close_object(&w->out);
	buf_text(&w->out, "\n\n");
}

static void
put_delta(struct chat_follow *w, const char *text, size_t len)
{
	open_event(w, "delta");
	json_open_object(&w->out, NULL);
	json_put_bytes(&w->out, "text", text, len);
	json_close_object(&w->out);
	buf_text(&w->out, "\n\n");
}

static bool
went_wrong(const struct store_turn *t)
{
	return (t->error_code[0] != '\0');
}

static void
put_end(struct flow *f, const struct store_turn *t)
{
	struct chat_follow      *w = f->state;
	const struct error_info *info;

	if (went_wrong(t)) {
		info = error_info(error_by_code(t->error_code));
		open_event(w, "error");
		json_open_object(&w->out, NULL);
		json_put_text(&w->out, "msg", info->message);
		json_put_text(&w->out, "code", info->code);
		json_put_text(&w->out, "request_id", f->id);
		json_close_object(&w->out);
	} else {
		open_event(w, "done");
		chat_turn_answer(&w->out, t);
	}
	buf_text(&w->out, "\n\n");
}

/* One reply: what was said counts even if it broke off. */
static int
reply_turn(struct flow *f, const struct store_turn *t)
{
	struct buf body = {0};

	if (went_wrong(t) && t->response[0] == '\0')
		return (reply_error(f, error_by_code(t->error_code)));
	chat_turn_answer(&body, t);
	return (reply_json(f, 200, &body));
}

/* Send what was put; returns what the step is to return. */
static int
send_events(struct flow *f, bool ended)
{
	struct chat_follow *w = f->state;
	uint64_t            now = kore_time_ms();

	if (w->out.len == 0 && now - w->told_at >= PING_MS)
		buf_text(&w->out, ": ping\n\n");
	if (w->out.len > 0) {
		w->told_at = now;
		stream_write(f, &w->out);
	}
	return (ended ? stream_end(f) : stream_drain(f));
}

static void
begin_events(struct flow *f, const struct store_turn *t)
{
	struct chat_follow *w = f->state;

	if (!f->streaming) {
		stream_begin(f, "text/event-stream; charset=utf-8");
		w->told_at = kore_time_ms();
	}
	if (w->seen == 0)
		put_start(w, t);
}

int
chat_follow_look(struct flow *f)
{
	struct chat_follow *w = f->state;

	if (w->generation == NULL)
		w->generation = generation_find(f->user.user_id, &w->id);
	if (w->generation != NULL)
		return (FLOW_NEXT);
	/* One reply needs no events, only the end. */
	return (store_turn_follow(f, &w->id, w->stream ? w->seen : INT32_MAX));
}

static int
tell_from_memory(struct flow *f)
{
	struct chat_follow *w = f->state;
	struct store_turn   t;
	const char         *text;
	size_t              len;
	int64_t             last;
	bool                ended;

	ended = generation_turn(w->generation, &t);
	generation_allowance(w->generation, &f->allowance);
	if (!w->stream)
		return (ended ? reply_turn(f, &t) : FLOW_NEXT);
	begin_events(f, &t);
	last = generation_last_event(w->generation) - ended;
	while (w->seen < last && w->out.len < PUT_MAX) {
		text = generation_delta(w->generation, w->seen + 1, &len);
		put_delta(w, text, len);
	}
	ended = ended && w->seen >= last;
	if (ended && w->seen == last)
		put_end(f, &t);
	return (send_events(f, ended));
}

/* The deltas of a batch that were not told yet. */
static void
put_batch(
    struct chat_follow *w, int64_t seq, const char *ends, const char *text)
{
	unsigned long from = 0, to;
	char         *rest;

	for (; *ends != '\0'; ends = *rest == ',' ? rest + 1 : rest, seq++) {
		to = strtoul(ends, &rest, 10);
		if (rest == ends || to < from || to > strlen(text))
			return;
		if (seq == w->seen + 1)
			put_delta(w, text + from, to - from);
		from = to;
	}
}

/* What there is of a page of the log; true: and with it the turn's end. */
static bool
put_logged(struct flow *f, const struct store_turn *t)
{
	struct chat_follow *w = f->state;
	struct db_call     *rows = flow_rows(f);
	const char         *ends, *text;
	int64_t             last, seq;
	int                 i;

	for (i = 0; store_turn_batch(rows, i, &seq, &ends, &text); i++)
		put_batch(w, seq, ends, text);
	w->behind = !store_turn_batches_end(rows, &last);
	if (w->behind || strcmp(t->status, "running") == 0)
		return (false);
	/* Nothing was logged: an answer that was known at once. */
	if (i == 0 && w->seen == 1 && t->response[0] != '\0')
		put_delta(w, t->response, strlen(t->response));
	if (w->seen == last)
		put_end(f, t);
	return (true);
}

static int
tell_from_log(struct flow *f)
{
	struct chat_follow *w = f->state;
	struct db_call     *rows = flow_rows(f);
	struct store_turn   t;

	if (db_rows(rows) == 0)
		return (f->streaming ? stream_end(f)
				     : reply_error(f, ERR_TOKEN_REVOKED));
	if (store_turn_count(rows) == 0)
		return (f->streaming ? stream_end(f)
				     : reply_error(f, ERR_MESSAGE_NOT_FOUND));
	if (!f->allowance.known)
		allowance_read(f, rows);
	store_turn_read(rows, 0, &t);
	if (!w->stream)
		return (strcmp(t.status, "running") != 0 ? reply_turn(f, &t)
							 : FLOW_NEXT);
	begin_events(f, &t);
	return (send_events(f, put_logged(f, &t)));
}

int
chat_follow_tell(struct flow *f)
{
	struct chat_follow *w = f->state;

	return (w->generation != NULL ? tell_from_memory(f) : tell_from_log(f));
}

int
chat_follow_rest(struct flow *f)
{
	struct chat_follow *w = f->state;

	if (w->generation != NULL)
		/* One reply waits for the end, behind every event. */
		flow_await(f,
		    generation_news(
			w->generation, w->stream ? w->seen : INT64_MAX));
	else if (!w->behind)
		stream_pause(f, LOOK_AGAIN_MS);
	return (FLOW_BACK_TWO);
}
