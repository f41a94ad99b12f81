/*
 * /v1/conversations: the list, searched or not, and one conversation: read,
 * changed, deleted. Making one is v1_new.c's.
 */
#include <string.h>

#include "api/v1_conversation.h"
#include "api/v1_conversations.h"
#include "api/v1_id.h"
#include "api/v1_list.h"
#include "api/v1_metadata.h"
#include "api/v1_new.h"
#include "api/v1_snippet.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/request.h"
#include "store/store_search.h"

struct listing {
	struct v1_list list;
	struct uuid    after;
	const char    *typed; /* to search for, or NULL */
};

static void
free_listing(void *state)
{
	v1_list_release(&((struct listing *)state)->list);
}

static bool
read_archived(struct flow *f, enum store_archived *archived)
{
	const char *text;

	if (!request_query_text(f, "archived", &text))
		return (false);
	*archived = text == NULL        ? STORE_ARCHIVED_EITHER
	    : strcmp(text, "true") == 0 ? STORE_ARCHIVED_ONLY
					: STORE_ARCHIVED_NOT;
	return (true);
}

static int
refuse_after(struct flow *f)
{
	return (reply_error_param(f, ERR_CONVERSATION_NOT_FOUND, "after",
	    "after names no conversation"));
}

/* One more than are shown tells whether there are more. */
static int
fetch_list(struct flow *f)
{
	struct listing     *s = f->state;
	enum store_archived archived;
	const struct uuid  *after = NULL;

	if (!v1_list_read(f, &s->list) || !read_archived(f, &archived) ||
	    !request_query_text(f, "q", &s->typed))
		return (FLOW_DONE);
	if (s->list.after != NULL) {
		if (!v1_id_parse(V1_ID_CONVERSATION, s->list.after, &s->after))
			return (refuse_after(f));
		after = &s->after;
	}
	if (s->typed != NULL)
		return (store_search(
		    f, s->typed, archived, after, s->list.limit + 1));
	return (store_conversation_list(f, archived, after, s->list.limit + 1));
}

static void
put_entry(struct listing *s, const struct db_call *rows, int row)
{
	struct v1_list           *list = &s->list;
	struct store_conversation c;
	char                      id[V1_ID_SIZE];

	store_conversation_read(rows, row, &c);
	v1_id_format(V1_ID_CONVERSATION, &c.id, id);
	v1_list_entry(list, id);
	json_open_object(&list->body, NULL);
	v1_conversation_put(&list->body, &c);
	if (s->typed != NULL && store_search_snippet(rows, row) != NULL)
		v1_snippet_put(&list->body, store_search_snippet(rows, row));
	json_close_object(&list->body);
}

static int
reply_list(struct flow *f)
{
	struct listing *s = f->state;
	int             i, count = store_conversation_count(flow_rows(f));

	if (v1_conversation_refused(f))
		return (FLOW_DONE);
	if (!(s->typed != NULL ? store_search_begins(flow_rows(f))
			       : store_conversation_list_begins(flow_rows(f))))
		return (refuse_after(f));
	v1_list_begin(&s->list);
	for (i = 0; i < count && i < s->list.limit; i++)
		put_entry(s, flow_rows(f), i);
	return (v1_list_reply(f, &s->list, count > s->list.limit));
}

static const struct step list_steps[] = {
    STEP(fetch_list), STEP(reply_list), STEPS_END};

int
v1_conversations(struct http_request *req)
{
	if (req->method == HTTP_METHOD_POST)
		return (v1_new_create(req));
	return (
	    flow_run(req, list_steps, sizeof(struct listing), free_listing));
}

static int
fetch(struct flow *f)
{
	struct uuid id;

	if (!v1_conversation_path(f, &id, NULL))
		return (FLOW_DONE);
	return (store_conversation_get(f, &id));
}

static const struct step get_steps[] = {
    STEP(fetch), STEP(v1_conversation_reply), STEPS_END};

static void
free_metadata(void *state)
{
	v1_metadata_release(state);
}

/*
 * Metadata that is given is merged into what is there: null removes a pair,
 * null for all of it removes all.
 */
static int
change(struct flow *f)
{
	struct v1_metadata              *m = f->state;
	struct store_conversation_change c = {0};
	struct uuid                      id;

	if (!v1_conversation_path(f, &id, NULL) || request_body(f) == NULL ||
	    !v1_metadata_read(f, f->body, "metadata", m))
		return (FLOW_DONE);
	if (!m->given)
		return (reply_error_param(
		    f, ERR_INVALID_FIELD, "metadata", "metadata is missing"));
	c.clear = m->null;
	c.removed = m->removed.data;
	c.set = m->set.data;
	c.title = m->null ? "" : m->title;
	return (store_conversation_change(f, &id, &c));
}

static int
reply_changed(struct flow *f)
{
	if (db_rows(flow_rows(f)) > 0 &&
	    store_conversation_count(flow_rows(f)) == 0 &&
	    store_conversation_there(flow_rows(f)))
		return (reply_error_param(f, ERR_INVALID_FIELD, "metadata",
		    "metadata would have more than %d pairs",
		    STORE_METADATA_MAX));
	return (v1_conversation_reply(f));
}

static const struct step change_steps[] = {
    STEP(change), STEP(reply_changed), STEPS_END};

static int delete (struct flow *f)
{
	struct uuid id;

	if (!v1_conversation_path(f, &id, NULL))
		return (FLOW_DONE);
	return (store_conversation_delete(f, &id));
}

static int
reply_deleted(struct flow *f)
{
	struct buf body = {0};

	if (v1_conversation_refused(f))
		return (FLOW_DONE);
	if (!store_conversation_deleted(flow_rows(f)) &&
	    !db_repeated(flow_rows(f)))
		return (reply_error(f, ERR_CONVERSATION_NOT_FOUND));
	json_open_object(&body, NULL);
	json_put_text(&body, "id", f->req->path + strlen(V1_CONVERSATIONS));
	json_put_text(&body, "object", "conversation.deleted");
	json_put_bool(&body, "deleted", true);
	json_close_object(&body);
	return (reply_json(f, 200, &body));
}

static const struct step delete_steps[] = {
    STEP(delete), STEP(reply_deleted), STEPS_END};

int
v1_conversations_one(struct http_request *req)
{
	switch (req->method) {
	case HTTP_METHOD_POST:
		return (flow_run(req, change_steps, sizeof(struct v1_metadata),
		    free_metadata));
	case HTTP_METHOD_DELETE:
		return (flow_run(req, delete_steps, 0, NULL));
	default:
		return (flow_run(req, get_steps, 0, NULL));
	}
}
