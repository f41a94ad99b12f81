/*
 * GET /chat/history and GET /chat/conversations: what a user has said so far.
 */
#include "api/chat.h"
#include "api/chat_turn.h"
#include "core/allowance.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/request.h"
#include "core/stream.h"
#include "store/store_conversations.h"
#include "store/store_turns.h"

/* Turns fetched at once. A history that fits into one page is sent whole, a
 * longer one in chunks: neither the worker nor a client has to hold it. */
#define PAGE 200

struct reading {
	int64_t     conversation; /* 0: all */
	int         limit;        /* of the page that is fetched */
	struct uuid last;         /* of the page before */
	struct buf  out;
};

static void
free_reading(void *state)
{
	struct reading *r = state;

	buf_wipe(&r->out);
}

static int
fetch_first(struct flow *f)
{
	struct reading *r = f->state;

	if (!request_query_number(
		f, "conversation_number", INT32_MAX, &r->conversation))
		return (FLOW_DONE);
	if (r->conversation != 0) {
		r->limit = STORE_TURN_FIRST;
		return (store_turn_first(f, r->conversation));
	}
	r->limit = PAGE;
	return (store_turn_page(f, 0, &r->last, PAGE));
}

static void
put_page(struct flow *f, int count)
{
	struct reading   *r = f->state;
	struct store_turn t;
	int               i;

	if (!f->streaming && r->out.len == 0)
		json_open_array(&r->out, NULL);
	for (i = 0; i < count; i++) {
		store_turn_read_page(flow_rows(f), i, &t);
		/* The writer puts no comma at the start of a chunk. */
		if (r->out.len == 0)
			buf_char(&r->out, ',');
		chat_turn_entry(&r->out, &t);
		r->last = t.id;
	}
}

static int
send_page(struct flow *f)
{
	struct reading *r = f->state;
	bool            more;
	int             count;

	/* One whose rights end half-way sees that something is missing. */
	if (db_rows(flow_rows(f)) == 0)
		return (f->streaming ? stream_cut(f, ERR_TOKEN_REVOKED)
				     : reply_error(f, ERR_TOKEN_REVOKED));
	if (!f->streaming)
		allowance_read(f, flow_rows(f));
	count = store_turn_page_count(flow_rows(f), r->limit, &more);
	if (more && count == 0)
		return (FLOW_NEXT);
	put_page(f, count);
	if (!more) {
		json_close_array(&r->out);
		if (!f->streaming)
			return (reply_json(f, 200, &r->out));
		stream_write(f, &r->out);
		return (stream_end(f));
	}
	if (!f->streaming)
		stream_begin(f, "application/json");
	stream_write(f, &r->out);
	return (stream_drain(f));
}

static int
fetch_next(struct flow *f)
{
	struct reading *r = f->state;

	r->limit = PAGE;
	store_turn_page(f, r->conversation, &r->last, PAGE);
	return (FLOW_BACK);
}

static const struct step history_steps[] = {
    STEP(fetch_first), STEP(send_page), STEP(fetch_next), STEPS_END};

int
chat_history(struct http_request *req)
{
	return (
	    flow_run(req, history_steps, sizeof(struct reading), free_reading));
}

static int
fetch_numbers(struct flow *f)
{
	return (store_conversation_numbers(f));
}

static int
reply_numbers(struct flow *f)
{
	struct db_call *rows = flow_rows(f);
	struct buf      body = {0};
	int             i;

	if (db_rows(rows) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	allowance_read(f, rows);
	json_open_array(&body, NULL);
	for (i = 0; i < db_rows(rows); i++)
		if (!db_is_null(rows, i, 3))
			json_put_int(&body, NULL, db_int(rows, i, 3));
	json_close_array(&body);
	return (reply_json(f, 200, &body));
}

static const struct step conversations_steps[] = {
    STEP(fetch_numbers), STEP(reply_numbers), STEPS_END};

int
chat_conversations(struct http_request *req)
{
	return (flow_run(req, conversations_steps, 0, NULL));
}
