-- Who acts: by a session, or by an API key, which may have a limit of its own.

-- The key a turn was begun with, whose count it gives back when it fails.
ALTER TABLE turns ADD COLUMN api_key uuid;

-- How many messages each API key that has a limit took of the day, and what
-- each model answered: {"gpt": [messages, prompt tokens, response tokens]}.
-- Both live in the row that is locked anyway.
ALTER TABLE daily_usage
	ADD COLUMN keys jsonb NOT NULL DEFAULT '{}',
	ADD COLUMN models jsonb NOT NULL DEFAULT '{}';

CREATE FUNCTION usage_add(models jsonb, model text, messages integer,
	prompt_tokens bigint, response_tokens bigint) RETURNS jsonb
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN models || jsonb_build_object(model, jsonb_build_array(
		coalesce((models -> model ->> 0)::bigint, 0) + messages,
		coalesce((models -> model ->> 1)::bigint, 0) + prompt_tokens,
		coalesce((models -> model ->> 2)::bigint, 0) + response_tokens));

CREATE FUNCTION keys_add(keys jsonb, key uuid, messages integer) RETURNS jsonb
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN keys || jsonb_build_object(key::text,
		coalesce((keys ->> key::text)::integer, 0) + messages);
