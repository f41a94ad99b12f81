#include <string.h>

#include "core/config.h"
#include "core/db_array.h"
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

void
store_actors_add(struct store_actors *actors, const struct actor *a)
{
	char        user[24], credential[UUID_TEXT_SIZE];
	const char *hash;

	snprintf(user, sizeof(user), "%lld", (long long)a->user_id);
	uuid_format(&a->credential, credential);
	db_array_add(&actors->users, user, strlen(user));
	db_array_add(&actors->credentials, credential, strlen(credential));
	/* Without PostgreSQL's "\\x". */
	hash = a->key_hash[0] != '\0' ? a->key_hash + 2 : NULL;
	db_array_add(&actors->hashes, hash, hash != NULL ? strlen(hash) : 0);
}

void
store_actors_release(struct store_actors *actors)
{
	buf_wipe(&actors->users);
	buf_wipe(&actors->credentials);
	buf_wipe(&actors->hashes);
}

struct db_call *
store_actors_void(struct store_actors *actors)
{
	struct db_call *call = db_call_new(&actors_void);

	db_bind_array(call, &actors->users);
	db_bind_array(call, &actors->credentials);
	db_bind_array(call, &actors->hashes);
	return (call);
}
