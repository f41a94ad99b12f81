#include <string.h>

#include "api/bearer_used.h"
#include "core/client_address.h"
#include "store/store_audit.h"
#include "store/store_keys.h"
#include "store/store_sessions.h"

#define SLOTS            4096 /* a newer one takes an older one's place */
#define KEY_EVERY_MS     60000
#define SESSION_EVERY_MS 300000

static struct {
	struct uuid credential;
	uint64_t    until; /* kore_time_ms() */
} slots[SLOTS];

/* Whether it is time to tell; the ids' last bytes are random. */
static bool
is_due(const struct actor *a, uint64_t every)
{
	const uint8_t *id = a->credential.bytes;
	size_t         i = ((size_t)id[14] << 8 | id[15]) % SLOTS;
	uint64_t       now = kore_time_ms();

	if (slots[i].until > now &&
	    memcmp(slots[i].credential.bytes, id, sizeof(a->credential)) == 0)
		return (false);
	slots[i].credential = a->credential;
	slots[i].until = now + every;
	return (true);
}

/* The audit log hears of a key's first use in an hour. */
static void
key_used(struct db_call *call, void *unused)
{
	int64_t     user_id;
	const char *address, *id;

	(void)unused;
	if (db_call_wait(call)->error == ERR_NONE &&
	    store_key_used_first(call, &user_id, &address, &id))
		store_audit(AUDIT_KEY_USED, user_id, address, id);
}

void
bearer_used(struct flow *f)
{
	char address[INET6_ADDRSTRLEN];
	int  status = f->req->status;

	/* The client is gone, or had no right. */
	if (f->req->owner == NULL || status == 0 || status == 401)
		return;
	if (f->user.key_hash[0] == '\0') {
		if (is_due(&f->user, SESSION_EVERY_MS))
			db_send_for(store_session_used(&f->user), NULL, NULL);
	} else if (is_due(&f->user, KEY_EVERY_MS)) {
		client_address(f, address);
		db_send_for(store_key_used(&f->user, address), key_used, NULL);
	}
}
