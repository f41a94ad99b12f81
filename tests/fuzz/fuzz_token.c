/*
 * Whatever stands where a token is expected is refused, or is one of ours: a
 * token that is accepted says the same when it is issued again. The first byte
 * says whether the rest is a token as it is or claims, which are then signed
 * as we sign, so that what is behind the signature is reached.
 */
/* links: core/token.c core/uuid.c core/api_key.c core/base64url.c core/secret.c | -ljwt -lsodium -lcrypto */
#include <openssl/hmac.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/api_key.h"
#include "core/token.h"

#define SECRET "the secret of the fuzzer, 32 bytes or more"
#define HEADER "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" /* HS256, JWT */
#define NOW    1700000000
#define B64(n) \
	sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static char *
encode(char *out, size_t room, const uint8_t *data, size_t size)
{
	return (sodium_bin2base64(
	    out, room, data, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING));
}

/* Header, these claims, and our signature. */
static char *
sign(const uint8_t *claims, size_t size)
{
	uint8_t  mac[32];
	unsigned len = sizeof(mac);
	size_t   room = sizeof(HEADER) + 1 + B64(size) + 1 + B64(sizeof(mac));
	char    *text = malloc(room), *end;

	require(text != NULL);
	strcpy(text, HEADER ".");
	end = text + strlen(text);
	encode(end, room - strlen(text), claims, size);
	HMAC(EVP_sha256(), SECRET, strlen(SECRET), (uint8_t *)text,
	    strlen(text), mac, &len);
	strcat(text, ".");
	end = text + strlen(text);
	encode(end, room - strlen(text), mac, len);
	return (text);
}

static void
check(const char *text, enum token_type type)
{
	struct token token, again;
	char        *issued;

	if (token_check(text, type, NOW, &token) != ERR_NONE) {
		require(token.user_id == 0);
		return;
	}
	require(memchr(token.name, '\0', sizeof(token.name)) != NULL);
	require(token.type == type);
	if (token.flask)
		return;
	require(token.user_id > 0);
	token.issued = NOW;
	require((issued = token_issue(&token)) != NULL);
	require(token_check(issued, type, NOW, &again) == ERR_NONE);
	require(again.user_id == token.user_id &&
	    strcmp(again.name, token.name) == 0 &&
	    memcmp(&again.session, &token.session, sizeof(token.session)) == 0);
	free(issued);
}

static void
check_key(const char *text)
{
	struct api_key key;
	char           again[API_KEY_SIZE];

	if (!api_key_is(text) || !api_key_parse(text, &key))
		return;
	api_key_format(&key, again);
	require(strcmp(again, text) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	char       *text;

	if (!ready) {
		require(sodium_init() != -1);
		token_init(SECRET);
		ready = true;
	}
	if (size == 0)
		return (0);
	if (data[0] & 1) {
		text = sign(data + 1, size - 1);
	} else {
		require((text = calloc(1, size)) != NULL);
		memcpy(text, data + 1, size - 1);
	}
	check(text, data[0] & 2 ? TOKEN_ACCESS : TOKEN_REFRESH);
	check_key(text);
	free(text);
	return (0);
}
