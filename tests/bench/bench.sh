#!/bin/bash
# Requests a second through TLS beside what the machine allows in the same
# run: PostgreSQL running the same prepared statement (pgbench, durable
# commits), the bare password hash on all cores. Ratios, since machines are
# shared and noisy; medians of ROUNDS rounds of SECONDS_EACH.
#
#	bench.sh BINARY
set -euo pipefail
binary=$(realpath "$1")
cd "$(dirname "$0")/../.."

ROUNDS=${ROUNDS:-3}
SECONDS_EACH=${SECONDS_EACH:-4}
USERS=1000
connections=64
tool=.build/bench/bench_tool

folder=$(mktemp -d "${TMPDIR:-/tmp}/aichat-bench.XXXXXX")
chmod 755 "$folder"
server=
finish() {
	[ -z "$server" ] || { kill -TERM "$server"; wait "$server" || true; }
	conf/dev.sh cluster-stop "$folder"
	rm -rf "$folder"
}
trap finish EXIT

build_tool() {
	mkdir -p .build/bench
	# The statements' files stand without what runs them.
	cc -std=c11 -D_GNU_SOURCE -O2 -Isrc -I/usr/share/kore/include \
	    -I"$(pg_config --includedir)" -DKORE_SINGLE_BINARY \
	    -DKORE_USE_PGSQL -DKORE_USE_CURL -DKORE_USE_TASKS \
	    -no-pie -Wl,--unresolved-symbols=ignore-all -o "$tool" \
	    tests/bench/bench_tool.c src/store/store_*.c src/core/token*.c \
	    src/core/password*.c src/core/errors.c src/core/json*.c \
	    src/core/utf8.c src/core/uuid.c src/core/buf.c -ljwt -lcjson \
	    -lsodium -lcrypto -lpthread
}

start_server() {
	set -a
	. "$folder/env"
	PORT=$(conf/dev.sh free-port) BIND_ADDRESS=127.0.0.1
	set +a
	url=https://127.0.0.1:$PORT
	"$binary" migrate >"$folder/migrate.log"
	local begin
	begin=$(date +%s%N)
	"$binary" serve >"$folder/log" &
	server=$!
	until curl -sko /dev/null "$url/healthz"; do sleep 0.01; done
	start_ms=$((($(date +%s%N) - begin) / 1000000))
}

seed() {
	"$tool" tokens 1 $USERS >"$folder/tokens"
	psql -q "$DATABASE_URL" -v ON_ERROR_STOP=1 <<-END
	INSERT INTO users (id, email, username, password_hash, daily_limit)
	    SELECT i, 'bench' || i || '@example.com', 'bench' || i,
	    '$("$tool" hash 'correct horse')', 100000000
	    FROM generate_series(1, $USERS) i;
	INSERT INTO sessions (user_id, id, token_hash, expires_at)
	    SELECT i, ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid,
	    '', now() + interval '1 day' FROM generate_series(1, $USERS) i;
	INSERT INTO conversations (user_id, number, id)
	    SELECT u, c, gen_random_uuid()
	    FROM generate_series(1, $USERS) u, generate_series(1, 2) c;
	INSERT INTO turns (user_id, conversation, id, status, model, prompt,
	    response, prompt_tokens, response_tokens)
	    SELECT u, 2, gen_random_uuid(), 'completed', 'gpt',
	    'What is the answer to question number ' || t || '?',
	    repeat('An answer of some length. ', 8), 8, 40
	    FROM generate_series(1, $USERS) u, generate_series(1, 50) t;
	VACUUM ANALYZE;
	END
}

# A server's statement as a pgbench script: $1, $2 ... take the arguments.
script() {
	local name=$1 text i=0 value
	shift
	text=$("$tool" statement "$name")
	i=$#
	while [ $i -gt 0 ]; do
		value=${!i}
		text=${text//\$$i/$value}
		i=$((i - 1))
	done
	printf '\\set user random(1, %d)\n%s;\n' $USERS "$text"
}

scripts() {
	local session="('00000000-0000-7000-8000-' || lpad(:user::text, 12, '0'))"
	script turn_begin :user "$session" NULL 20 1 gen_random_uuid\(\) "'gpt'" \
	    "'How are you today, dear model?'" \
	    "'[GPT] Echo: How are you today, dear model?'" "'completed'" 6 8 \
	    NULL::text NULL::text 4 NULL NULL >"$folder/chat.sql"
	script turn_page :user "$session" NULL 20 2 \
	    "'00000000-0000-0000-0000-000000000000'" 200 >"$folder/history.sql"
}

through_wrk() {
	WHAT=$1 TOKENS=$folder/tokens wrk -t 2 -c "${2:-$connections}" \
	    -d "${SECONDS_EACH}s" -s tests/bench/load.lua "$url" |
	    awk '/Non-2xx/{print "errors: " $0 >"/dev/stderr"}
	    /Requests\/sec/{print $2}'
}

through_pgbench() {
	PGOPTIONS='-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off' \
	    pgbench -n -M prepared -f "$folder/$1.sql" -c 8 -j 2 \
	    -T "$SECONDS_EACH" "$DATABASE_URL" 2>/dev/null |
	    awk '/^tps/{print $3}'
}

median() {
	sort -n | awk '{v[NR]=$1} END{print v[int((NR+1)/2)]}'
}

measure() {
	local name=$1 limit_name=$2 i
	shift 2
	: >"$folder/ours" >"$folder/limit"
	for ((i = 0; i < ROUNDS; i++)); do
		through_wrk "$name" >>"$folder/ours"
		[ "$limit_name" = - ] || "$@" >>"$folder/limit"
	done
	median <"$folder/ours" >"$folder/a"
	median <"$folder/limit" >"$folder/b"
	awk -v n="$label" -v l="$limit_name" \
	    'NR==FNR{a=$1; next} {b=$1} END{
	    if (l == "-") printf "%-32s %10.0f\n", n, a
	    else printf "%-32s %10.0f   %-22s %10.0f   %5.2f\n", n, a, l, b,
	    a / b}' "$folder/a" "$folder/b"
}

memory() {
	local pid total=0 pss
	for pid in $server $(pgrep -P "$server"); do
		pss=$(awk '/^Pss:/{print $2}' "/proc/$pid/smaps_rollup")
		total=$((total + pss))
	done
	echo $((total / 1024))
}

build_tool
conf/dev.sh environment "$folder"
start_server
sleep 1
idle=$(memory)
seed
scripts
printf '%-32s %10s   %-22s %10s   %s\n' "" "requests/s" "beside" "a second" ratio
label="POST /chat/ (gpt)" measure chat "pgbench, same statement" through_pgbench chat
label="GET /chat/history (50 turns)" measure history "pgbench, same statement" \
    through_pgbench history
connections=16
label="POST /auth/login" measure login "bare argon2id" \
    "$tool" verify "$SECONDS_EACH"
connections=64
label="GET /healthz" measure health -
echo
echo "start to first 200: $start_ms ms; idle PSS of all processes: $idle MB," \
    "after the load: $(memory) MB; binary: $(($(stat -c %s \
    "${binary%/*}/aichat.stripped" 2>/dev/null || stat -c %s "$binary") / 1024)) KB"
