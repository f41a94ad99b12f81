/*
 * Who may pass, as kore.conf's authentication blocks name it: the one
 * function through which every request with a token goes.
 */
#include <strings.h>
#include <time.h>

#include "api/bearer.h"
#include "core/allowance.h"
#include "core/reply.h"
#include "kore/methods.h"

static enum error
read_token(struct flow *f, enum token_type type, struct token *token)
{
	static const char scheme[] = "Bearer ";
	const char       *value;
	enum error        e;

	if (!http_request_header(f->req, "authorization", &value))
		return (ERR_TOKEN_MISSING);
	if (strncasecmp(value, scheme, sizeof(scheme) - 1) != 0)
		return (ERR_TOKEN_MALFORMED);
	value += sizeof(scheme) - 1;
	value += strspn(value, " ");
	e = token_check(value, type, time(NULL), token);
	f->user.user_id = token->user_id;
	f->user.credential = token->session;
	return (e);
}

enum error
bearer_read_refresh(struct flow *f, struct token *token)
{
	return (read_token(f, TOKEN_REFRESH, token));
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
	struct token token;
	enum error   e;

	(void)unused;
	if (needs_nobody(req))
		return (KORE_RESULT_OK);
	if ((e = read_token(f, TOKEN_ACCESS, &token)) == ERR_NONE)
		return (KORE_RESULT_OK);
	reply_error(f, e);
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
