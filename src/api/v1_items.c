/*
 * /v1/conversations/{id}/items: what was said, as OpenAI's message items. A
 * turn is up to two of them; what the answers say beside OpenAI's members is
 * for pages that draw branches.
 */
#include <string.h>

#include "api/v1_conversation.h"
#include "api/v1_conversations.h"
#include "api/v1_id.h"
#include "api/v1_item.h"
#include "api/v1_list.h"
#include "api/v1_messages.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/request.h"

#define ITEMS_MAX 20 /* created at once, as OpenAI has it */

struct items {
	struct v1_list     list;
	struct v1_messages messages; /* to create */
	struct uuid        conversation;
	struct uuid        from;
	struct uuid        turn; /* of one item */
	bool               prompt;
};

static void
free_items(void *state)
{
	struct items *s = state;

	v1_list_release(&s->list);
	v1_messages_release(&s->messages);
}

static int
fetch_page(struct flow *f)
{
	struct items *s = f->state;
	bool          prompt;

	if (!v1_conversation_path(f, &s->conversation, NULL) ||
	    !v1_list_read(f, &s->list))
		return (FLOW_DONE);
	if (s->list.after != NULL &&
	    !v1_item_parse(s->list.after, &s->from, &prompt))
		return (reply_error_param(
		    f, ERR_MESSAGE_NOT_FOUND, "after", "after names no item"));
	return (store_item_page(f, &s->conversation,
	    s->list.after != NULL ? &s->from : NULL, s->list.ascending,
	    v1_item_turns(&s->list)));
}

static int
reply_page(struct flow *f)
{
	struct items *s = f->state;
	bool          more;

	if (v1_conversation_refused(f))
		return (FLOW_DONE);
	if (!store_item_conversation(flow_rows(f)))
		return (reply_error(f, ERR_CONVERSATION_NOT_FOUND));
	v1_list_begin(&s->list);
	more = v1_item_put_page(
	    &s->list, flow_rows(f), v1_item_turns(&s->list));
	return (v1_list_reply(f, &s->list, more));
}

static const struct step page_steps[] = {
    STEP(fetch_page), STEP(reply_page), STEPS_END};

static int
add(struct flow *f)
{
	struct items *s = f->state;
	const cJSON  *given;

	if (!v1_conversation_path(f, &s->conversation, NULL) ||
	    request_body(f) == NULL)
		return (FLOW_DONE);
	given = json_member(f->body, "items");
	if (cJSON_GetArraySize(given) == 0)
		return (reply_error_param(f, ERR_INVALID_FIELD, "items",
		    "items must be an array of messages"));
	if (!v1_messages_read(f, given, "items", ITEMS_MAX, &s->messages))
		return (FLOW_DONE);
	return (store_item_add(f, &s->conversation, s->messages.turns.data));
}

/* They are there, by this or an earlier sending: read them back. */
static int
fetch_added(struct flow *f)
{
	struct items *s = f->state;

	if (!db_conflict(flow_rows(f))) {
		if (v1_conversation_refused(f))
			return (FLOW_DONE);
		if (!store_item_conversation(flow_rows(f)))
			return (reply_error(f, ERR_CONVERSATION_NOT_FOUND));
	}
	s->list.limit = 2 * ITEMS_MAX;
	s->list.ascending = true;
	return (store_item_page(f, &s->conversation, &s->messages.first_turn,
	    true, v1_item_turns(&s->list)));
}

static const struct step add_steps[] = {
    STEP(add), STEP(fetch_added), STEP(reply_page), STEPS_END};

int
v1_items(struct http_request *req)
{
	return (flow_run(req,
	    req->method == HTTP_METHOD_POST ? add_steps : page_steps,
	    sizeof(struct items), free_items));
}

static bool
read_path(struct flow *f)
{
	struct items *s = f->state;
	const char   *rest;

	if (!v1_conversation_path(f, &s->conversation, &rest))
		return (false);
	if (v1_item_parse(rest + strlen("/items/"), &s->turn, &s->prompt))
		return (true);
	reply_error(f, ERR_MESSAGE_NOT_FOUND);
	return (false);
}

static int
fetch_item(struct flow *f)
{
	struct items *s = f->state;

	if (!read_path(f))
		return (FLOW_DONE);
	return (store_item_get(f, &s->conversation, &s->turn));
}

static int
reply_item(struct flow *f)
{
	struct items     *s = f->state;
	struct store_item item;
	struct buf        body = {0};

	if (v1_conversation_refused(f))
		return (FLOW_DONE);
	if (!store_item_conversation(flow_rows(f)))
		return (reply_error(f, ERR_CONVERSATION_NOT_FOUND));
	if (store_item_count(flow_rows(f)) == 0)
		return (reply_error(f, ERR_MESSAGE_NOT_FOUND));
	store_item_read(flow_rows(f), 0, &item);
	if (!v1_item_there(&item, s->prompt))
		return (reply_error(f, ERR_MESSAGE_NOT_FOUND));
	v1_item_put(&body, &item, s->prompt);
	return (reply_json(f, 200, &body));
}

static const struct step get_steps[] = {
    STEP(fetch_item), STEP(reply_item), STEPS_END};

static int delete (struct flow *f)
{
	struct items *s = f->state;

	if (!read_path(f))
		return (FLOW_DONE);
	return (store_item_delete(f, &s->conversation, &s->turn, s->prompt));
}

static int
fetch_rest(struct flow *f)
{
	struct items *s = f->state;

	if (v1_conversation_refused(f))
		return (FLOW_DONE);
	if (!store_item_conversation(flow_rows(f)))
		return (reply_error(f, ERR_CONVERSATION_NOT_FOUND));
	switch (store_item_deleted(flow_rows(f))) {
	case STORE_ITEM_NONE:
		if (db_repeated(flow_rows(f)))
			break;
		return (reply_error(f, ERR_MESSAGE_NOT_FOUND));
	case STORE_ITEM_RUNNING:
		return (reply_error(f, ERR_STILL_RUNNING));
	case STORE_ITEM_DELETED:
		break;
	}
	return (store_conversation_get(f, &s->conversation));
}

/* OpenAI answers with the conversation. */
static const struct step delete_steps[] = {
    STEP(delete), STEP(fetch_rest), STEP(v1_conversation_reply), STEPS_END};

int
v1_items_one(struct http_request *req)
{
	return (flow_run(req,
	    req->method == HTTP_METHOD_DELETE ? delete_steps : get_steps,
	    sizeof(struct items), free_items));
}
