-- The request that used the last one-time password or recovery code, which
-- meets itself when its statement is sent again.
ALTER TABLE totp ADD COLUMN used_by uuid;
