-- A search says whose rows it looks for, so that of tables that are spread by
-- user_id it reads one partition; and it is faster.
--
-- The primary key finds the user's rows as well, all of them, and the planner
-- must not begin there. It knows nothing of the words, and takes one turn in a
-- thousand for a match. Where two conditions are on words, be they the same, it
-- is one in a million, less than any user has; and that to find a row costs more
-- than anything else is set in these functions (SET cpu_index_tuple_cost).
-- tests/api/test_plans.c looks at the plans.

-- Turns that match both; the words have owner and shelf before them.
DROP FUNCTION search_turns(bigint, tsquery, integer);
CREATE FUNCTION search_turns(owner bigint, words tsquery, and_words tsquery,
	wanted integer)
	RETURNS TABLE (conversation integer, id uuid)
	LANGUAGE sql STABLE ROWS 10 AS $$
	SELECT conversation, id FROM turns
	WHERE user_id = owner AND status <> 'running' AND
		search_words(user_id, conversation, prompt, response) @@ words AND
		search_words(user_id, conversation, prompt, response) @@ and_words
	LIMIT wanted
$$;

-- Conversations by their titles.
CREATE OR REPLACE FUNCTION search_titles(owner bigint, words tsquery)
	RETURNS TABLE (number integer)
	LANGUAGE plpgsql STABLE ROWS 10 SET cpu_index_tuple_cost = 1e6 AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT number FROM conversations
		WHERE user_id = owner AND
			search_words(user_id, NULL, title, '') @@ words AND
			search_words(user_id, NULL, title, '') @@ words;
END
$$;

-- A turn of this conversation, or NULL.
CREATE OR REPLACE FUNCTION search_turn(owner bigint, conversation integer,
	whole text, begun text) RETURNS uuid
	LANGUAGE plpgsql STABLE SET cpu_index_tuple_cost = 1e6 AS $$
DECLARE
	place text := owner || '/' || search_shelf(conversation) || '/';
	mine tsquery := '''' || owner || '#' || conversation || '''';
	found uuid;
BEGIN
	SELECT id INTO found FROM search_turns(owner, mine,
		replace(whole, chr(1), place)::tsquery, 1);
	IF found IS NULL THEN
		SELECT id INTO found FROM search_turns(owner, mine,
			replace(begun, chr(1), place)::tsquery, 1);
	END IF;
	RETURN found;
END
$$;

-- As it was, but: a shelf alone is asked for the words as they are first, since
-- all that begin with the last one are gathered, however many, before one is
-- had. Of a rare word and the beginning of a common one, the rare one is looked
-- up beside both. No more conversations are asked than are wanted.
CREATE OR REPLACE FUNCTION search_newest(owner bigint, whole text, begun text,
	below integer, only_archived boolean, without integer[], wanted integer)
	RETURNS TABLE (number integer, turn uuid)
	LANGUAGE plpgsql STABLE SET cpu_index_tuple_cost = 1e6 AS $$
#variable_conflict use_column
DECLARE
	many CONSTANT integer := 65;
	complete CONSTANT text := coalesce(nullif(ltrim(regexp_replace(begun,
		'(^| & )''([^'']|'''')*'':\*', '', 'g'), ' &'), ''), begun);
	shelf integer := search_shelf(below - 1);
	shelves integer := 1;
	each boolean := false;
	alone tsquery;
	numbers integer[];
	ids uuid[];
	found integer;
	got integer;
BEGIN
	WHILE shelf >= 0 AND wanted > 0 LOOP
		IF NOT each AND shelves = 1 THEN
			alone := replace(whole, chr(1), owner || '/' || shelf || '/');
			SELECT count(*) = many INTO each
				FROM search_turns(owner, alone, alone, many);
		END IF;
		IF NOT each THEN
			SELECT array_agg(conversation), array_agg(id)
				INTO numbers, ids FROM (SELECT t.* FROM
				generate_series(shelf - shelves + 1, shelf) AS s,
				LATERAL (SELECT owner || '/' || s || '/') p (place),
				LATERAL search_turns(owner,
					replace(begun, chr(1), p.place)::tsquery,
					replace(complete, chr(1), p.place)::tsquery,
					many) t
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
					AND t.id IS NOT NULL
				ORDER BY c.number DESC LIMIT wanted;
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
