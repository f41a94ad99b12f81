#include "core/config.h"
#include "store/store_allowance.h"

/* $1 users, $2 credentials, $3 hashes -> credential */
STATEMENT(actors_void,
    "SELECT w.credential FROM unnest($1::bigint[], $2::uuid[], $3::text[])"
    " AS w (who, credential, hash) WHERE NOT EXISTS (SELECT FROM " STORE_MAY_ACT(
	"w.who", "w.credential", "decode(w.hash, 'hex')") ")");

struct db_call *
store_call_for(const struct actor *actor, const struct db_statement *statement)
{
	struct db_call *call = db_call_new(statement);

	db_bind_int(call, actor->user_id);
	db_bind_uuid(call, &actor->credential);
	db_bind_text(call, actor->key_hash[0] != '\0' ? actor->key_hash : NULL);
	db_bind_int(call, config.daily_message_limit);
	return (call);
}

/* None of these needs quotes (PostgreSQL manual, 8.15.6). */
static void
put_element(struct buf *array, const char *text)
{
	buf_char(array, array->len == 0 ? '{' : ',');
	buf_text(array, text);
}

void
store_actors_add(struct store_actors *actors, const struct actor *a)
{
	char user[24], credential[UUID_TEXT_SIZE];

	snprintf(user, sizeof(user), "%lld", (long long)a->user_id);
	uuid_format(&a->credential, credential);
	put_element(&actors->users, user);
	put_element(&actors->credentials, credential);
	/* Without PostgreSQL's "\\x". */
	put_element(
	    &actors->hashes, a->key_hash[0] != '\0' ? a->key_hash + 2 : "NULL");
}

void
store_actors_release(struct store_actors *actors)
{
	buf_wipe(&actors->users);
	buf_wipe(&actors->credentials);
	buf_wipe(&actors->hashes);
}

static void
bind_array(struct db_call *call, const struct buf *array)
{
	struct buf text = {0};

	buf_text(&text, array->len > 0 ? array->data : "{");
	buf_char(&text, '}');
	db_bind_text(call, text.data);
	buf_wipe(&text);
}

struct db_call *
store_actors_void(const struct store_actors *actors)
{
	struct db_call *call = db_call_new(&actors_void);

	bind_array(call, &actors->users);
	bind_array(call, &actors->credentials);
	bind_array(call, &actors->hashes);
	return (call);
}
