-- Users taken over from a Flask service (aichat adopt), and how far their
-- messages were: what runs again, or was ended half-way, goes on from there.
CREATE TABLE adopted_users (
	legacy_id bigint PRIMARY KEY, -- there
	user_id bigint NOT NULL, -- here; the same, unless it was taken
	messages_upto bigint NOT NULL DEFAULT 0 -- their id there
);
CREATE INDEX adopted_users_user ON adopted_users (user_id);
