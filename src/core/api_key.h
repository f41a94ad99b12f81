/*
 * API keys: "sk-aichat-" and base64url of the key's id (16 bytes), its user's
 * id (8, big-endian) and a secret (32). So the statements that act by a key
 * know whose it claims to be, and check the secret on their way; no look-up
 * comes before. Pure.
 */
#ifndef AICHAT_API_KEY_H
#define AICHAT_API_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/actor.h"

#define API_KEY_START       "sk-aichat-"
#define API_KEY_SIZE        86 /* its text with the NUL */
#define API_KEY_PREFIX_SIZE 19 /* what is shown of it, with the NUL */
#define API_KEY_SECRET_SIZE 32

struct api_key {
	struct uuid id;
	int64_t     user_id;
	uint8_t     secret[API_KEY_SECRET_SIZE];
};

/* A new one, random. */
void api_key_new(struct api_key *, int64_t user_id);

/*
 * One that is the same whenever the server's secret, the user and the text
 * are: for a request that may be repeated.
 */
void api_key_derive(struct api_key *, int64_t user_id,
    const char *server_secret, const char *text);

void api_key_format(const struct api_key *, char text[API_KEY_SIZE]);
void api_key_prefix(const struct api_key *, char prefix[API_KEY_PREFIX_SIZE]);

/* Whether text is meant to be one; and whether it is well-formed. */
bool api_key_is(const char *text);
bool api_key_parse(const char *text, struct api_key *);

/* Who acts by it; the secret is hashed by SHA-256, which for 256 random bits
 * is as good as a slow hash. */
void api_key_actor(const struct api_key *, struct actor *);

#endif
