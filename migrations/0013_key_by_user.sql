-- A key is looked up by its user and its id, which it says itself; its hash,
-- of 256 random bits, need not be kept unique, and an index that has no user
-- in it would be preferred to the one that has.
ALTER TABLE api_keys DROP CONSTRAINT api_keys_secret_hash_key;
