#include "core/config.h"
#include "store/store_allowance.h"
#include "store/store_sessions.h"

/* $1 user, $2 id, $3 token_hash, $4 device, $5 address */

/*
 * $6 epoch, $7 seconds it lives -> id
 * Takes those away that are over, so that the table holds what counts.
 */
STATEMENT(session_begin,
    "WITH gone AS ("
    " DELETE FROM sessions WHERE user_id = $1 AND expires_at < now()) "
    "INSERT INTO sessions"
    " (user_id, id, token_hash, device, address, epoch, expires_at)"
    " SELECT u.id, $2::uuid, $3::bytea, $4, $5::inet, u.epoch,"
    " now() + $7::integer * interval '1 second' FROM users u"
    " WHERE u.id = $1 AND u.disabled_at IS NULL AND u.epoch = $6::integer"
    " RETURNING id");

/*
 * $6 name, $7 id or NULL, $8 issued, $9 expires -> user
 * $1 is of no use here: who it is, is looked up. The token itself is the
 * session's first.
 */
STATEMENT(session_adopt,
    "WITH n AS ("
    " SELECT id FROM users WHERE username_key = name_key($6)"
    " UNION SELECT id FROM users WHERE id = coalesce((SELECT user_id"
    " FROM adopted_users WHERE legacy_id = $7::bigint), $7::bigint)"
    "), u AS ("
    " SELECT id, epoch FROM users WHERE $1::bigint = 0"
    " AND id = (SELECT min(id) FROM n HAVING count(*) = 1)"
    " AND disabled_at IS NULL AND tokens_from <= to_timestamp($8::bigint)"
    "), s AS ("
    " INSERT INTO sessions"
    " (user_id, id, token_hash, device, address, epoch, expires_at)"
    " SELECT id, $2::uuid, $3::bytea, $4, $5::inet, epoch,"
    " to_timestamp($9::bigint) FROM u ON CONFLICT DO NOTHING) "
    "SELECT id FROM u");

/*
 * $6 next hash, $7 grace, $8 seconds it lives -> rotated at, ended, name
 *
 * Note [one successor]: one UPDATE, whose terms are looked at anew when it had
 * to wait for another of the same row. So of any number at once the first one
 * rotates, and the others, as well as a repeated sending, find their token to
 * be the one just replaced. Any other token is an old one that somebody kept.
 */
STATEMENT(session_rotate,
    "UPDATE sessions s SET device = $4, address = $5::inet, used_at = now(),"
    " token_hash = CASE WHEN token_hash = $3::bytea"
    " THEN $6::bytea ELSE token_hash END,"
    " previous_hash = CASE WHEN token_hash = $3::bytea"
    " THEN token_hash ELSE previous_hash END,"
    " rotated_at = CASE WHEN token_hash = $3::bytea"
    " THEN now() ELSE rotated_at END,"
    " expires_at = CASE WHEN token_hash = $3::bytea THEN"
    " greatest(now() + $8::integer * interval '1 second', expires_at)"
    " ELSE expires_at END,"
    " ended_at = CASE WHEN token_hash = $3::bytea"
    " OR (previous_hash = $3::bytea AND rotated_at >"
    " now() - $7::integer * interval '1 second') THEN NULL ELSE now() END"
    " FROM users u WHERE u.id = $1 AND u.disabled_at IS NULL"
    " AND s.user_id = $1 AND s.id = $2::uuid AND s.epoch = u.epoch"
    " AND s.ended_at IS NULL AND s.expires_at > now()"
    " RETURNING s.rotated_at, s.ended_at IS NOT NULL, u.username");

#define ACTIVE \
	"WITH a AS (SELECT u.id, u.epoch AS era, $4::integer FROM " STORE_ACTIVE_USER \
	")"

/*
 * $1-$4 actor -> id, device, address, created, used, current
 * So many as anybody looks at.
 */
STATEMENT(session_list,
    ACTIVE
    " SELECT s.id, s.device, host(s.address), s.created_at, s.used_at,"
    " s.id = $2::uuid FROM a JOIN sessions s ON s.user_id = $1"
    " AND s.epoch = a.era AND s.ended_at IS NULL AND s.expires_at > now()"
    " ORDER BY s.used_at DESC LIMIT 200");

/* $1-$4 actor, $5 id -> exists, ended before; no row: may not act */
STATEMENT(session_end,
    ACTIVE
    ", o AS ("
    " SELECT ended_at IS NOT NULL AS before FROM sessions"
    " WHERE user_id = $1 AND id = $5::uuid"
    "), s AS ("
    " UPDATE sessions SET ended_at = now() WHERE user_id = $1"
    " AND id = $5::uuid AND ended_at IS NULL AND EXISTS (SELECT FROM a)) "
    "SELECT o.before IS NOT NULL, coalesce(o.before, false)"
    " FROM a LEFT JOIN o ON true");

/* $1-$4 actor, $5 all -> whether it could act */
STATEMENT(session_logout,
    ACTIVE ", n AS ("
	   " UPDATE users SET " STORE_SESSIONS_VOID
	   " FROM a WHERE users.id = a.id AND $5::boolean"
	   "), s AS ("
	   " UPDATE sessions SET ended_at = now() FROM a"
	   " WHERE user_id = $1 AND sessions.id = $2::uuid) "
	   "SELECT EXISTS (SELECT FROM a)");

/* $1 user, $2 id */
STATEMENT(session_used,
    "UPDATE sessions SET used_at = now() WHERE user_id = $1 AND id = $2::uuid"
    " AND used_at < now() - interval '1 minute'");

static struct db_call *
call_with(const struct db_statement *statement, const struct store_session *s)
{
	struct db_call *call = db_call_new(statement);

	db_bind_int(call, s->user_id);
	db_bind_uuid(call, &s->id);
	db_bind_text(call, s->token_hash);
	db_bind_text(call, s->device);
	db_bind_text(call, s->address);
	return (call);
}

int
store_session_begin(struct flow *f, const struct store_session *s,
    int64_t epoch, int64_t seconds)
{
	struct db_call *call = call_with(&session_begin, s);

	db_bind_int(call, epoch);
	db_bind_int(call, seconds);
	return (flow_query(f, call));
}

bool
store_session_begun(const struct db_call *rows)
{
	return (db_conflict(rows) || db_rows(rows) > 0);
}

/* An id is as many digits as surely fit. */
static const char *
as_id(const char *sub)
{
	size_t digits = strspn(sub, "0123456789");

	return (sub[digits] == '\0' && digits <= 18 ? sub : NULL);
}

int
store_session_adopt(struct flow *f, const struct store_session *s,
    const char *sub, int64_t issued, int64_t expires)
{
	struct db_call *call = call_with(&session_adopt, s);

	db_bind_text(call, sub);
	db_bind_text(call, as_id(sub));
	db_bind_int(call, issued);
	db_bind_int(call, expires);
	return (flow_query(f, call));
}

int64_t
store_session_adopted(const struct db_call *rows)
{
	return (db_rows(rows) > 0 ? db_int(rows, 0, 0) : 0);
}

int
store_session_rotate(struct flow *f, const struct store_session *s,
    const char *next_hash, int64_t seconds)
{
	struct db_call *call = call_with(&session_rotate, s);

	db_bind_text(call, next_hash);
	db_bind_int(call, config.refresh_grace_seconds);
	db_bind_int(call, seconds);
	return (flow_query(f, call));
}

enum store_rotation
store_session_rotated(
    const struct db_call *rows, int64_t *seconds, const char **name)
{
	if (db_rows(rows) == 0)
		return (STORE_NOT_LIVE);
	*seconds = db_time(rows, 0, 0) / 1000000;
	*name = db_text(rows, 0, 2);
	return (db_bool(rows, 0, 1) ? STORE_REUSED : STORE_ROTATED);
}

struct db_call *
store_session_used(const struct actor *actor)
{
	struct db_call *call = db_call_new(&session_used);

	db_bind_int(call, actor->user_id);
	db_bind_uuid(call, &actor->credential);
	return (call);
}

int
store_session_list(struct flow *f)
{
	return (flow_query(f, store_call_for(&f->user, &session_list)));
}

void
store_session_read(
    const struct db_call *rows, int row, struct store_session_seen *s)
{
	db_uuid(rows, row, 0, &s->id);
	s->device = db_text(rows, row, 1);
	s->address = db_text(rows, row, 2);
	s->created = db_time(rows, row, 3);
	s->used = db_time(rows, row, 4);
	s->current = db_bool(rows, row, 5);
}

int
store_session_end(struct flow *f, const struct uuid *id)
{
	struct db_call *call = store_call_for(&f->user, &session_end);

	db_bind_uuid(call, id);
	return (flow_query(f, call));
}

bool
store_session_ended(const struct db_call *rows, bool *first)
{
	*first = !db_bool(rows, 0, 1);
	return (db_bool(rows, 0, 0));
}

int
store_session_logout(struct flow *f, bool all)
{
	struct db_call *call = store_call_for(&f->user, &session_logout);

	db_bind_text(call, all ? "t" : "f");
	return (flow_query(f, call));
}

bool
store_session_logged_out(const struct db_call *rows)
{
	/* Repeated, it finds the session ended by itself. */
	return (db_bool(rows, 0, 0) || db_repeated(rows));
}
