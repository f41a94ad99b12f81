#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/auth_tokens.h"
#include "core/client_address.h"
#include "core/json.h"
#include "core/refresh.h"
#include "core/reply.h"
#include "core/request.h"
#include "store/store_sessions.h"

int
auth_tokens_begin(
    struct flow *f, const struct store_user *user, struct token *refresh)
{
	struct store_session s = {.user_id = user->id};
	char                 hash[ACTOR_HASH_SIZE], address[INET6_ADDRSTRLEN];
	char                 device[REQUEST_DEVICE_SIZE];

	memset(refresh, 0, sizeof(*refresh));
	refresh->type = TOKEN_REFRESH;
	refresh->user_id = user->id;
	snprintf(refresh->name, sizeof(refresh->name), "%s", user->name);
	uuid_new(&refresh->session);
	uuid_new(&refresh->id);
	refresh->issued = time(NULL);
	refresh_hash(&refresh->id, hash);
	client_address(f, address);
	request_device(f, device);
	s.id = refresh->session;
	s.token_hash = hash;
	s.device = device;
	s.address = address;
	return (store_session_begin(f, &s, user->epoch, TOKEN_REFRESH_SECONDS));
}

static void
put_token(struct buf *body, const char *name, const struct token *token)
{
	char *text;

	if ((text = token_issue(token)) == NULL)
		fatal("auth: no memory for a token");
	json_put_text(body, name, text);
	sodium_memzero(text, strlen(text));
	free(text);
}

int
auth_tokens_begun(struct flow *f, int status, const struct token *refresh)
{
	if (!store_session_begun(flow_rows(f)))
		return (reply_error(f, ERR_BAD_CREDENTIALS));
	return (auth_tokens_reply(f, status, refresh));
}

int
auth_tokens_reply(struct flow *f, int status, const struct token *refresh)
{
	struct token access = *refresh;
	struct buf   body = {0};

	access.type = TOKEN_ACCESS;
	access.issued = time(NULL);
	uuid_new(&access.id);
	f->user.user_id = refresh->user_id;
	json_open_object(&body, NULL);
	put_token(&body, "access_token", &access);
	put_token(&body, "refresh_token", refresh);
	json_close_object(&body);
	return (reply_json(f, status, &body));
}
