/*
 * Links to a conversation: POST and DELETE /v1/conversations/{id}/share, and
 * GET /shared/{token}, which anybody may. A link shows what had been said when
 * it was made, and nothing of it once it or the conversation is gone. A
 * browser gets the page, which then asks for JSON.
 */
#include <string.h>

#include "api/page.h"
#include "api/v1_conversation.h"
#include "api/v1_conversations.h"
#include "api/v1_id.h"
#include "api/v1_item.h"
#include "api/v1_list.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/request.h"
#include "core/reset_token.h"
#include "core/share_token.h"
#include "store/store_shares.h"

#define PATH   "/shared/"
#define SECOND 1000000 /* microseconds */

struct sharing {
	char token[SHARE_TOKEN_SIZE];
};

static int
make(struct flow *f)
{
	struct sharing *s = f->state;
	struct uuid     id;
	char            hash[RESET_TOKEN_HASH_SIZE];

	if (!v1_conversation_path(f, &id, NULL))
		return (FLOW_DONE);
	share_token_new(f->user.user_id, s->token);
	reset_token_hash(s->token, hash);
	return (store_share_make(f, &id, hash));
}

/* Where the client reached us. */
static void
put_url(struct flow *f, struct buf *b, const char *token)
{
	struct buf  url = {0};
	const char *host;

	if (http_request_header(f->req, "host", &host))
		buf_printf(&url, "https://%s", host);
	buf_printf(&url, PATH "%s", token);
	json_put_text(b, "url", url.data);
	buf_wipe(&url);
}

static int
reply_made(struct flow *f)
{
	struct sharing *s = f->state;
	struct buf      body = {0};
	int64_t         made;

	if (v1_conversation_refused(f))
		return (FLOW_DONE);
	if ((made = store_share_made(flow_rows(f))) == 0)
		return (reply_error(f, ERR_CONVERSATION_NOT_FOUND));
	json_open_object(&body, NULL);
	json_put_text(&body, "object", "conversation.share");
	json_put_text(&body, "token", s->token);
	put_url(f, &body, s->token);
	json_put_int(&body, "created_at", made / SECOND);
	json_close_object(&body);
	return (reply_json(f, 200, &body));
}

static int
end(struct flow *f)
{
	struct uuid id;

	if (!v1_conversation_path(f, &id, NULL))
		return (FLOW_DONE);
	return (store_share_end(f, &id));
}

static int
reply_ended(struct flow *f)
{
	struct buf body = {0};

	if (v1_conversation_refused(f))
		return (FLOW_DONE);
	if (!store_share_ended(flow_rows(f)))
		return (reply_error(f, ERR_CONVERSATION_NOT_FOUND));
	json_open_object(&body, NULL);
	json_put_text(&body, "object", "conversation.share.deleted");
	json_put_bool(&body, "deleted", true);
	json_close_object(&body);
	return (reply_json(f, 200, &body));
}

static const struct step make_steps[] = {
    STEP(make), STEP(reply_made), STEPS_END};
static const struct step end_steps[] = {
    STEP(end), STEP(reply_ended), STEPS_END};

int
v1_share(struct http_request *req)
{
	if (req->method == HTTP_METHOD_DELETE)
		return (flow_run(req, end_steps, 0, NULL));
	return (flow_run(req, make_steps, sizeof(struct sharing), NULL));
}

struct viewing {
	struct v1_list list;
	struct uuid    from;
};

static void
free_viewing(void *state)
{
	v1_list_release(&((struct viewing *)state)->list);
}

static int
fetch_view(struct flow *f)
{
	struct viewing *s = f->state;
	const char     *token = f->req->path + strlen(PATH);
	char            hash[RESET_TOKEN_HASH_SIZE];
	int64_t         owner;
	bool            prompt;

	if (page_wanted(f))
		return (page_reply(f));
	if (!v1_list_read(f, &s->list))
		return (FLOW_DONE);
	if (s->list.after == NULL)
		s->list.limit = V1_LIST_LIMIT_MAX;
	s->list.ascending = true;
	if (s->list.after != NULL &&
	    !v1_item_parse(s->list.after, &s->from, &prompt))
		return (reply_error(f, ERR_MESSAGE_NOT_FOUND));
	if (!share_token_owner(token, &owner))
		return (reply_error(f, ERR_SHARE_NOT_FOUND));
	reset_token_hash(token, hash);
	return (store_share_view(f, owner, hash,
	    s->list.after != NULL ? &s->from : NULL, v1_item_turns(&s->list)));
}

static int
reply_view(struct flow *f)
{
	struct viewing    *s = f->state;
	struct store_share share;
	struct buf         body = {0};
	bool               more;

	if (!store_share_read(flow_rows(f), &share))
		return (reply_error(f, ERR_SHARE_NOT_FOUND));
	json_open_object(&body, NULL);
	json_put_text(&body, "object", "conversation.shared");
	json_put_text(&body, "title", share.title);
	json_put_int(&body, "created_at", share.created / SECOND);
	json_put_int(&body, "shared_at", share.shared / SECOND);
	v1_list_begin(&s->list);
	more = v1_item_put_page(
	    &s->list, flow_rows(f), v1_item_turns(&s->list));
	v1_list_end(&s->list, more);
	json_put_raw(&body, "items", s->list.body.data);
	json_close_object(&body);
	return (reply_json(f, 200, &body));
}

static const struct step view_steps[] = {
    STEP(fetch_view), STEP(reply_view), STEPS_END};

int
v1_share_view(struct http_request *req)
{
	return (
	    flow_run(req, view_steps, sizeof(struct viewing), free_viewing));
}
