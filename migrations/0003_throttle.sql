-- How often something was tried, by account and by address, which stand here
-- as hashes only: what was typed for a name may be anything. Unlogged, since
-- every failed login writes here and nothing is lost but a few counts: after a
-- crash of PostgreSQL they begin at nothing.
CREATE UNLOGGED TABLE throttle (
	key bytea PRIMARY KEY,
	count integer NOT NULL,
	expires_at timestamptz NOT NULL -- the end of the window
) WITH (fillfactor = 50);
CREATE INDEX throttle_expires ON throttle (expires_at);
