-- A token by which a user may set a new password, made by an operator: one a
-- user, good once and for some time, known here by its hash only.
CREATE TABLE password_resets (
	user_id bigint PRIMARY KEY,
	token_hash bytea NOT NULL UNIQUE, -- SHA-256
	expires_at timestamptz NOT NULL,
	used_by uuid -- the key of the request that used it up
);
