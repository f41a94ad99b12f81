#include <stdint.h>

#include "core/client_address.h"
#include "core/json.h"
#include "core/log.h"
#include "store/store_audit.h"

/*
 * $1 key, $2 event, $3 user_id, $4 address, $5 detail
 * The chain's lock is held until the commit has ended, so that is not to wait
 * for the disk.
 */
STATEMENT(audit_append,
    "INSERT INTO audit (key, event, user_id, address, detail)"
    " SELECT $1::uuid, $2, $3::bigint, $4, $5"
    " FROM set_config('synchronous_commit', 'off', true)"
    " ON CONFLICT (key) DO NOTHING");

static void
done(struct db_call *call, void *event)
{
	struct buf *line;

	if (db_call_wait(call)->error == ERR_NONE)
		return;
	if ((line = log_begin(LOG_LEVEL_ERROR, "audit_lost")) == NULL)
		return;
	json_put_text(
	    line, "what", audit_event_name((enum audit_event)(uintptr_t)event));
	log_end();
}

void
store_audit(enum audit_event event, int64_t user_id, const char *address,
    const char *detail)
{
	struct db_call *call = db_call_new(&audit_append);
	struct uuid     key;

	uuid_new(&key);
	db_bind_uuid(call, &key);
	db_bind_text(call, audit_event_name(event));
	if (user_id == 0)
		db_bind_text(call, NULL);
	else
		db_bind_int(call, user_id);
	db_bind_text(call, address);
	db_bind_text(call, detail);
	db_send_for(call, done, (void *)(uintptr_t)event);
}

void
store_audit_of(
    struct flow *f, enum audit_event event, int64_t user_id, const char *detail)
{
	char address[INET6_ADDRSTRLEN];

	client_address(f, address);
	store_audit(event, user_id, address, detail);
}
