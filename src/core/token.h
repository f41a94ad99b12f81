/*
 * JSON Web Tokens (RFC 7519), HS256 only, made and checked with libjwt plus
 * what it leaves to its caller (RFC 8725): algorithm, types, times, sizes.
 */
#ifndef AICHAT_TOKEN_H
#define AICHAT_TOKEN_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "core/errors.h"
#include "core/uuid.h"

#define TOKEN_NAME_MAX        256  /* bytes of a user name, with its NUL */
#define TOKEN_SIZE_MAX        2048 /* bytes of a token that is looked at */
#define TOKEN_ACCESS_SECONDS  (12 * 3600)
#define TOKEN_REFRESH_SECONDS (30 * 86400)

enum token_type {
	TOKEN_ACCESS,
	TOKEN_REFRESH
};

struct token {
	enum token_type type;
	int64_t         user_id;              /* claim uid; 0: flask */
	char            name[TOKEN_NAME_MAX]; /* claim sub */
	struct uuid     session;              /* claim sid */
	struct uuid     id;                   /* claim jti */
	time_t          issued;               /* claim iat */
	time_t          expires;              /* claim exp */

	/* A refresh token of the Flask service, which has neither uid nor
	 * sid: name is the user's name or id, session is the token's id. */
	bool flask;
};

/* The signing secret; at least 32 bytes, kept by reference. */
void token_init(const char *secret);

/*
 * A token that claims this, signed; it expires so many seconds after issued
 * as its type has. The same claims give the same text. NULL when memory is
 * exhausted; else the caller frees it with free().
 */
char *token_issue(const struct token *);

/*
 * Check text at time now and fill *out. ERR_NONE, or one of ERR_TOKEN_*:
 * MALFORMED (not a JWT, too large), INVALID (signature, algorithm, claims,
 * not yet valid), EXPIRED, NOT_ACCESS / NOT_REFRESH (the other type). After an
 * error out->user_id is 0, nobody's, and the rest of *out means nothing. Of
 * the Flask service's tokens only those for refreshing are taken.
 */
enum error
token_check(const char *text, enum token_type, time_t now, struct token *out);

#endif
