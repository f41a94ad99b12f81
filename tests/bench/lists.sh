#!/bin/bash
# How long lists, conversations, their items and searches take through HTTPS
# for a user with 1,000 conversations of 200 turns, among 2 million turns in
# all: the median and the 95th percentile of REQUESTS each, one after another.
#
#	lists.sh BINARY
set -euo pipefail
binary=$(realpath "$1")
cd "$(dirname "$0")/../.."

REQUESTS=${REQUESTS:-300}
OTHERS=${OTHERS:-999} # users with 9 conversations of 200 turns

folder=$(mktemp -d "${TMPDIR:-/tmp}/aichat-lists.XXXXXX")
chmod 755 "$folder"
server=
finish() {
	[ -z "$server" ] || { kill -TERM "$server"; wait "$server" || true; }
	conf/dev.sh cluster-stop "$folder"
	rm -rf "$folder"
}
trap finish EXIT

start_server() {
	set -a
	. "$folder/env"
	PORT=$(conf/dev.sh free-port) BIND_ADDRESS=127.0.0.1
	set +a
	url=https://127.0.0.1:$PORT
	"$binary" migrate >"$folder/migrate.log"
	"$binary" serve >"$folder/log" &
	server=$!
	until curl -sko /dev/null "$url/healthz"; do sleep 0.01; done
}

# Words as frequent as in a language (Zipf's law), sentences of twelve, turns
# of five. The rows lie in no order, as those of many users do.
seed() {
	psql -q "$DATABASE_URL" -v ON_ERROR_STOP=1 -v others="$OTHERS" <<-'END'
	DROP INDEX turns_shelves;
	INSERT INTO users (id, email, username, password_hash)
	    SELECT 1000000 + i, i || '@example.com', 'other' || i, ''
	    FROM generate_series(1, :others) i;
	CREATE UNLOGGED TABLE word AS SELECT i, (SELECT string_agg(
	    substr('bcdfghjklmnpqrstvwz', 1 + abs(hashint8(i * 31 + k)) % 19, 1) ||
	    substr('aeiou', 1 + abs(hashint8(i * 17 + k)) % 5, 1), '')
	    FROM generate_series(1, 1 + i % 3 + (i > 60)::integer) k) AS text
	    FROM generate_series(1, 20000) i;
	CREATE INDEX ON word (i);
	ANALYZE word;
	CREATE UNLOGGED TABLE sentence AS SELECT s, (SELECT string_agg(text, ' ')
	    FROM generate_series(1, 12) k JOIN word ON i = greatest(1, exp(
	    abs(hashint8(s * 100 + k)) % 1000000 / 1e6 * ln(20000))::integer))
	    AS text FROM generate_series(1, 50000) s;
	CREATE INDEX ON sentence (s);
	ANALYZE sentence;
	INSERT INTO conversations (user_id, number, id, title, created_at,
	    updated_at, listed_at) SELECT u.id, c, gen_random_uuid(), s.text, at, at,
	    at FROM users u, generate_series(1, 1000) c, sentence s,
	    LATERAL (SELECT now() - c * interval '1 hour') t (at)
	    WHERE (u.id < 1000000 OR c <= 9) AND s.s = 1 + (u.id + c) % 50000;
	INSERT INTO turns (user_id, conversation, id, status, model, prompt,
	    response, prompt_tokens, response_tokens, created_at)
	    SELECT user_id, number, (lpad(to_hex((extract(epoch FROM at) *
	    1000)::bigint), 12, '0') || '700080000000' || lpad(to_hex(number), 8,
	    '0'))::uuid, 'completed', 'gpt', p.text, a.text || '. ' || b.text || '. '
	    || d.text || '. ' || e.text || '.', 12, 48, at FROM (
	    SELECT c.*, created_at + n * interval '1 second' AS at,
	    (random() * 49990)::integer + 1 AS r FROM conversations c,
	    generate_series(1, 200) n ORDER BY random()) t
	    JOIN sentence p ON p.s = r JOIN sentence a ON a.s = r + 1
	    JOIN sentence b ON b.s = r + 2 JOIN sentence d ON d.s = r + 3
	    JOIN sentence e ON e.s = r + 4;
	END
	SECONDS=0
	sed -n '/^CREATE INDEX turns_shelves/,/;/p' \
	    migrations/*_search_shelves.sql |
	    PGOPTIONS='-c maintenance_work_mem=256MB' \
	    psql -q "$DATABASE_URL" -v ON_ERROR_STOP=1
	build=$SECONDS
	# The last ones wait in the index's list.
	psql -q "$DATABASE_URL" -c 'VACUUM ANALYZE' -c 'INSERT INTO turns
	    (user_id, conversation, id, status, model, prompt, response)
	    SELECT user_id, conversation, gen_random_uuid(), status, model,
	    prompt, response FROM turns WHERE user_id = 1000001 LIMIT 60'
}

ask() {
	psql -qAt "$DATABASE_URL" -c "$1"
}

conversations() {
	ask "SELECT 'conv_' || replace(id::text, '-', '') FROM conversations
	    WHERE user_id = $user ORDER BY random() LIMIT $REQUESTS"
}

searched() {
	sed 's,^,/v1/conversations?limit=40\&q=,'
}

common() {
	ask "SELECT text FROM word, generate_series(1, $REQUESTS / 20)
	    WHERE i BETWEEN 1 AND 20"
}

# measure LABEL: paths on standard input.
measure() {
	awk -v url="$url" '{printf "url = \"%s%s\"\noutput = /dev/null\n", url, $0}' \
	    >"$folder/paths"
	curl -sk -H "Authorization: Bearer $token" -K "$folder/paths" \
	    -w '%{http_code} %{time_starttransfer} %{time_pretransfer}\n' |
	    awk '$1 != 200 {print "status " $1 >"/dev/stderr"}
	    {print ($2 - $3) * 1000}' | sort -n |
	    awk -v label="$1" '{v[NR] = $1} END {printf "%-40s %8.1f %8.1f\n",
	    label, v[int(NR * 0.5 + 0.5)], v[int(NR * 0.95 + 0.5)]}'
}

# As PostgreSQL's manual advises: a quarter of the memory.
export PG_OPTIONS="-c shared_buffers=$(($(awk '/^MemTotal/{print $2}' \
    /proc/meminfo) / 4096))MB"
conf/dev.sh environment "$folder"
start_server
token=$(curl -sk "$url/auth/signup" -H 'Content-Type: application/json' -d \
    '{"email":"h@example.com","username":"heavy","password":"bench-bench-bench"}' |
    sed 's/.*"access_token":"\([^"]*\)".*/\1/')
user=$(ask "SELECT id FROM users WHERE username = 'heavy'")
seed
echo "$(ask 'SELECT count(*) FROM turns') turns, $(ask \
    "SELECT pg_size_pretty(pg_table_size('turns'))"), turns_shelves $(ask \
    "SELECT pg_size_pretty(pg_relation_size('turns_shelves'))") in $build s"
printf '%-40s %8s %8s\n' '' 'p50 ms' 'p95 ms'
seq "$REQUESTS" | sed 's,.*,/v1/conversations?limit=40,' | measure 'list, first page of 40'
conversations | sed 's,^,/v1/conversations?limit=40\&after=,' |
    measure 'list, any page'
conversations | sed 's,^,/v1/conversations/,' | measure 'one conversation'
conversations | sed 's,^\(.*\)$,/v1/conversations/\1/items?limit=100,' |
    measure 'its newest 100 messages'
seq "$REQUESTS" | sed 's,^,/chat/history?conversation_number=,' |
    measure 'history, 200 turns'
ask "SELECT text FROM word WHERE i > 300 ORDER BY random() LIMIT $REQUESTS" |
    searched | measure 'search, a word'
ask "SELECT left(text, 4) FROM word WHERE i > 300 AND length(text) > 4
    ORDER BY random() LIMIT $REQUESTS" |
    searched | measure 'search, as one types'
ask "SELECT split_part(text, ' ', 3) || '+' || split_part(text, ' ', 4)
    FROM sentence ORDER BY random() LIMIT $REQUESTS" |
    searched | measure 'search, two words'
common | searched | measure 'search, the 20 most common words'
paste -d '\0' <(common | searched) <(conversations | sed 's/^/\&after=/') |
    measure 'search, those, any page'
