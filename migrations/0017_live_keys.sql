-- How many keys of a user are good for something, now: a volatile function looks
-- with a snapshot of its own, so behind a lock that was waited for it sees what
-- was done meanwhile.
CREATE FUNCTION live_keys(owner bigint) RETURNS bigint
	LANGUAGE sql VOLATILE AS $$
	SELECT count(*) FROM api_keys WHERE user_id = owner AND
		revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
$$;
