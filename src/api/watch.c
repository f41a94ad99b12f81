#include <string.h>

#include "api/watch.h"
#include "store/store_allowance.h"

static LIST_HEAD(, watch) watched = LIST_HEAD_INITIALIZER(watched);
static bool ticking;

static void tick(void *, u_int64_t);

static void
revoke_all_of(const struct uuid *credential)
{
	struct watch *w;

	LIST_FOREACH(w, &watched, list) {
		if (w->revoked ||
		    memcmp(&w->actor.credential, credential,
			sizeof(*credential)) != 0)
			continue;
		w->revoked = true;
		w->tell(w);
	}
}

static void
heard(struct db_call *call, void *unused)
{
	struct uuid credential;
	int         i;

	(void)unused;
	if (db_call_wait(call)->error == ERR_NONE)
		for (i = 0; i < db_rows(call); i++) {
			db_uuid(call, i, 0, &credential);
			revoke_all_of(&credential);
		}
	kore_timer_add(tick, WATCH_EVERY_MS, NULL, KORE_TIMER_ONESHOT);
}

static void
tick(void *arg, u_int64_t now)
{
	struct store_actors actors = {0};
	const struct watch *w;

	(void)arg;
	(void)now;
	LIST_FOREACH(w, &watched, list)
		if (!w->revoked)
			store_actors_add(&actors, &w->actor);
	ticking = !LIST_EMPTY(&watched);
	if (ticking)
		db_send_for(store_actors_void(&actors), heard, NULL);
	store_actors_release(&actors);
}

void
watch_begin(
    struct watch *w, const struct actor *actor, void (*tell)(struct watch *))
{
	if (w->on)
		return;
	w->on = true;
	w->actor = *actor;
	w->tell = tell;
	LIST_INSERT_HEAD(&watched, w, list);
	if (ticking)
		return;
	ticking = true;
	kore_timer_add(tick, WATCH_EVERY_MS, NULL, KORE_TIMER_ONESHOT);
}

void
watch_end(struct watch *w)
{
	if (w->on)
		LIST_REMOVE(w, list);
	w->on = false;
}
