/*
 * The messages a /v1 request brings, of chat completions ("messages") and of
 * responses ("input").
 */
#ifndef AICHAT_V1_INPUT_H
#define AICHAT_V1_INPUT_H

#include "core/buf.h"
#include "core/flow.h"
#include "llm/provider.h"

enum v1_input_role {
	V1_INPUT_USER,
	V1_INPUT_ASSISTANT,
	V1_INPUT_SYSTEM /* developer is the same */
};

struct v1_input_message {
	enum v1_input_role role;
	char              *text; /* owned */
};

/* Zeroed it is an empty list. */
struct v1_input {
	struct v1_input_message *list;
	size_t                   count;
	size_t                   room;
};

/* Add one; the text is copied. */
void v1_input_add(struct v1_input *, enum v1_input_role, const char *text);

/*
 * Add one from its JSON object {role, content}. Where says where it stands in
 * the request ("messages[3]"), for the reply when it is refused: false then.
 */
bool v1_input_read(
    struct flow *, struct v1_input *, const cJSON *message, const char *where);

/*
 * Add one that names a message of ours, {"type": "item_reference", "id"}, to
 * be resolved: references is a JSON array for store_item_texts(), open. False
 * after a reply.
 */
bool v1_input_read_reference(struct flow *, struct v1_input *,
    const cJSON *item, const char *where, struct buf *references);

/* Put the texts of its rows in; false after a reply: one is not there. */
bool v1_input_resolve(struct flow *, struct v1_input *);

/* A member of where: "messages[3].role". */
#define V1_INPUT_WHERE 96
void
v1_input_where(char out[V1_INPUT_WHERE], const char *where, const char *member);

/* The text of the user's message they end with, whatever a system message
 * behind it says; NULL when they end otherwise, or that is blank. */
const char *v1_input_prompt(const struct v1_input *);

/*
 * As a model's prompt: what is for the system joined by blank lines, before it
 * instructions (or NULL), in system. Valid as long as both and the list are;
 * the caller frees prompt->messages.
 */
void v1_input_to_prompt(const struct v1_input *, const char *instructions,
    struct buf *system, struct llm_prompt *);

void v1_input_release(struct v1_input *);

#endif
