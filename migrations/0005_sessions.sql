-- A session is of the epoch its user had when it began, and void once that is
-- over: a new password or a logout everywhere begins the next one. So a login
-- that was checked before, and is stored after, is void as well.
ALTER TABLE users ADD COLUMN epoch integer NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN epoch integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN users.tokens_from IS
	'refresh tokens of the Flask service issued before are void';
