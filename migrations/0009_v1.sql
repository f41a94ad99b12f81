-- What /v1 needs of the day's row and of turns.

-- The newest messages of a user that were answered at once and are stored
-- nowhere: a statement that is sent again after a lost connection meets itself
-- here, since it inserts no row.
ALTER TABLE daily_usage ADD COLUMN recent uuid[] NOT NULL DEFAULT '{}';

-- A turn's id of the conversation with this number (src/core/uuid.h), for
-- statements that learn the number themselves.
CREATE FUNCTION turn_id(id uuid, conversation integer) RETURNS uuid
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (left(id::text, 28) || lpad(to_hex(conversation), 8, '0'))::uuid;
