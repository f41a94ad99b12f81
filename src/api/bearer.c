/*
 * Who may pass, as kore.conf's authentication blocks name it: the one
 * function through which every request with a token goes.
 */
#include <sodium.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "api/bearer.h"
#include "api/bearer_seen.h"
#include "api/bearer_used.h"
#include "core/allowance.h"
#include "core/api_key.h"
#include "core/reply.h"
#include "kore/methods.h"

static enum error
read_bearer(struct flow *f, const char **value)
{
	static const char scheme[] = "Bearer ";

	if (!http_request_header(f->req, "authorization", value))
		return (ERR_TOKEN_MISSING);
	if (strncasecmp(*value, scheme, sizeof(scheme) - 1) != 0)
		return (ERR_TOKEN_MALFORMED);
	*value += sizeof(scheme) - 1;
	*value += strspn(*value, " ");
	return (ERR_NONE);
}

static enum error
take_token(
    struct flow *f, const char *text, enum token_type type, struct token *token)
{
	enum error e = token_check(text, type, time(NULL), token);

	f->user.user_id = token->user_id;
	f->user.credential = token->session;
	return (e);
}

static enum error
take_access_token(struct flow *f, const char *text)
{
	struct token token;
	enum error   e;

	if (bearer_seen(text, time(NULL), &f->user))
		return (ERR_NONE);
	if ((e = take_token(f, text, TOKEN_ACCESS, &token)) == ERR_NONE)
		bearer_seen_add(text, &token);
	return (e);
}

static enum error
take_key(struct flow *f, const char *text)
{
	struct api_key key;

	if (!api_key_parse(text, &key))
		return (ERR_TOKEN_MALFORMED);
	api_key_actor(&key, &f->user);
	sodium_memzero(&key, sizeof(key));
	return (ERR_NONE);
}

enum error
bearer_read_refresh(struct flow *f, struct token *token)
{
	const char *text;
	enum error  e;

	if ((e = read_bearer(f, &text)) != ERR_NONE)
		return (e);
	return (take_token(f, text, TOKEN_REFRESH, token));
}

static enum error
read_actor(struct flow *f)
{
	const char *text;
	enum error  e;

	if ((e = read_bearer(f, &text)) != ERR_NONE)
		return (e);
	if (api_key_is(text))
		return (take_key(f, text));
	return (take_access_token(f, text));
}

/* A preflight carries no token, and a wrong method is answered first. */
static bool
needs_nobody(const struct http_request *req)
{
	return (req->method == HTTP_METHOD_OPTIONS || !methods_allow(req));
}

int
bearer_check(struct http_request *req, void *unused)
{
	struct flow *f = flow_of(req);
	enum error   e;

	(void)unused;
	if (needs_nobody(req))
		return (KORE_RESULT_OK);
	if ((e = read_actor(f)) == ERR_NONE) {
		f->ended = bearer_used;
		return (KORE_RESULT_OK);
	}
	reply_error(f, e);
	return (KORE_RESULT_ERROR);
}

int
bearer_check_session(struct http_request *req, void *unused)
{
	struct flow *f = flow_of(req);

	if (!bearer_check(req, unused))
		return (KORE_RESULT_ERROR);
	if (f->user.key_hash[0] == '\0')
		return (KORE_RESULT_OK);
	reply_error(f, ERR_KEY_NOT_ALLOWED);
	return (KORE_RESULT_ERROR);
}

int
bearer_check_limit(struct http_request *req, void *unused)
{
	struct flow *f = flow_of(req);
	const char  *key;

	if (!bearer_check(req, unused))
		return (KORE_RESULT_ERROR);
	/* A repeated request has its answer already, and costs nothing. */
	if (needs_nobody(req) || !allowance_is_exhausted(f) ||
	    http_request_header(req, "idempotency-key", &key))
		return (KORE_RESULT_OK);
	reply_error(f, ERR_RATE_LIMIT_REACHED);
	return (KORE_RESULT_ERROR);
}
