/*
 * /auth/keys: making, listing and revoking API keys.
 */
#include <sodium.h>
#include <string.h>

#include "api/auth.h"
#include "api/auth_keys.h"
#include "core/api_key.h"
#include "core/config.h"
#include "core/json.h"
#include "core/names.h"
#include "core/reply.h"
#include "core/request.h"
#include "store/store_audit.h"
#include "store/store_keys.h"

#define PATH         "/auth/keys/"
#define KEY_NAME_MAX 100 /* characters */
#define DAYS_MAX     3650
#define LIMIT_MAX    1000000
#define TRIES        3

struct making {
	struct api_key   key;
	struct store_key stored;
	char             name[4 * KEY_NAME_MAX + 1];
	char             prefix[API_KEY_PREFIX_SIZE];
	int64_t          days; /* it lives; 0: for ever */
	int              tries;
};

static void
free_making(void *state)
{
	sodium_memzero(state, sizeof(struct making));
}

static void
put_time(struct buf *b, const char *key, int64_t time)
{
	if (time != 0)
		json_put_time(b, key, time);
	else
		json_put_null(b, key);
}

static void
put_key(struct buf *b, const struct store_key *k)
{
	char id[UUID_TEXT_SIZE];

	uuid_format(&k->id, id);
	json_put_text(b, "id", id);
	json_put_text(b, "name", k->name);
	json_put_text(b, "prefix", k->prefix);
	json_put_time(b, "created_at", k->created);
	put_time(b, "expires_at", k->expires);
	if (k->daily_limit >= 0)
		json_put_int(b, "daily_limit", k->daily_limit);
	else
		json_put_null(b, "daily_limit");
}

static bool
read_name(struct flow *f, char *out, size_t size)
{
	const char *name;

	if (!request_text(f, "name", size - 1, &name))
		return (false);
	names_trim(name != NULL ? name : "", out, size);
	if (out[0] != '\0' && names_length(out) <= KEY_NAME_MAX)
		return (true);
	reply_error_param(f, ERR_INVALID_FIELD, "name",
	    "name must have 1 to %d characters", KEY_NAME_MAX);
	return (false);
}

/* Absent, as 0, or a number above that: none of these can be nothing. */
static bool
read_positive(struct flow *f, const char *name, int64_t max, int64_t *out)
{
	const cJSON *value = json_member(f->body, name);

	if (value != NULL && json_to_integer(value, 0, 0, out)) {
		reply_error_param(
		    f, ERR_INVALID_FIELD, name, "%s must be above 0", name);
		return (false);
	}
	return (request_number(f, name, 1, max, out));
}

/* A key that a repeated request would make is the same one. */
static bool
choose_key(struct flow *f)
{
	struct making *m = f->state;
	const char    *key;

	if (!request_idempotency_key(f, &key))
		return (false);
	if (key == NULL)
		api_key_new(&m->key, f->user.user_id);
	else
		api_key_derive(
		    &m->key, f->user.user_id, config.jwt_secret_key, key);
	return (true);
}

static int
read_wish(struct flow *f)
{
	struct making *m = f->state;

	if (request_body(f) == NULL ||
	    !read_name(f, m->name, sizeof(m->name)) ||
	    !read_positive(f, "expires_in_days", DAYS_MAX, &m->days) ||
	    !read_positive(
		f, "daily_limit", LIMIT_MAX, &m->stored.daily_limit) ||
	    !choose_key(f))
		return (FLOW_DONE);
	if (m->stored.daily_limit == 0)
		m->stored.daily_limit = -1;
	api_key_prefix(&m->key, m->prefix);
	m->stored.id = m->key.id;
	m->stored.name = m->name;
	m->stored.prefix = m->prefix;
	return (FLOW_NEXT);
}

static int
make_key(struct flow *f)
{
	struct making *m = f->state;
	struct actor   actor;

	api_key_actor(&m->key, &actor);
	return (store_key_make(f, &m->stored, actor.key_hash, m->days));
}

static int
reply_made(struct flow *f)
{
	struct making *m = f->state;
	struct buf     body = {0};
	char           text[API_KEY_SIZE];

	json_open_object(&body, NULL);
	put_key(&body, &m->stored);
	api_key_format(&m->key, text);
	json_put_text(&body, "key", text);
	json_close_object(&body);
	sodium_memzero(text, sizeof(text));
	store_audit_of(f, AUDIT_KEY_CREATED, f->user.user_id, NULL);
	return (reply_json(f, 201, &body));
}

static int
made(struct flow *f)
{
	struct making *m = f->state;

	switch (store_key_made(flow_rows(f), &m->stored)) {
	case STORE_KEY_MADE:
		return (reply_made(f));
	case STORE_KEY_DIFFERENT:
		return (reply_error(f, ERR_IDEMPOTENCY_KEY_REUSED));
	case STORE_KEY_TOO_MANY:
		return (reply_error(f, ERR_TOO_MANY_KEYS));
	case STORE_KEY_AGAIN:
		return (m->tries++ < TRIES ? FLOW_BACK
					   : reply_error(f, ERR_INTERNAL));
	default:
		return (reply_error(f, ERR_TOKEN_REVOKED));
	}
}

static const struct step make_steps[] = {
    STEP(read_wish), STEP(make_key), STEP(made), STEPS_END};

static int
fetch_list(struct flow *f)
{
	return (store_key_list(f));
}

void
auth_keys_put(struct buf *b, const char *key, const struct db_call *rows)
{
	struct store_key k;
	int              i;

	json_open_array(b, key);
	for (i = 0; i < store_key_count(rows); i++) {
		store_key_read(rows, i, &k);
		json_open_object(b, NULL);
		put_key(b, &k);
		put_time(b, "used_at", k.used);
		json_put_bool(b, "revoked", k.revoked);
		json_close_object(b);
	}
	json_close_array(b);
}

static int
reply_list(struct flow *f)
{
	struct buf body = {0};

	if (db_rows(flow_rows(f)) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	json_open_object(&body, NULL);
	auth_keys_put(&body, "data", flow_rows(f));
	json_close_object(&body);
	return (reply_json(f, 200, &body));
}

static const struct step list_steps[] = {
    STEP(fetch_list), STEP(reply_list), STEPS_END};

int
auth_keys(struct http_request *req)
{
	if (req->method == HTTP_METHOD_GET || req->method == HTTP_METHOD_HEAD)
		return (flow_run(req, list_steps, 0, NULL));
	return (flow_run(req, make_steps, sizeof(struct making), free_making));
}

static int
begin_revoking(struct flow *f)
{
	struct uuid id;

	if (!request_path_uuid(f, PATH, ERR_KEY_NOT_FOUND, &id))
		return (FLOW_DONE);
	return (store_key_revoke(f, &id));
}

static int
reply_revoked(struct flow *f)
{
	bool first;

	if (db_rows(flow_rows(f)) == 0)
		return (reply_error(f, ERR_TOKEN_REVOKED));
	if (!store_key_revoked(flow_rows(f), &first))
		return (reply_error(f, ERR_KEY_NOT_FOUND));
	if (first)
		store_audit_of(f, AUDIT_KEY_REVOKED, f->user.user_id, NULL);
	return (reply_message(f, "Key revoked"));
}

static const struct step revoke_steps[] = {
    STEP(begin_revoking), STEP(reply_revoked), STEPS_END};

int
auth_key(struct http_request *req)
{
	return (flow_run(req, revoke_steps, 0, NULL));
}
