/*
 * /v1/responses/{id}: the response, or its events from any point on; its end
 * before its time; what it was asked; and its deletion.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/v1.h"
#include "api/v1_conversation.h"
#include "api/v1_id.h"
#include "api/v1_item.h"
#include "api/v1_list.h"
#include "api/v1_response.h"
#include "api/v1_response_events.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/request.h"
#include "store/store_items.h"

#define PATH "/v1/responses/"

struct one {
	struct follow  follow; /* first */
	struct v1_list list;
};

static void
free_one(void *state)
{
	struct one *o = state;

	follow_release(&o->follow);
	v1_list_release(&o->list);
}

static bool
read_path(struct flow *f)
{
	struct one *o = f->state;
	const char *path = f->req->path + strlen(PATH);
	char        text[V1_ID_SIZE];

	o->follow.format = &v1_response_events;
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(path, "/"), path);
	if (v1_id_parse(V1_ID_RESPONSE, text, &o->follow.id))
		return (true);
	reply_error(f, ERR_RESPONSE_NOT_FOUND);
	return (false);
}

/* Streamed or as it stands; starting_after is only for what is streamed. */
static bool
read_query(struct flow *f)
{
	struct one *o = f->state;
	const char *stream, *after;

	if (!request_query_text(f, "stream", &stream) ||
	    !request_query_text(f, "starting_after", &after))
		return (false);
	o->follow.stream = stream != NULL && strcmp(stream, "true") == 0;
	v1_response_events_after(
	    &o->follow, after != NULL ? strtoll(after, NULL, 10) : -1);
	if (after == NULL || o->follow.stream)
		return (true);
	reply_error_param(f, ERR_INVALID_FIELD, "starting_after",
	    "starting_after is only for stream=true");
	return (false);
}

static int
look(struct flow *f)
{
	struct one *o = f->state;

	if (!read_path(f) || !read_query(f))
		return (FLOW_DONE);
	if (o->follow.stream)
		return (FLOW_NEXT);
	return (store_turn_follow(f, &o->follow.id, INT32_MAX));
}

static int
reply_as_it_stands(struct flow *f)
{
	struct one       *o = f->state;
	struct store_turn t;
	struct buf        body = {0};

	if (o->follow.stream)
		return (FLOW_NEXT);
	if (v1_conversation_refused(f))
		return (FLOW_DONE);
	if (store_turn_count(flow_rows(f)) == 0)
		return (reply_error(f, ERR_RESPONSE_NOT_FOUND));
	store_turn_read_followed(flow_rows(f), &t);
	v1_response_put(&body, NULL, &t);
	return (reply_json(f, 200, &body));
}

static const struct step get_steps[] = {
    STEP(look), STEP(reply_as_it_stands), FOLLOW_STEPS, STEPS_END};

static int
remove_turn(struct flow *f)
{
	struct one *o = f->state;

	if (!read_path(f))
		return (FLOW_DONE);
	return (store_item_delete_turn(f, &o->follow.id));
}

static int
reply_removed(struct flow *f)
{
	struct one *o = f->state;
	struct buf  body = {0};
	char        id[V1_ID_SIZE];

	if (v1_conversation_refused(f))
		return (FLOW_DONE);
	if (!store_item_turn_deleted(flow_rows(f)) &&
	    !db_repeated(flow_rows(f)))
		return (reply_error(f, ERR_RESPONSE_NOT_FOUND));
	v1_id_format(V1_ID_RESPONSE, &o->follow.id, id);
	json_open_object(&body, NULL);
	json_put_text(&body, "id", id);
	json_put_text(&body, "object", "response");
	json_put_bool(&body, "deleted", true);
	json_close_object(&body);
	return (reply_json(f, 200, &body));
}

static const struct step delete_steps[] = {
    STEP(remove_turn), STEP(reply_removed), STEPS_END};

int
v1_responses_one(struct http_request *req)
{
	return (flow_run(req,
	    req->method == HTTP_METHOD_DELETE ? delete_steps : get_steps,
	    sizeof(struct one), free_one));
}

/* A turn of another worker stops when that next looks; of this one, now. */
static int
ask_to_stop(struct flow *f)
{
	struct one *o = f->state;

	if (!read_path(f))
		return (FLOW_DONE);
	o->follow.generation = generation_find(f->user.user_id, &o->follow.id);
	if (o->follow.generation != NULL)
		generation_stop(o->follow.generation);
	return (store_turn_stop(f, &o->follow.id));
}

static const struct step cancel_steps[] = {
    STEP(ask_to_stop), FOLLOW_STEPS, STEPS_END};

int
v1_responses_cancel(struct http_request *req)
{
	return (flow_run(req, cancel_steps, sizeof(struct one), free_one));
}

static int
fetch_input(struct flow *f)
{
	struct one *o = f->state;

	if (!read_path(f) || !v1_list_read(f, &o->list))
		return (FLOW_DONE);
	return (store_item_of_turn(f, &o->follow.id));
}

/* One item, unless it stands before the page; false behind its end. */
static bool
put_item(struct v1_list *list, const struct store_item *item, bool prompt,
    const char **after)
{
	char id[V1_ID_SIZE];

	if (!v1_item_there(item, prompt))
		return (true);
	v1_id_format(prompt ? V1_ID_PROMPT : V1_ID_MESSAGE, &item->turn, id);
	if (*after != NULL) {
		if (strcmp(*after, id) == 0)
			*after = NULL;
		return (true);
	}
	if (list->count == list->limit)
		return (false);
	v1_list_entry(list, id);
	v1_item_put(&list->body, item, prompt);
	return (true);
}

/* All messages of all turns that came with it, but its own answer. */
static int
reply_input(struct flow *f)
{
	struct one       *o = f->state;
	struct v1_list   *list = &o->list;
	const char       *after = list->after;
	struct store_item item;
	int               i, n, row, count;
	bool              prompt, more = false;

	if (v1_conversation_refused(f))
		return (FLOW_DONE);
	if ((count = store_item_count(flow_rows(f))) == 0)
		return (reply_error(f, ERR_RESPONSE_NOT_FOUND));
	v1_list_begin(list);
	for (i = 0; i < 2 * count - 1 && !more; i++) {
		n = list->ascending ? i : 2 * count - 2 - i;
		row = n / 2;
		prompt = n % 2 == 0;
		store_item_read(flow_rows(f), row, &item);
		more = !put_item(list, &item, prompt, &after);
	}
	return (v1_list_reply(f, list, more));
}

static const struct step input_steps[] = {
    STEP(fetch_input), STEP(reply_input), STEPS_END};

int
v1_responses_input(struct http_request *req)
{
	return (flow_run(req, input_steps, sizeof(struct one), free_one));
}
