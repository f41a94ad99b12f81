#include "store/store_conversations.h"
#include "store/store_titles.h"

/* $1 user, $2 conversation, $3 turn -> title */
STATEMENT(title_wanted,
    "SELECT c.title FROM conversations c JOIN turns t ON t.user_id = $1"
    " AND t.conversation = $2 AND t.id = $3::uuid"
    " WHERE c.user_id = $1 AND c.number = $2"
    " AND NOT EXISTS ("
    " SELECT FROM turns b WHERE b.user_id = $1 AND b.conversation = $2"
    " AND b.id < $3::uuid) AND c.title = " STORE_TITLE("t.prompt"));

/* $1 user, $2 conversation, $3 before, $4 title */
STATEMENT(title_set,
    "UPDATE conversations SET title = $4"
    " WHERE user_id = $1 AND number = $2 AND title = $3");

struct db_call *
store_title_wanted(int64_t user_id, const struct uuid *turn)
{
	struct db_call *call = db_call_new(&title_wanted);

	db_bind_int(call, user_id);
	db_bind_int(call, uuid_conversation(turn));
	db_bind_uuid(call, turn);
	return (call);
}

struct db_call *
store_title_set(int64_t user_id, const struct uuid *turn, const char *before,
    const char *title)
{
	struct db_call *call = db_call_new(&title_set);

	db_bind_int(call, user_id);
	db_bind_int(call, uuid_conversation(turn));
	db_bind_text(call, before);
	db_bind_text(call, title);
	return (call);
}
