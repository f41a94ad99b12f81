/*
 * POST /v1/conversations and POST /v1/conversations/{id}/fork: a new
 * conversation, empty, of given items, or of another one's turns. An
 * Idempotency-Key makes one only, however often it is sent.
 */
#include <string.h>

#include "api/v1_conversation.h"
#include "api/v1_conversations.h"
#include "api/v1_id.h"
#include "api/v1_messages.h"
#include "api/v1_metadata.h"
#include "api/v1_new.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/request.h"
#include "store/store_conversation_new.h"

#define ITEMS_MAX 20 /* as OpenAI has it */

struct making {
	struct store_conversation_new made;
	struct v1_metadata            metadata;
	struct v1_messages            messages;
	struct uuid                   source; /* of a fork */
	struct uuid                   leaf;
	bool                          whole; /* no leaf was named */
	char                          fingerprint[REQUEST_FINGERPRINT_SIZE];
};

static void
free_making(void *state)
{
	struct making *s = state;

	v1_metadata_release(&s->metadata);
	v1_messages_release(&s->messages);
}

/* Look whether the key made one before; without a key there is no need. */
static int
look_for_key(struct flow *f)
{
	struct making *s = f->state;

	uuid_new(&s->made.id);
	if (!request_idempotency_key(f, &s->made.key))
		return (FLOW_DONE);
	if (s->made.key == NULL)
		return (FLOW_NEXT);
	request_fingerprint(f, s->fingerprint);
	s->made.fingerprint = s->fingerprint;
	return (store_conversation_made(f, &s->made.id, s->made.key));
}

/* Answer with the one that is there, made by this or an earlier sending. */
static int
reply_made(struct flow *f)
{
	struct making *s = f->state;

	if (db_rows(flow_rows(f)) > 0 &&
	    !store_conversation_made_same(flow_rows(f), s->fingerprint))
		return (reply_error(f, ERR_IDEMPOTENCY_KEY_REUSED));
	return (v1_conversation_reply(f));
}

static bool
made_before(struct flow *f)
{
	struct making *s = f->state;

	if (s->made.key == NULL || db_rows(flow_rows(f)) == 0 ||
	    (store_conversation_count(flow_rows(f)) == 0 &&
		store_conversation_made_same(flow_rows(f), s->fingerprint)))
		return (false);
	reply_made(f);
	return (true);
}

static int
read_create(struct flow *f)
{
	struct making *s = f->state;

	if (f->req->http_body_length > 0 && request_body(f) == NULL)
		return (FLOW_DONE);
	if (!v1_metadata_read(f, f->body, "metadata", &s->metadata) ||
	    !v1_messages_read(f, json_member(f->body, "items"), "items",
		ITEMS_MAX, &s->messages))
		return (FLOW_DONE);
	s->made.metadata = s->metadata.set.data;
	s->made.turns = s->messages.turns.data;
	s->made.title = s->metadata.title;
	if (s->made.title == NULL || s->made.title[0] == '\0')
		s->made.title = s->messages.title.len > 0
		    ? s->messages.title.data
		    : "";
	return (look_for_key(f));
}

static int
create(struct flow *f)
{
	struct making *s = f->state;

	if (made_before(f))
		return (FLOW_DONE);
	return (store_conversation_new(f, &s->made));
}

static int
created(struct flow *f)
{
	struct making *s = f->state;

	if (db_conflict(flow_rows(f)))
		return (store_conversation_made(f, &s->made.id, s->made.key));
	return (v1_conversation_reply(f));
}

static const struct step create_steps[] = {STEP(read_create), STEP(create),
    STEP(created), STEP(reply_made), STEPS_END};

int
v1_new_create(struct http_request *req)
{
	return (
	    flow_run(req, create_steps, sizeof(struct making), free_making));
}

static int
read_fork(struct flow *f)
{
	struct making *s = f->state;
	const char    *leaf;

	if (!v1_conversation_path(f, &s->source, NULL))
		return (FLOW_DONE);
	if (f->req->http_body_length > 0 && request_body(f) == NULL)
		return (FLOW_DONE);
	if (!request_text(f, "response_id", 256, &leaf))
		return (FLOW_DONE);
	s->whole = leaf == NULL;
	if (leaf != NULL && !v1_id_parse(V1_ID_RESPONSE, leaf, &s->leaf))
		return (reply_error_param(f, ERR_MESSAGE_NOT_FOUND,
		    "response_id", "No such response"));
	return (look_for_key(f));
}

static int
fork_it(struct flow *f)
{
	struct making *s = f->state;

	if (made_before(f))
		return (FLOW_DONE);
	return (store_conversation_fork(
	    f, &s->source, s->whole ? NULL : &s->leaf, &s->made));
}

static int
forked(struct flow *f)
{
	struct making *s = f->state;
	bool           leaf;

	if (db_conflict(flow_rows(f)))
		return (store_conversation_made(f, &s->made.id, s->made.key));
	if (db_rows(flow_rows(f)) > 0 &&
	    store_conversation_forked(flow_rows(f), &leaf) && !leaf)
		return (reply_error_param(f, ERR_MESSAGE_NOT_FOUND,
		    "response_id", "No such response in the conversation"));
	return (v1_conversation_reply(f));
}

static const struct step fork_steps[] = {
    STEP(read_fork), STEP(fork_it), STEP(forked), STEP(reply_made), STEPS_END};

int
v1_new_fork(struct http_request *req)
{
	return (flow_run(req, fork_steps, sizeof(struct making), free_making));
}
