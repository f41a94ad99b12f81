-- The search: words of titles and turns, kept in step by the database.

-- Of PostgreSQL's own modules, and trusted: whoever owns the database may. It
-- puts user_id into the indexes, so that no other one is looked at beside them.
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- The words of a text as the search knows them, each with its owner before it
-- ('7/hello'): an index on them finds one user's and reads nobody else's,
-- and the beginning of a word is looked up among that user's words only.
-- Longer texts are searched by their beginning; what has no space for 250
-- characters is data, not words (and a word of 2 KB would be refused).
CREATE FUNCTION search_words(owner bigint, a text, b text) RETURNS tsvector
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	words text := left(a, 20000) || ' ' || left(b, 20000);
BEGIN
	IF octet_length(words) > 1000 THEN
		words := regexp_replace(words, '\S{250,}', ' ', 'g');
	END IF;
	RETURN replace(' ' || strip(to_tsvector('pg_catalog.simple', words))::text,
		' ''', ' ''' || owner || '/')::tsvector;
END
$$;

-- What somebody typed, as a query: all words of it, the last of which may be the
-- beginning of a longer one, unless it is a letter or two, with which half of
-- everything begins. Each gets the prefix ('7/' to meet search_words, '' to meet
-- plain text). NULL, without words, matches nothing.
CREATE FUNCTION search_query(prefix text, typed text) RETURNS tsquery
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	last text := coalesce(substring(typed FROM '\S+$'), '');
	rest text := left(typed, length(typed) - length(last));
	found text;
BEGIN
	SELECT string_agg('''' || prefix ||
		replace(replace(word, '\', '\\'), '''', '''''') || '''' ||
		ending, ' & ') INTO found FROM (
		SELECT unnest(tsvector_to_array(
			to_tsvector('pg_catalog.simple', rest))), ''
		UNION ALL SELECT unnest(tsvector_to_array(
			to_tsvector('pg_catalog.simple', last))),
			CASE WHEN octet_length(last) > 2 THEN ':*' ELSE '' END
	) AS words (word, ending);
	RETURN found::tsquery;
END
$$;

-- A turn's words wait in a list, which is moved into the index when it has
-- grown to 512 KB: what a search has to read beside the index. Of a turn that
-- runs they are indexed once, at its end.
CREATE INDEX turns_words ON turns
	USING gin (user_id, search_words(user_id, prompt, response))
	WITH (gin_pending_list_limit = 512) WHERE status <> 'running';
CREATE INDEX conversations_words ON conversations
	USING gin (user_id, search_words(user_id, title, ''))
	WITH (gin_pending_list_limit = 512);
