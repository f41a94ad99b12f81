#include <sodium.h>
#include <string.h>

#include "api/bearer_seen.h"

#define SLOTS       4096 /* a newer token takes an older one's place */
#define DIGEST_SIZE 32   /* bytes */

struct slot {
	unsigned char digest[DIGEST_SIZE];
	int64_t       user_id;
	struct uuid   session;
	time_t        expires; /* 0: empty */
};

static struct slot slots[SLOTS];

/* Keyed, so that nobody can choose texts that take each other's place. The
 * texts themselves are not kept: they are as good as passwords. */
static struct slot *
find(const char *text, unsigned char digest[DIGEST_SIZE])
{
	static unsigned char key[crypto_generichash_KEYBYTES];
	static bool          has_key;
	size_t               slot;

	if (!has_key) {
		randombytes_buf(key, sizeof(key));
		has_key = true;
	}
	crypto_generichash(digest, DIGEST_SIZE, (const unsigned char *)text,
	    strlen(text), key, sizeof(key));
	memcpy(&slot, digest, sizeof(slot));
	return (&slots[slot % SLOTS]);
}

bool
bearer_seen(const char *text, time_t now, struct actor *actor)
{
	unsigned char      digest[DIGEST_SIZE];
	const struct slot *slot = find(text, digest);

	if (slot->expires <= now ||
	    sodium_memcmp(slot->digest, digest, sizeof(digest)) != 0)
		return (false);
	actor->user_id = slot->user_id;
	actor->credential = slot->session;
	return (true);
}

void
bearer_seen_add(const char *text, const struct token *token)
{
	unsigned char digest[DIGEST_SIZE];
	struct slot  *slot = find(text, digest);

	memcpy(slot->digest, digest, sizeof(digest));
	slot->user_id = token->user_id;
	slot->session = token->session;
	slot->expires = token->expires;
}
