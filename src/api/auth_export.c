/*
 * GET /auth/export: everything of the user's as one JSON object, sent page by
 * page, so that no account is too large for it. One whose rights end meanwhile
 * is cut off.
 */
#include "api/auth.h"
#include "api/auth_keys.h"
#include "api/auth_me.h"
#include "api/auth_sessions.h"
#include "api/chat_turn.h"
#include "core/allowance.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/stream.h"
#include "store/store_account.h"
#include "store/store_audit.h"
#include "store/store_export.h"
#include "store/store_keys.h"
#include "store/store_sessions.h"
#include "store/store_turns.h"

#define PAGE 200

struct exporting {
	int64_t     conversation; /* the last one sent, or the turn's */
	struct uuid turn;         /* the last one sent */
	bool        first;        /* of a list that is sent page by page */
	struct buf  out;
};

static void
free_exporting(void *state)
{
	struct exporting *x = state;

	buf_wipe(&x->out);
}

static bool
may_act(struct flow *f)
{
	return (db_rows(flow_rows(f)) > 0);
}

static int
fetch_account(struct flow *f)
{
	return (store_account_look(f));
}

static int
put_account(struct flow *f)
{
	struct exporting *x = f->state;

	if (!may_act(f))
		return (reply_error(f, ERR_TOKEN_REVOKED));
	store_audit_of(f, AUDIT_EXPORTED, f->user.user_id, NULL);
	allowance_read(f, flow_rows(f));
	http_response_header(f->req, "content-disposition",
	    "attachment; filename=\"aichat-export.json\"");
	stream_begin(f, "application/json");
	json_open_object(&x->out, NULL);
	json_open_object(&x->out, "profile");
	auth_me_put(f, &x->out);
	json_close_object(&x->out);
	return (store_session_list(f));
}

static int
put_sessions(struct flow *f)
{
	struct exporting *x = f->state;

	if (!may_act(f))
		return (stream_cut(f, ERR_TOKEN_REVOKED));
	auth_sessions_put(&x->out, "sessions", flow_rows(f));
	return (store_key_list(f));
}

static int
put_keys(struct flow *f)
{
	struct exporting *x = f->state;

	if (!may_act(f))
		return (stream_cut(f, ERR_TOKEN_REVOKED));
	auth_keys_put(&x->out, "keys", flow_rows(f));
	return (store_account_usage(f));
}

static int
put_usage(struct flow *f)
{
	struct exporting *x = f->state;
	const char       *day;
	int64_t           used;
	int               i;

	if (!may_act(f))
		return (stream_cut(f, ERR_TOKEN_REVOKED));
	json_open_array(&x->out, "usage");
	for (i = 0; store_account_day(flow_rows(f), i, &day, &used); i++) {
		json_open_object(&x->out, NULL);
		json_put_text(&x->out, "day", day);
		json_put_int(&x->out, "messages", used);
		json_close_object(&x->out);
	}
	json_close_array(&x->out);
	json_open_array(&x->out, "conversations");
	x->first = true;
	stream_write(f, &x->out);
	return (stream_drain(f));
}

static void
put_conversation(struct buf *b, const struct store_exported *c)
{
	char id[UUID_TEXT_SIZE];

	uuid_format(&c->id, id);
	json_open_object(b, NULL);
	json_put_int(b, "conversation_number", c->number);
	json_put_text(b, "id", id);
	json_put_text(b, "title", c->title);
	if (c->instructions != NULL)
		json_put_text(b, "instructions", c->instructions);
	if (c->metadata != NULL)
		json_put_raw(b, "metadata", c->metadata);
	json_put_time(b, "created_at", c->created);
	json_put_time(b, "updated_at", c->updated);
	json_close_object(b);
}

/* The writer puts no comma at the start of a chunk. */
static void
next_of_list(struct exporting *x)
{
	if (!x->first && x->out.len == 0)
		buf_char(&x->out, ',');
	x->first = false;
}

/* Send what there is; again when the list has more. */
static int
send_on(struct flow *f, bool more)
{
	struct exporting *x = f->state;

	stream_write(f, &x->out);
	stream_drain(f);
	return (more ? FLOW_BACK : FLOW_NEXT);
}

static int
fetch_conversations(struct flow *f)
{
	struct exporting *x = f->state;

	return (store_export_conversations(f, x->conversation, PAGE));
}

static int
send_conversations(struct flow *f)
{
	struct exporting     *x = f->state;
	struct store_exported c;
	int                   i, count = store_export_count(flow_rows(f));

	if (!may_act(f))
		return (stream_cut(f, ERR_TOKEN_REVOKED));
	for (i = 0; i < count; i++) {
		store_export_read(flow_rows(f), i, &c);
		next_of_list(x);
		put_conversation(&x->out, &c);
		x->conversation = c.number;
	}
	if (count == PAGE)
		return (send_on(f, true));
	json_close_array(&x->out);
	json_open_array(&x->out, "messages");
	x->first = true;
	x->conversation = 0;
	return (send_on(f, false));
}

static int
fetch_turns(struct flow *f)
{
	struct exporting *x = f->state;

	return (store_turn_page_stored(f, x->conversation, &x->turn, PAGE));
}

static int
send_turns(struct flow *f)
{
	struct exporting *x = f->state;
	struct store_turn t;
	bool              more;
	int i, count = store_turn_page_count(flow_rows(f), PAGE, &more);

	if (!may_act(f))
		return (stream_cut(f, ERR_TOKEN_REVOKED));
	for (i = 0; i < count; i++) {
		store_turn_read_stored(flow_rows(f), i, &t);
		next_of_list(x);
		chat_turn_answer(&x->out, &t);
		x->conversation = t.conversation;
		x->turn = t.id;
	}
	if (!more) {
		json_close_array(&x->out);
		json_close_object(&x->out);
	}
	return (send_on(f, more));
}

static int
end_export(struct flow *f)
{
	return (stream_end(f));
}

static const struct step export_steps[] = {STEP(fetch_account),
    STEP(put_account), STEP(put_sessions), STEP(put_keys), STEP(put_usage),
    STEP(fetch_conversations), STEP(send_conversations), STEP(fetch_turns),
    STEP(send_turns), STEP(end_export), STEPS_END};

int
auth_export(struct http_request *req)
{
	return (flow_run(
	    req, export_steps, sizeof(struct exporting), free_exporting));
}
