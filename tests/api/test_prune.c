/*
 * aichat prune: what it removes, what it must not, and that a server goes on
 * beside it.
 */
#include <signal.h>

#include "harness.h"

#define ROWS 2500 /* more than two transactions' */

static int
start(void **state)
{
	const char *options[] = {"RETENTION_DAYS=30", NULL};

	*state = server_start(options);
	return (0);
}

static const char *
prune(struct server *s)
{
	const char *output;

	assert_int_equal(server_command(s, "prune", &output), 0);
	assert_int_equal(strncmp(output, "removed ", 8), 0);
	assert_ptr_equal(strchr(output, '\n'), strrchr(output, '\n'));
	return (output);
}

static void
assert_says(const char *output, const char *words)
{
	if (strstr(output, words) == NULL)
		fail_msg("no \"%s\" in: %s", words, output);
}

/* A user with a conversation of so many turns, this many days old. */
static struct user *
user_with(struct server *s, const char *name, int turns, int days)
{
	struct user *u = user_new(s, name);

	conversation_new(s, u->token);
	sql_run(s,
	    "INSERT INTO turns (user_id, conversation, id, status, model,"
	    " prompt, created_at, finished_at)"
	    " SELECT %lld, 1, (lpad(to_hex((extract(epoch FROM at) * 1000)"
	    "::bigint), 12, '0') || '7000' || '8' || lpad(to_hex(i), 7, '0')"
	    " || '00000001')::uuid, 'completed', 'gpt', 'x', at, at"
	    " FROM generate_series(1, %d) i,"
	    " (SELECT now() - interval '%d days' AS at) a",
	    u->id, turns, days);
	sql_run(s,
	    "UPDATE conversations SET updated_at = now() - interval '%d days'"
	    " WHERE user_id = %lld",
	    days, u->id);
	return (u);
}

static long long
turns_of(struct server *s, const struct user *u)
{
	return (sql_int(
	    s, "SELECT count(*) FROM turns WHERE user_id = %lld", u->id));
}

static void
turns__by_age(void **state)
{
	struct server *s = *state;
	struct user   *old = user_with(s, "old", ROWS, 31);
	struct user   *young = user_with(s, "young", 3, 29);
	struct user   *mixed = user_with(s, "mixed", 2, 40);
	const char    *output;

	sql_run(s,
	    "INSERT INTO shares (user_id, conversation, token_hash, last_turn)"
	    " SELECT %lld, 1, 'x', gen_random_uuid()",
	    old->id);
	chat_send(s, mixed->token, 1, "gpt", "a new one");
	sql_run(s,
	    "UPDATE turns SET status = 'running', finished_at = NULL,"
	    " heartbeat_at = now() + interval '1 hour' WHERE user_id = %lld"
	    " AND created_at < now() - interval '30 days' AND id IN (SELECT id"
	    " FROM turns WHERE user_id = %lld ORDER BY id LIMIT 1)",
	    mixed->id, mixed->id);
	output = prune(s);
	assert_says(output, scratch_printf("removed %d turns", ROWS + 1));
	assert_says(output, " 1 conversations");
	assert_int_equal(turns_of(s, old), 0);
	assert_int_equal(turns_of(s, young), 3);
	assert_int_equal(turns_of(s, mixed), 2); /* new, and running */
	assert_int_equal(sql_int(s, "SELECT count(*) FROM shares"), 0);
	assert_says(prune(s), "removed 0 turns, 0 conversations");
	/* Numbers are not given out again. */
	assert_int_equal(conversation_new(s, old->token), 2);
	sql_run(s,
	    "UPDATE turns SET status = 'completed', heartbeat_at = NULL"
	    " WHERE status = 'running'");
}

static void
events__of_turns_that_ended(void **state)
{
	struct server *s = *state;
	struct user   *ended = user_with(s, "ended", 1, 3);
	struct user   *just = user_with(s, "just", 1, 1);

	sql_run(s,
	    "INSERT INTO turn_events (user_id, turn, seq, ends, text)"
	    " SELECT user_id, id, i * 2, '1,2', 'ab' FROM turns,"
	    " generate_series(1, 5) i WHERE user_id IN (%lld, %lld)",
	    ended->id, just->id);
	/* Of a turn that was deleted. */
	sql_run(s,
	    "INSERT INTO turn_events (user_id, turn, seq, ends, text)"
	    " SELECT %lld, gen_random_uuid(), 2, '1', 'a'",
	    just->id);
	assert_says(prune(s), " 6 events");
	assert_int_equal(
	    sql_int(s, "SELECT count(*) FROM turn_events WHERE user_id = %lld",
		just->id),
	    5);
}

static void
sessions_keys_and_counts(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "sessions");
	int            n = conversation_new(s, u->token);
	const char    *output;

	sql_run(s,
	    "INSERT INTO sessions (user_id, id, token_hash, expires_at,"
	    " ended_at) SELECT %lld, gen_random_uuid(), 'x',"
	    " now() + e * interval '1 hour', now() + d * interval '1 hour'"
	    " FROM (VALUES (-25, NULL), (-1, NULL), (100, -25), (100, -1),"
	    " (100, NULL)) v (e, d)",
	    u->id);
	sql_run(s,
	    "INSERT INTO idempotency_keys (user_id, key, fingerprint,"
	    " conversation, created_at) SELECT %lld, i::text, '', %d,"
	    " now() - i * interval '20 hours' FROM generate_series(0, 4) i",
	    u->id, n);
	sql_run(s,
	    "INSERT INTO throttle (key, count, expires_at) SELECT"
	    " i::text::bytea, 1, now() + i * interval '1 minute'"
	    " FROM generate_series(-%d, 2) i",
	    ROWS);
	sql_run(s,
	    "INSERT INTO password_resets (user_id, token_hash, expires_at)"
	    " SELECT %lld, 'x', now() - interval '2 days'",
	    u->id);
	output = prune(s);
	assert_says(output, " 2 sessions");
	assert_says(output, " 2 idempotency keys");
	assert_says(output, " 1 reset links");
	assert_says(output, scratch_printf(" %d counts", ROWS + 1));
	/* The one that is in use is not touched. */
	assert_status(http_get(s, u->token, "/chat/conversations"), 200);
}

/* Rows somebody has locked are left for the next time: nobody waits. */
static void
locked_rows__are_passed_by(void **state)
{
	struct server *s = *state;
	struct user   *u = user_with(s, "locked", 10, 31);

	sql_run(s, "BEGIN");
	sql_run(
	    s, "SELECT 1 FROM turns WHERE user_id = %lld FOR UPDATE", u->id);
	assert_says(prune(s), "removed 0 turns, 0 conversations");
	sql_run(s, "COMMIT");
	assert_says(prune(s), "removed 10 turns, 1 conversations");
}

static void
retention__is_off_by_default(void **state)
{
	struct server *s = server_start(NULL);
	struct user   *u = user_with(s, "kept", 5, 10000);

	(void)state;
	assert_says(prune(s), "removed 0 turns, 0 conversations");
	assert_int_equal(turns_of(s, u), 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(turns__by_age),
	    cmocka_unit_test(events__of_turns_that_ended),
	    cmocka_unit_test(sessions_keys_and_counts),
	    cmocka_unit_test(locked_rows__are_passed_by),
	    cmocka_unit_test(retention__is_off_by_default),
	};

	return (harness_run(tests, start));
}
