/*
 * New conversations that come with turns: made of given ones, or forked from
 * another conversation. They cost no message. The answers are read by
 * store_conversation_read() (store/store_conversations.h); they meet a conflict
 * when the id or the key is there already.
 */
#ifndef AICHAT_STORE_CONVERSATION_NEW_H
#define AICHAT_STORE_CONVERSATION_NEW_H

#include "core/flow.h"

struct store_conversation_new {
	struct uuid id;
	const char *key; /* Idempotency-Key and its fingerprint, or NULL */
	const char *fingerprint;

	const char *title;        /* "": after the first prompt */
	const char *metadata;     /* a JSON object of texts, or NULL */
	const char *instructions; /* the system prompt, or NULL */
	int64_t     created;      /* microseconds since 1970; 0: now */
	int64_t     updated;      /* the same */
	const char *turns;        /* JSON, as in store/store_items.h */
};

int
store_conversation_new(struct flow *, const struct store_conversation_new *);

/*
 * Copy a conversation's turns from its first to leaf (NULL: the last one),
 * along the branch that leads there, but for those that run. Of the new one
 * only id, key and fingerprint are used.
 */
int store_conversation_fork(struct flow *, const struct uuid *source,
    const struct uuid *leaf, const struct store_conversation_new *);
/* Whether there are such a conversation and such a leaf. */
bool store_conversation_forked(const struct db_call *, bool *leaf);

/* The conversation that an earlier request with the key made, or that has this
 * id, if there is one; *same: it was the same request. */
int
store_conversation_made(struct flow *, const struct uuid *id, const char *key);
bool
store_conversation_made_same(const struct db_call *, const char *fingerprint);

#endif
