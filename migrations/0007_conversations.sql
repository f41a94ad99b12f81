-- What lists of conversations and links to them are made of.

-- listed_at is when a conversation last came to the front of its list: it
-- stays the same while one talks on in the foremost, so that a turn moves no
-- index entry then. What is pinned or archived clients say in the metadata.
ALTER TABLE conversations
	ADD COLUMN listed_at timestamptz NOT NULL DEFAULT now(),
	ADD COLUMN archived boolean NOT NULL GENERATED ALWAYS AS
		(coalesce(metadata ->> 'archived' = 'true', false)) STORED,
	ADD COLUMN pinned boolean NOT NULL GENERATED ALWAYS AS
		(coalesce(metadata ->> 'pinned' = 'true', false)) STORED;
UPDATE conversations SET listed_at = updated_at;
CREATE INDEX conversations_listed
	ON conversations (user_id, archived, pinned, listed_at, number);

-- A link shows a conversation to whoever has its token, as it was when the
-- link was made: up to last_turn.
CREATE TABLE shares (
	user_id bigint NOT NULL,
	conversation integer NOT NULL,
	token_hash bytea NOT NULL, -- SHA-256
	last_turn uuid NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (user_id, conversation, token_hash)
);

-- Delete a conversation with all that belongs to it; false: there is none.
-- Statements of their own: once the conversation is deleted, which waits for a
-- turn that is being begun in it, the next one sees that turn. A turn that runs
-- ends when its worker finds it gone.
CREATE FUNCTION conversation_delete(owner bigint, which uuid) RETURNS boolean
	LANGUAGE plpgsql AS $$
DECLARE
	deleted integer;
BEGIN
	DELETE FROM conversations WHERE user_id = owner AND id = which
		RETURNING number INTO deleted;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	WITH gone AS (
		DELETE FROM turns WHERE user_id = owner AND conversation = deleted
		RETURNING id, status, (created_at AT TIME ZONE 'UTC')::date AS day
	), events AS (
		DELETE FROM turn_events USING gone
		WHERE user_id = owner AND turn = gone.id
	), ended AS (
		SELECT day, count(*) AS turns FROM gone
		WHERE status = 'running' GROUP BY day
	)
	UPDATE daily_usage SET running = running - ended.turns FROM ended
		WHERE user_id = owner AND daily_usage.day = ended.day;
	DELETE FROM shares WHERE user_id = owner AND conversation = deleted;
	DELETE FROM idempotency_keys
		WHERE user_id = owner AND conversation = deleted;
	RETURN true;
END
$$;
