#include <string.h>

#include "core/allowance.h"

#define SLOTS       1024 /* a newer user takes an older one's place */
#define DAY_SECONDS 86400

struct slot {
	struct actor     actor;
	uint64_t         until; /* kore_time_ms() */
	struct allowance allowance;
};

static struct slot slots[SLOTS];

static struct slot *
slot_of(const struct flow *f)
{
	return (&slots[(uint64_t)f->user.user_id % SLOTS]);
}

void
allowance_read(struct flow *f, const struct db_call *rows)
{
	int64_t seconds = db_time(rows, 0, 2) / 1000000;

	f->allowance.known = true;
	f->allowance.limit = db_int(rows, 0, 0);
	f->allowance.used = db_int(rows, 0, 1);
	f->allowance.reset = DAY_SECONDS - seconds % DAY_SECONDS;
}

void
allowance_exhausted(const struct flow *f)
{
	struct slot *slot = slot_of(f);
	uint64_t     ms = ALLOWANCE_BELIEVED_MS;

	/* Not beyond midnight. */
	if ((uint64_t)f->allowance.reset * 1000 <= ms)
		return;
	slot->actor = f->user;
	slot->until = kore_time_ms() + ms;
	slot->allowance = f->allowance;
}

static bool
is_same(const struct actor *told, const struct actor *asking)
{
	return (told->user_id == asking->user_id &&
	    (asking->key_hash[0] == '\0' ||
		strcmp(told->key_hash, asking->key_hash) == 0));
}

bool
allowance_is_exhausted(struct flow *f)
{
	const struct slot *slot = slot_of(f);

	if (!is_same(&slot->actor, &f->user) || slot->until <= kore_time_ms())
		return (false);
	f->allowance = slot->allowance;
	return (true);
}
