#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "api/follow.h"
#include "core/allowance.h"
#include "core/reply.h"
#include "core/stream.h"

#define LOOK_AGAIN_MS 200   /* at the log of another worker's turn */
#define PING_MS       15000 /* a comment, so that proxies see life */
#define PUT_MAX       32768 /* bytes given to a client at once, about */

void
follow_release(void *state)
{
	struct follow *w = state;

	if (w->alone && w->generation != NULL)
		generation_stop(w->generation);
	generation_release(w->generation);
	w->generation = NULL;
	watch_end(&w->watch);
	buf_wipe(&w->out);
}

bool
follow_went_wrong(const struct store_turn *t)
{
	return (t->error_code[0] != '\0');
}

/* Send what was put; returns what the step is to return. */
static int
send_events(struct flow *f, bool ended)
{
	struct follow *w = f->state;
	uint64_t       now = kore_time_ms();

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
	struct follow *w = f->state;

	if (!f->streaming) {
		stream_begin(f, "text/event-stream; charset=utf-8");
		w->told_at = kore_time_ms();
	}
	if (w->seen == 0) {
		w->seen = 1;
		w->format->start(f, t);
	}
}

static void
put_delta(struct flow *f, const char *text, size_t len)
{
	struct follow *w = f->state;

	w->seen++;
	w->format->delta(f, w->seen, text, len);
}

/*
 * Once all its deltas, of which last is the last one's number, are told. Of a
 * turn whose worker died a client may have seen more than was logged; then the
 * end comes behind what it has, for it cannot have seen that.
 */
static bool
put_end(struct flow *f, const struct store_turn *t, int64_t last)
{
	struct follow *w = f->state;

	if (w->seen < last)
		return (false);
	if (w->seen > last && strcmp(t->status, "interrupted") == 0)
		last = w->seen;
	w->format->end(f, t, last + 1);
	return (true);
}

/* Not when the turn has something to say, but now. */
static void
wake(struct watch *watch)
{
	struct follow *w = (struct follow *)(void *)((char *)watch -
	    offsetof(struct follow, watch));

	if (w->generation != NULL)
		generation_wake(w->generation);
}

int
follow_look(struct flow *f)
{
	struct follow *w = f->state;

	watch_begin(&w->watch, &f->user, wake);
	if (w->generation == NULL)
		w->generation = generation_find(f->user.user_id, &w->id);
	if (w->generation != NULL)
		return (FLOW_NEXT);
	/* One reply needs no events, only the end. */
	return (store_turn_follow(f, &w->id, w->stream ? w->seen : INT32_MAX));
}

/* Whatever the turn is, it is not for this client any more. */
static int
tell_revoked(struct flow *f)
{
	struct follow    *w = f->state;
	struct store_turn t = {.id = w->id,
	    .model = "",
	    .prompt = "",
	    .response = "",
	    .status = "interrupted",
	    .error_code = error_info(ERR_TOKEN_REVOKED)->code};

	if (!f->streaming)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	w->format->end(f, &t, w->seen + 1);
	return (send_events(f, true));
}

static int
tell_from_memory(struct flow *f)
{
	struct follow    *w = f->state;
	struct store_turn t;
	const char       *text;
	size_t            len;
	int64_t           last;
	bool              ended;

	ended = generation_turn(w->generation, &t);
	generation_allowance(w->generation, &f->allowance);
	if (!w->stream)
		return (ended ? w->format->reply(f, &t) : FLOW_NEXT);
	begin_events(f, &t);
	last = generation_last_event(w->generation) - ended;
	while (w->seen < last && w->out.len < PUT_MAX) {
		text = generation_delta(w->generation, w->seen + 1, &len);
		put_delta(f, text, len);
	}
	return (send_events(f, ended && put_end(f, &t, last)));
}

/* The deltas of a batch that were not told yet. */
static void
put_batch(struct flow *f, int64_t seq, const char *ends, const char *text)
{
	struct follow *w = f->state;
	unsigned long  from = 0, to;
	char          *rest;

	for (; *ends != '\0'; ends = *rest == ',' ? rest + 1 : rest, seq++) {
		to = strtoul(ends, &rest, 10);
		if (rest == ends || to < from || to > strlen(text))
			return;
		if (seq == w->seen + 1)
			put_delta(f, text + from, to - from);
		from = to;
	}
}

/* What there is of a page of the log; true: and with it the turn's end. */
static bool
put_logged(struct flow *f, const struct store_turn *t)
{
	struct follow  *w = f->state;
	struct db_call *rows = flow_rows(f);
	const char     *ends, *text;
	int64_t         last, seq;
	int             i;

	for (i = 0; store_turn_batch(rows, i, &seq, &ends, &text); i++)
		put_batch(f, seq, ends, text);
	w->behind = !store_turn_batches_end(rows, &last);
	if (w->behind || strcmp(t->status, "running") == 0)
		return (false);
	/* Nothing was logged: an answer that was known at once. */
	if (i == 0 && w->seen == 1 && t->response[0] != '\0')
		put_delta(f, t->response, strlen(t->response));
	put_end(f, t, last);
	return (true);
}

static int
tell_from_log(struct flow *f)
{
	struct follow    *w = f->state;
	struct db_call   *rows = flow_rows(f);
	struct store_turn t;

	if (db_rows(rows) == 0)
		return (tell_revoked(f));
	if (store_turn_count(rows) == 0)
		return (f->streaming ? stream_end(f)
				     : reply_error(f, w->format->not_found));
	if (!f->allowance.known)
		allowance_read(f, rows);
	store_turn_read_followed(rows, &t);
	if (!w->stream)
		return (strcmp(t.status, "running") != 0
			? w->format->reply(f, &t)
			: FLOW_NEXT);
	begin_events(f, &t);
	return (send_events(f, put_logged(f, &t)));
}

int
follow_tell(struct flow *f)
{
	struct follow *w = f->state;

	if (w->watch.revoked)
		return (tell_revoked(f));
	return (w->generation != NULL ? tell_from_memory(f) : tell_from_log(f));
}

int
follow_rest(struct flow *f)
{
	struct follow *w = f->state;

	if (w->generation != NULL)
		/* One reply waits for the end, behind every event. */
		flow_await(f,
		    generation_news(
			w->generation, w->stream ? w->seen : INT64_MAX));
	else if (!w->behind)
		stream_pause(f, LOOK_AGAIN_MS);
	return (FLOW_BACK_TWO);
}
