-- Removing an account. A table with a user's data leads its primary key with
-- user_id (see the first migration), and no other one does: so none is
-- forgotten here when one is added. The rows of what was under way go with a
-- later call for the same user, whose number is never given out again.
CREATE FUNCTION delete_user_rows(who bigint) RETURNS void
	LANGUAGE plpgsql AS $$
DECLARE
	t regclass;
BEGIN
	FOR t IN SELECT c.oid::regclass FROM pg_index i
		JOIN pg_class c ON c.oid = i.indrelid
		JOIN pg_attribute a ON a.attrelid = c.oid
			AND a.attnum = i.indkey[0]
		WHERE i.indisprimary AND a.attname = 'user_id'
		AND c.relnamespace = current_schema()::regnamespace
		ORDER BY c.oid
	LOOP
		EXECUTE format('DELETE FROM %s WHERE user_id = $1', t) USING who;
	END LOOP;
END
$$;

-- Nobody acts for the user any more from here on.
CREATE FUNCTION delete_user(who bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM users WHERE id = who;
	PERFORM delete_user_rows(who);
END
$$;

-- One-time passwords (RFC 6238) and codes for the day the device is lost.
CREATE TABLE totp (
	user_id bigint PRIMARY KEY,
	secret bytea NOT NULL, -- encrypted (src/core/totp.h)
	confirmed_at timestamptz, -- asked for since then
	last_step bigint NOT NULL DEFAULT 0, -- used, as are all before
	recovery bytea[] NOT NULL DEFAULT '{}' -- SHA-256 of those left
);
