#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "harness.h"

struct reply *
user_sign_up(const struct server *s, const char *email, const char *name,
    const char *password)
{
	return (http_post(s, NULL, "/auth/signup",
	    scratch_printf(
		"{\"email\":\"%s\",\"username\":\"%s\",\"password\":\"%s\"}",
		email, name, password)));
}

struct reply *
user_log_in(const struct server *s, const char *name, const char *password)
{
	return (http_post(s, NULL, "/auth/login",
	    scratch_printf(
		"{\"username\":\"%s\",\"password\":\"%s\"}", name, password)));
}

struct user *
user_new(struct server *s, const char *name)
{
	struct user  *u = scratch_alloc(sizeof(*u));
	struct reply *r;

	u->name = scratch_printf("%s", name);
	u->email = scratch_printf("%s@example.com", name);
	u->password = scratch_printf(PRIVATE " %s", name);
	r = user_sign_up(s, u->email, u->name, u->password);
	assert_status(r, 201);
	u->token = reply_text(r, "access_token");
	u->refresh = reply_text(r, "refresh_token");
	u->id = sql_int(
	    s, "SELECT id FROM users WHERE username = '%s'", u->name);
	return (u);
}

int
conversation_new(const struct server *s, const char *token)
{
	struct reply *r = http_post(s, token, "/chat/start_conversation", NULL);

	assert_status(r, 201);
	return ((int)reply_int(r, "conversation_number"));
}

char *
chat_body(int conversation, const char *model, const char *prompt)
{
	cJSON *body = cJSON_CreateObject();

	cJSON_AddStringToObject(body, "model", model);
	cJSON_AddStringToObject(body, "prompt", prompt);
	cJSON_AddNumberToObject(body, "conversation_number", conversation);
	return (cJSON_PrintUnformatted(body));
}

struct reply *
chat_send(const struct server *s, const char *token, int conversation,
    const char *model, const char *prompt)
{
	return (http_post(
	    s, token, "/chat/", chat_body(conversation, model, prompt)));
}

/* Base64url without padding (RFC 7515, section 2). */
static char *
encode(const unsigned char *data, size_t size)
{
	char *text = scratch_alloc(size * 2 + 5), *c;

	EVP_EncodeBlock((unsigned char *)text, data, (int)size);
	for (c = text; *c != '\0' && *c != '='; c++) {
		if (*c == '+')
			*c = '-';
		else if (*c == '/')
			*c = '_';
	}
	*c = '\0';
	return (text);
}

/* Three base64 digits short of a quantum are padded with A, a zero. */
const cJSON *
token_claims(const char *token)
{
	const char    *part = strchr(token, '.');
	char          *text, *c;
	unsigned char *decoded;
	size_t         len;

	assert_non_null(part);
	len = strcspn(++part, ".");
	text = scratch_printf("%.*sAAA", (int)len, part);
	text[(len + 3) / 4 * 4] = '\0';
	for (c = text; *c != '\0'; c++) {
		if (*c == '-')
			*c = '+';
		else if (*c == '_')
			*c = '/';
	}
	decoded = scratch_alloc(strlen(text) + 1);
	assert_true(EVP_DecodeBlock(
			decoded, (unsigned char *)text, (int)strlen(text)) > 0);
	return (cJSON_Parse((char *)decoded));
}

char *
token_forge(const char *secret, const char *header, const char *claims)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int  size;
	char         *signed_part;

	signed_part = scratch_printf("%s.%s",
	    encode((const unsigned char *)header, strlen(header)),
	    encode((const unsigned char *)claims, strlen(claims)));
	assert_non_null(HMAC(EVP_sha256(), secret, (int)strlen(secret),
	    (unsigned char *)signed_part, strlen(signed_part), mac, &size));
	return (scratch_printf("%s.%s", signed_part, encode(mac, size)));
}
