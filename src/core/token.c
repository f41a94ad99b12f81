#include <errno.h>
#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/token.h"
#include "core/uuid.h"

#define SKEW_SECONDS 5 /* how far the clocks of two nodes may differ */

#define BASE64URL \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

static const struct {
	const char *name; /* claim type */
	time_t      seconds;
	enum error  other; /* said of a token of another type */
} types[] = {
    [TOKEN_ACCESS] = {"access", TOKEN_ACCESS_SECONDS, ERR_TOKEN_NOT_ACCESS},
    [TOKEN_REFRESH] = {"refresh", TOKEN_REFRESH_SECONDS, ERR_TOKEN_NOT_REFRESH},
};

static const unsigned char *key;
static int                  key_size;

void
token_init(const char *secret)
{
	key = (const unsigned char *)secret;
	key_size = (int)strlen(secret);
}

static bool
add_uuid(jwt_t *jwt, const char *claim, const struct uuid *value)
{
	char text[UUID_TEXT_SIZE];

	uuid_format(value, text);
	return (jwt_add_grant(jwt, claim, text) == 0);
}

static bool
add_claims(jwt_t *jwt, const struct token *t)
{
	return (jwt_add_grant(jwt, "sub", t->name) == 0 &&
	    jwt_add_grant_int(jwt, "uid", t->user_id) == 0 &&
	    jwt_add_grant(jwt, "type", types[t->type].name) == 0 &&
	    add_uuid(jwt, "sid", &t->session) && add_uuid(jwt, "jti", &t->id) &&
	    jwt_add_grant_int(jwt, "iat", t->issued) == 0 &&
	    jwt_add_grant_int(jwt, "nbf", t->issued) == 0 &&
	    jwt_add_grant_int(jwt, "exp", t->issued + types[t->type].seconds) ==
		0);
}

char *
token_issue(const struct token *t)
{
	jwt_t *jwt;
	char  *text = NULL;

	if (key == NULL || jwt_new(&jwt) != 0)
		return (NULL);
	if (add_claims(jwt, t) &&
	    jwt_set_alg(jwt, JWT_ALG_HS256, key, key_size) == 0)
		text = jwt_encode_str(jwt);
	jwt_free(jwt);
	return (text);
}

/* Three parts of base64url without padding (RFC 7515, section 3.1). */
static bool
well_formed(const char *text)
{
	size_t len;
	int    part;

	if (strnlen(text, TOKEN_SIZE_MAX + 1) > TOKEN_SIZE_MAX)
		return (false);
	for (part = 0; part < 3; part++) {
		if (part > 0 && *text++ != '.')
			return (false);
		len = strspn(text, BASE64URL);
		if (len == 0 || len % 4 == 1)
			return (false);
		text += len;
	}
	return (*text == '\0');
}

/* errno tells a field that is absent from one that is not a string. */
static bool
absent(jwt_t *jwt, const char *field)
{
	errno = 0;
	return (jwt_get_header(jwt, field) == NULL && errno == ENOENT);
}

/*
 * The header must promise nothing but HS256: libjwt also takes a signature by
 * HS384 or HS512 with the same key, and ignores what "crit" demands.
 */
static bool
header_fits(jwt_t *jwt)
{
	const char *typ = jwt_get_header(jwt, "typ");

	if (jwt_get_alg(jwt) != JWT_ALG_HS256 || !absent(jwt, "crit"))
		return (false);
	return (typ != NULL ? strcasecmp(typ, "JWT") == 0 : absent(jwt, "typ"));
}

/*
 * An integer claim above 0. For one of another kind libjwt returns 0 without
 * an error, and then "nbf":"never" would be the distant past.
 */
static bool
get_positive(jwt_t *jwt, const char *claim, int64_t *out)
{
	errno = 0;
	*out = jwt_get_grant_int(jwt, claim);
	return (errno == 0 && *out > 0);
}

/* Copy a string claim that is neither empty nor too long. */
static bool
get_string(jwt_t *jwt, const char *claim, char *out, size_t size)
{
	const char *value = jwt_get_grant(jwt, claim);
	size_t      len;

	if (value == NULL || (len = strlen(value)) == 0 || len >= size)
		return (false);
	memcpy(out, value, len + 1);
	return (true);
}

static bool
get_uuid(jwt_t *jwt, const char *claim, struct uuid *out)
{
	const char *value = jwt_get_grant(jwt, claim);

	return (value != NULL && uuid_parse(value, out));
}

static bool
lacks(jwt_t *jwt, const char *claim)
{
	errno = 0;
	return (jwt_get_grant(jwt, claim) == NULL && errno == ENOENT);
}

static bool
get_type(jwt_t *jwt, enum token_type *out)
{
	const char *value = jwt_get_grant(jwt, "type");
	size_t      i;

	for (i = 0; value != NULL && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(value, types[i].name) == 0) {
			*out = (enum token_type)i;
			return (true);
		}
	return (false);
}

/* Neither the session nor the user's number: the Flask service's. */
static bool
is_flask(jwt_t *jwt, enum token_type type)
{
	return (
	    type == TOKEN_REFRESH && lacks(jwt, "sid") && lacks(jwt, "uid"));
}

static bool
get_session(jwt_t *jwt, struct token *out)
{
	out->flask = is_flask(jwt, out->type);
	if (out->flask)
		out->session = out->id;
	return (out->flask ||
	    (get_positive(jwt, "uid", &out->user_id) &&
		get_uuid(jwt, "sid", &out->session)));
}

/* Older versions of flask-jwt-extended take a number as it is. */
static bool
get_subject(jwt_t *jwt, struct token *out)
{
	int64_t id;

	if (get_string(jwt, "sub", out->name, sizeof(out->name)))
		return (true);
	if (!is_flask(jwt, out->type) || !get_positive(jwt, "sub", &id))
		return (false);
	snprintf(out->name, sizeof(out->name), "%lld", (long long)id);
	return (true);
}

/*
 * All claims must be there and of the right kind. Of a claim that is there
 * twice the last counts, which RFC 7519, section 4 allows: nobody without the
 * key can add one, so looking for it on every request would protect nothing.
 */
static bool
claims_fit(jwt_t *jwt, time_t now, struct token *out)
{
	int64_t exp, iat, nbf;

	if (!get_positive(jwt, "exp", &exp) ||
	    !get_positive(jwt, "iat", &iat) ||
	    !get_positive(jwt, "nbf", &nbf) || !get_type(jwt, &out->type))
		return (false);
	out->issued = (time_t)iat;
	out->expires = (time_t)exp;
	return (get_subject(jwt, out) && get_uuid(jwt, "jti", &out->id) &&
	    get_session(jwt, out) && iat <= now + SKEW_SECONDS &&
	    nbf <= now + SKEW_SECONDS);
}

/* What is said of a token whose signature was right. */
static enum error
judge(jwt_t *jwt, enum token_type type, time_t now, struct token *out)
{
	if (!header_fits(jwt) || !claims_fit(jwt, now, out))
		return (ERR_TOKEN_INVALID);
	if (out->expires <= now)
		return (ERR_TOKEN_EXPIRED);
	if (out->type != type)
		return (types[type].other);
	return (ERR_NONE);
}

enum error
token_check(
    const char *text, enum token_type type, time_t now, struct token *out)
{
	enum error e;
	jwt_t     *jwt = NULL;

	out->user_id = 0;
	if (!well_formed(text))
		return (ERR_TOKEN_MALFORMED);
	/* With a NULL key libjwt would take any token. */
	if (key == NULL || jwt_decode(&jwt, text, key, key_size) != 0)
		return (ERR_TOKEN_INVALID);
	e = judge(jwt, type, now, out);
	jwt_free(jwt);
	if (e != ERR_NONE)
		out->user_id = 0;
	return (e);
}
