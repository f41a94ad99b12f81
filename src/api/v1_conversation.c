#include <string.h>

#include "api/v1_conversation.h"
#include "api/v1_id.h"
#include "api/v1_metadata.h"
#include "core/allowance.h"
#include "core/json.h"
#include "core/reply.h"

#define MICROSECONDS 1000000

bool
v1_conversation_path(struct flow *f, struct uuid *id, const char **rest)
{
	const char *path = f->req->path + strlen(V1_CONVERSATIONS);
	size_t      n = strcspn(path, "/");
	char        text[V1_ID_SIZE];

	snprintf(text, sizeof(text), "%.*s", (int)n, path);
	if (rest != NULL)
		*rest = path + n;
	if (n < sizeof(text) && v1_id_parse(V1_ID_CONVERSATION, text, id))
		return (true);
	reply_error(f, ERR_CONVERSATION_NOT_FOUND);
	return (false);
}

void
v1_conversation_put(struct buf *b, const struct store_conversation *c)
{
	char id[V1_ID_SIZE];

	v1_id_format(V1_ID_CONVERSATION, &c->id, id);
	json_put_text(b, "id", id);
	json_put_text(b, "object", "conversation");
	json_put_int(b, "created_at", c->created / MICROSECONDS);
	json_put_int(b, "updated_at", c->updated / MICROSECONDS);
	json_put_text(b, "title", c->title);
	v1_metadata_put(b, c->metadata, c->title);
	json_put_int(b, "conversation_number", c->number);
	json_put_bool(b, "shared", c->shared);
}

bool
v1_conversation_refused(struct flow *f)
{
	if (db_rows(flow_rows(f)) == 0) {
		reply_error(f, ERR_TOKEN_REVOKED);
		return (true);
	}
	allowance_read(f, flow_rows(f));
	return (false);
}

int
v1_conversation_reply(struct flow *f)
{
	struct store_conversation c;
	struct buf                body = {0};

	if (v1_conversation_refused(f))
		return (FLOW_DONE);
	if (store_conversation_count(flow_rows(f)) == 0)
		return (reply_error(f, ERR_CONVERSATION_NOT_FOUND));
	store_conversation_read(flow_rows(f), 0, &c);
	json_open_object(&body, NULL);
	v1_conversation_put(&body, &c);
	json_close_object(&body);
	return (reply_json(f, 200, &body));
}
