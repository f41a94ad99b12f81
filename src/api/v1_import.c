/*
 * POST /v1/conversations/import: conversations from elsewhere, each made
 * whole or not at all. All is read before the first is made, so that what is
 * refused changes nothing.
 */
#include <sodium.h>
#include <string.h>

#include "api/v1_conversation.h"
#include "api/v1_conversations.h"
#include "api/v1_id.h"
#include "api/v1_list.h"
#include "api/v1_messages.h"
#include "api/v1_metadata.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/request.h"
#include "store/store_conversation_new.h"

#define CONVERSATIONS_MAX 100
#define MESSAGES_MAX      2000 /* of one */
#define BODY_MAX          (1024 * 1024)

struct importing {
	const cJSON       *next; /* conversation to make */
	int                count;
	struct v1_list     made;
	struct v1_metadata metadata; /* of the one that is made */
	struct v1_messages messages;
	int64_t            created;
	struct uuid        id;
	const char        *key;
};

static void
release_one(struct importing *s)
{
	v1_metadata_release(&s->metadata);
	v1_messages_release(&s->messages);
	memset(&s->metadata, 0, sizeof(s->metadata));
	memset(&s->messages, 0, sizeof(s->messages));
}

static void
free_importing(void *state)
{
	struct importing *s = state;

	release_one(s);
	v1_list_release(&s->made);
}

static bool
read_one(struct flow *f, const cJSON *given, int i)
{
	struct importing *s = f->state;
	char              name[64];

	snprintf(name, sizeof(name), "conversations[%d]", i);
	if (!cJSON_IsObject(given)) {
		reply_error_param(
		    f, ERR_INVALID_FIELD, name, "%s must be an object", name);
		return (false);
	}
	snprintf(name, sizeof(name), "conversations[%d].metadata", i);
	if (!v1_metadata_read(f, given, name, &s->metadata))
		return (false);
	snprintf(name, sizeof(name), "conversations[%d].title", i);
	if (!v1_metadata_title(f, given, name, &s->metadata))
		return (false);
	s->created = 0;
	snprintf(name, sizeof(name), "conversations[%d].created_at", i);
	if (!v1_messages_time(given, &s->created)) {
		reply_error_param(f, ERR_INVALID_FIELD, name,
		    "%s must be a time in seconds since 1970", name);
		return (false);
	}
	snprintf(name, sizeof(name), "conversations[%d].messages", i);
	return (v1_messages_read(f, json_member(given, "messages"), name,
	    MESSAGES_MAX, &s->messages));
}

/* Read them all, and keep none. */
static bool
read_all(struct flow *f, const cJSON *all)
{
	struct importing *s = f->state;
	const cJSON      *given;
	bool              good = true;
	int               i = 0;

	cJSON_ArrayForEach(given, all) {
		good = good && read_one(f, given, i++);
		release_one(s);
	}
	return (good);
}

static int
read_import(struct flow *f)
{
	struct importing *s = f->state;
	const cJSON      *all;

	if (request_body_within(f, BODY_MAX) == NULL ||
	    !request_idempotency_key(f, &s->key))
		return (FLOW_DONE);
	all = json_member(f->body, "conversations");
	if (!cJSON_IsArray(all) || cJSON_GetArraySize(all) == 0 ||
	    cJSON_GetArraySize(all) > CONVERSATIONS_MAX)
		return (reply_error_param(f, ERR_INVALID_FIELD, "conversations",
		    "conversations must be an array of 1 to %d conversations",
		    CONVERSATIONS_MAX));
	if (!read_all(f, all))
		return (FLOW_DONE);
	s->next = all->child;
	v1_list_begin(&s->made);
	return (FLOW_NEXT);
}

/*
 * The same key and body make the same ids, so that a repeated import meets
 * what it made before.
 */
static void
choose_id(struct flow *f)
{
	struct importing        *s = f->state;
	crypto_generichash_state state;
	char                     fingerprint[REQUEST_FINGERPRINT_SIZE];
	struct uuid              derived;

	uuid_new(&s->id);
	if (s->key == NULL)
		return;
	request_fingerprint(f, fingerprint);
	crypto_generichash_init(&state, NULL, 0, sizeof(derived.bytes));
	crypto_generichash_update(
	    &state, (const unsigned char *)s->key, strlen(s->key) + 1);
	crypto_generichash_update(
	    &state, (const unsigned char *)fingerprint, sizeof(fingerprint));
	crypto_generichash_update(
	    &state, (const unsigned char *)&s->count, sizeof(s->count));
	crypto_generichash_final(&state, derived.bytes, sizeof(derived.bytes));
	/* Version 8, RFC 9562's for ids of one's own making. */
	derived.bytes[6] = (uint8_t)(0x80 | (derived.bytes[6] & 0x0f));
	derived.bytes[8] = (uint8_t)(0x80 | (derived.bytes[8] & 0x3f));
	s->id = derived;
}

static int
make_next(struct flow *f)
{
	struct importing             *s = f->state;
	struct store_conversation_new n = {0};

	if (!read_one(f, s->next, s->count))
		return (FLOW_DONE);
	choose_id(f);
	n.id = s->id;
	n.title = s->metadata.title != NULL && s->metadata.title[0] != '\0'
	    ? s->metadata.title
	    : s->messages.title.len > 0 ? s->messages.title.data
					: "";
	n.metadata = s->metadata.set.data;
	n.created = s->created != 0 ? s->created : s->messages.first;
	n.updated = s->messages.last > n.created ? s->messages.last : n.created;
	n.turns = s->messages.turns.data;
	return (store_conversation_new(f, &n));
}

/* It is there already, from an earlier sending. */
static int
look_again(struct flow *f)
{
	struct importing *s = f->state;

	if (db_conflict(flow_rows(f)))
		return (store_conversation_get(f, &s->id));
	return (FLOW_NEXT);
}

static int
note_made(struct flow *f)
{
	struct importing         *s = f->state;
	struct store_conversation c;
	char                      id[V1_ID_SIZE];

	if (v1_conversation_refused(f))
		return (FLOW_DONE);
	if (store_conversation_count(flow_rows(f)) == 0)
		return (reply_error(f, ERR_INTERNAL));
	store_conversation_read(flow_rows(f), 0, &c);
	v1_id_format(V1_ID_CONVERSATION, &c.id, id);
	v1_list_entry(&s->made, id);
	json_open_object(&s->made.body, NULL);
	v1_conversation_put(&s->made.body, &c);
	json_close_object(&s->made.body);
	release_one(s);
	s->count++;
	s->next = s->next->next;
	if (s->next == NULL)
		return (v1_list_reply(f, &s->made, false));
	return (FLOW_BACK_TWO);
}

static const struct step import_steps[] = {STEP(read_import), STEP(make_next),
    STEP(look_again), STEP(note_made), STEPS_END};

int
v1_import(struct http_request *req)
{
	return (flow_run(
	    req, import_steps, sizeof(struct importing), free_importing));
}
