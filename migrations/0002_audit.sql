-- Who did what: rows are appended and never changed. Each one's hash covers
-- the hash before it, so that a row changed, removed or slipped in later shows
-- (`aichat audit verify`). The chain is made here and nowhere else, by a
-- trigger, so that a row inserted by hand joins it too. Whoever owns the
-- database can disable triggers and hash everything anew: keep the last hash,
-- which verify prints, somewhere else from time to time.
CREATE TABLE audit (
	seq bigint PRIMARY KEY, -- 1, 2, 3 ... without a gap
	key uuid NOT NULL UNIQUE, -- the writer's, to meet itself when it repeats
	at timestamptz NOT NULL,
	event text NOT NULL,
	user_id bigint, -- whom it is about; stays when the account is gone
	address text, -- of the client; NULL: on the command line
	detail text,
	hash bytea NOT NULL
);

-- SHA-256 over the hash before (empty for the first) and the row as a JSON
-- array, in PostgreSQL's writing: [1, "2026-01-02T03:04:05.678901Z", ...].
CREATE FUNCTION audit_hash(previous bytea, a audit) RETURNS bytea
	LANGUAGE sql STABLE
	RETURN sha256(previous || convert_to(json_build_array(a.seq,
		to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
		a.event, a.user_id, a.address, a.detail)::text, 'UTF8'));

-- One writer at a time: the lock is held until its transaction has ended, and
-- the look at the last row, a statement of its own, sees what that left.
CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	last audit;
BEGIN
	PERFORM pg_advisory_xact_lock(7236832743);
	SELECT * INTO last FROM audit ORDER BY seq DESC LIMIT 1;
	NEW.seq := coalesce(last.seq, 0) + 1;
	NEW.at := clock_timestamp();
	NEW.hash := audit_hash(coalesce(last.hash, ''), NEW);
	RETURN NEW;
END
$$;

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the audit log is append-only';
END
$$;

CREATE TRIGGER audit_chain BEFORE INSERT ON audit
	FOR EACH ROW EXECUTE FUNCTION audit_chain();
CREATE TRIGGER audit_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
	FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
