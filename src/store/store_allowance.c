#include "core/config.h"
#include "store/store_allowance.h"

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
