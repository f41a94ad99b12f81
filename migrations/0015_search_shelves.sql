-- The search reads the newest conversations first, and as many as it shows.

-- Han and kana are written without spaces, and the parser takes a run of them
-- for one word. Here each two neighbours become one, and the last character of
-- a run one more; so any part of a run is found by its pairs, and one character
-- as the beginning of a pair.
CREATE FUNCTION search_runs(words text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	one CONSTANT text := '[\u3005-\u3007\u3041-\u309f\u30a1-\u30fa'
		'\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff'
		'\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]';
BEGIN
	IF octet_length(words) = length(words) OR words !~ one THEN
		RETURN words;
	END IF;
	words := regexp_replace(words, '(' || one || '+)', ' \1 ', 'g');
	RETURN regexp_replace(words, '(' || one || '{2})', ' \1 ', 'g') ||
		regexp_replace(regexp_replace(words, '(?<!' || one || ')' || one,
			' ', 'g'), '(' || one || '{2})', ' \1 ', 'g');
END
$$;

-- Conversations stand on shelves, 32 on each; whoever has more than 8,192 has
-- long shelves for the newer ones, so that there are not too many.
CREATE FUNCTION search_shelf(conversation integer) RETURNS integer
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE WHEN conversation < 8192 THEN conversation / 32
		ELSE 240 + conversation / 512 END;
CREATE FUNCTION search_shelf_begins(shelf integer) RETURNS integer
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE WHEN shelf < 256 THEN shelf * 32
		ELSE (shelf - 240) * 512 END;

-- The words of a turn, each with its owner and shelf before it
-- ('7/60/hello'), and its conversation ('7#963'); without a conversation, the
-- owner alone is before them ('7/hello'). Longer texts are searched by their
-- beginning; what has no space for 250 characters is data, not words (and a
-- word of 2 KB would be refused). It has a search_path of its own because
-- a restore has none.
CREATE FUNCTION search_words(owner bigint, conversation integer, a text, b text)
	RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path FROM CURRENT AS $$
DECLARE
	words text := search_runs(left(a, 20000) || ' ' || left(b, 20000));
	place text := owner || '/';
	extra text := '';
BEGIN
	IF octet_length(words) > 1000 THEN
		words := regexp_replace(words, '\S{250,}', ' ', 'g');
	END IF;
	IF conversation IS NOT NULL THEN
		place := place || search_shelf(conversation) || '/';
		extra := ' ''' || owner || '#' || conversation || '''';
	END IF;
	RETURN (replace(' ' || strip(to_tsvector('pg_catalog.simple', words))::text,
		' ''', ' ''' || place) || extra)::tsvector;
END
$$;

-- What somebody typed, as a query: all words of it, the last of which may be the
-- beginning of a longer one, unless it is a letter or two, with which half of
-- everything begins. Each gets the prefix (of search_words, or '' to meet plain
-- text). NULL, without words, matches nothing.
CREATE OR REPLACE FUNCTION search_query(prefix text, typed text) RETURNS tsquery
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	last text := coalesce(substring(typed FROM '\S+$'), '');
	rest text := left(typed, length(typed) - length(last));
	found text;
BEGIN
	SELECT string_agg('''' || prefix ||
		replace(replace(word, '\', '\\'), '''', '''''') || '''' ||
		ending, ' & ') INTO found FROM (
		SELECT word, CASE WHEN length(word) = 1 AND octet_length(word) > 2
			THEN ':*' ELSE '' END FROM unnest(tsvector_to_array(
			to_tsvector('pg_catalog.simple', search_runs(rest)))) AS word
		UNION ALL SELECT unnest(tsvector_to_array(
			to_tsvector('pg_catalog.simple', search_runs(last)))),
			CASE WHEN octet_length(last) > 2 THEN ':*' ELSE '' END
	) AS words (word, ending);
	RETURN found::tsquery;
END
$$;

SET LOCAL maintenance_work_mem = '256MB';
-- A turn's words wait in a list, which is moved into the index when it has
-- grown to 128 KB: every look-up reads it, and a search makes a hundred. Of a
-- turn that runs they are indexed once, at its end.
CREATE INDEX turns_shelves ON turns
	USING gin (search_words(user_id, conversation, prompt, response))
	WITH (gin_pending_list_limit = 128) WHERE status <> 'running';
CREATE INDEX conversations_titles ON conversations
	USING gin (search_words(user_id, NULL, title, ''))
	WITH (gin_pending_list_limit = 512);
-- The former version still names its search_words and btree_gin's extension.
DROP INDEX turns_words, conversations_words;

-- Turns, and conversations by their titles, with these words, which have the
-- owner before them; that they are the owner's is asked of what was found, so
-- that no plan begins with all of them.
CREATE FUNCTION search_turns(owner bigint, words tsquery, wanted integer)
	RETURNS TABLE (conversation integer, id uuid)
	LANGUAGE sql STABLE ROWS 10 AS $$
	SELECT t.conversation, t.id FROM (
		SELECT user_id, conversation, id FROM turns
		WHERE status <> 'running' AND
			search_words(user_id, conversation, prompt, response)
			@@ words LIMIT wanted
	) t WHERE t.user_id = owner
$$;
CREATE FUNCTION search_titles(owner bigint, words tsquery)
	RETURNS TABLE (number integer)
	LANGUAGE sql STABLE ROWS 10 AS $$
	SELECT c.number FROM (
		SELECT user_id, number FROM conversations
		WHERE search_words(user_id, NULL, title, '') @@ words OFFSET 0
	) c WHERE c.user_id = owner
$$;

-- Below, what was typed comes as two queries with chr(1), which is in no word,
-- for the place of each: the words as they are, and with the last as the
-- beginning of one. The first finds faster.

-- A turn of this conversation, or NULL.
CREATE FUNCTION search_turn(owner bigint, conversation integer, whole text,
	begun text) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
	place text := owner || '/' || search_shelf(conversation) || '/';
	mine tsquery := '''' || owner || '#' || conversation || '''';
	found uuid;
BEGIN
	SELECT id INTO found FROM search_turns(owner,
		replace(whole, chr(1), place)::tsquery && mine, 1);
	IF found IS NULL THEN
		SELECT id INTO found FROM search_turns(owner,
			replace(begun, chr(1), place)::tsquery && mine, 1);
	END IF;
	RETURN found;
END
$$;

-- The newest conversations below a number (NULL: none at all) with a turn that
-- matches, and such a turn: as many as are wanted, perhaps a few more. Some
-- shelves are asked at once, the more the less is found. Where there are many
-- turns even on one, each conversation on it is asked, and so on the next
-- while half of them have one.
CREATE FUNCTION search_newest(owner bigint, whole text, begun text,
	below integer, only_archived boolean, without integer[], wanted integer)
	RETURNS TABLE (number integer, turn uuid)
	LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
	many CONSTANT integer := 65;
	shelf integer := search_shelf(below - 1);
	shelves integer := 1;
	each boolean := false;
	numbers integer[];
	ids uuid[];
	found integer;
	got integer;
BEGIN
	WHILE shelf >= 0 AND wanted > 0 LOOP
		IF NOT each THEN
			SELECT array_agg(conversation), array_agg(id)
				INTO numbers, ids FROM (SELECT t.* FROM
				generate_series(shelf - shelves + 1, shelf) AS s,
				LATERAL search_turns(owner, replace(begun, chr(1),
					owner || '/' || s || '/')::tsquery, many) t
				LIMIT many) t;
			found := coalesce(cardinality(ids), 0);
			IF found = many AND shelves > 1 THEN
				shelves := shelves / 2;
				CONTINUE;
			END IF;
			each := found = many;
		END IF;
		IF each THEN
			RETURN QUERY SELECT c.number, t.id FROM conversations c,
				LATERAL (SELECT search_turn(owner, c.number,
					whole, begun) OFFSET 0) t (id)
				WHERE c.user_id = owner AND c.number < below
					AND c.number >= search_shelf_begins(shelf)
					AND c.number < search_shelf_begins(shelf + 1)
					AND c.number <> ALL (without) AND c.archived =
						coalesce(only_archived, c.archived)
					AND t.id IS NOT NULL;
		ELSE
			RETURN QUERY SELECT DISTINCT ON (t.of) t.of, t.id
				FROM unnest(numbers, ids) AS t (of, id),
				LATERAL (SELECT FROM conversations c
					WHERE c.user_id = owner AND c.number = t.of
						AND c.archived = coalesce(only_archived,
							c.archived) LIMIT 1) c
				WHERE t.of < below AND t.of <> ALL (without)
				ORDER BY t.of, t.id DESC;
		END IF;
		GET DIAGNOSTICS got = ROW_COUNT;
		wanted := wanted - got;
		shelf := shelf - shelves;
		IF each THEN
			each := got >= 16;
		ELSIF found < many / 4 THEN
			shelves := least(shelves * 2, 32);
		END IF;
	END LOOP;
END
$$;
