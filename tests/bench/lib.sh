# What the parts of the bench stand on: the programs built, a database with
# users and turns in a folder that is gone afterwards, the server, and
# measuring. Sourced by bench.sh.

ROUNDS=${ROUNDS:-5}
SECONDS_EACH=${SECONDS_EACH:-4}
USERS=1000
out=.build/bench
tool=$out/bench_tool

folder=$(mktemp -d "${TMPDIR:-/tmp}/aichat-bench.XXXXXX")
chmod 755 "$folder"
server=
holder=
started=()	# other processes of ours

finish() {
	trap - EXIT
	[ ${#started[@]} = 0 ] || kill "${started[@]}" 2>/dev/null || true
	[ -z "$holder" ] || let_go
	stop_server
	conf/dev.sh cluster-stop "$folder"
	rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

build_tools() {
	local name
	mkdir -p "$out"
	# The statements' files stand without what runs them.
	cc -std=c11 -D_GNU_SOURCE -O2 -Isrc -I/usr/share/kore/include \
	    -I"$(pg_config --includedir)" -DKORE_SINGLE_BINARY \
	    -DKORE_USE_PGSQL -DKORE_USE_CURL -DKORE_USE_TASKS \
	    -no-pie -Wl,--unresolved-symbols=ignore-all -o "$tool" \
	    tests/bench/bench_tool.c src/store/store_*.c src/core/token*.c \
	    src/core/password*.c src/core/refresh.c src/core/errors.c src/core/json*.c \
	    src/core/utf8.c src/core/uuid.c src/core/buf.c -ljwt -lcjson \
	    -lsodium -lcrypto -lpthread
	for name in load fake_model relay; do
		cc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Isrc \
		    -Itests/bench -o "$out/$name" "tests/bench/$name.c" \
		    tests/bench/peer.c src/core/buf.c -lssl -lcrypto -lcurl
	done
}

# start_server [NAME=value ...]: on the cluster in the folder.
start_server() {
	port=$(conf/dev.sh free-port)
	url=https://127.0.0.1:$port
	env $(cat "$folder/env") PORT="$port" BIND_ADDRESS=127.0.0.1 \
	    LOGIN_FAILURES_PER_ADDRESS=0 REFRESHES_PER_ACCOUNT=0 \
	    REFRESHES_PER_ADDRESS=0 SIGNUPS_PER_ADDRESS=0 "$@" \
	    "$binary" serve >"$folder/log" 2>"$folder/err" &
	server=$!
	until curl -sko /dev/null "$url/healthz"; do
		kill -0 "$server" || { tail -3 "$folder/log" >&2; exit 1; }
		sleep 0.01
	done
	until curl -sk "$url/readyz" | grep -q '"ready"\|"ok"'; do
		sleep 0.01
	done
}

stop_server() {
	[ -n "$server" ] || return 0
	kill -TERM "$server" 2>/dev/null || true
	wait "$server" || true
	server=
}

# start_beside COMMAND...: a process that ends with the bench.
start_beside() {
	"$@" &
	started+=($!)
}

stop_beside() {
	kill "${started[@]}" 2>/dev/null || true
	wait "${started[@]}" 2>/dev/null || true
	started=()
}

# hold COMMAND...: what load opens stays so until let_go.
hold() {
	local reply
	coproc HOLDER { exec "$out/load" "$@"; }
	holder=$HOLDER_PID
	read -r reply <&"${HOLDER[0]}"
	[ "$reply" = ready ] || echo "load $*: $reply" >&2
}

let_go() {
	kill "$holder" 2>/dev/null || true
	wait "$holder" 2>/dev/null || true
	holder=
}

sql() {
	psql -qAt "$DATABASE_URL" -v ON_ERROR_STOP=1 "$@"
}

prepare() {
	conf/dev.sh environment "$folder"
	DATABASE_URL=$(sed -n 's/^DATABASE_URL=//p' "$folder/env")
	JWT_SECRET_KEY=$(sed -n 's/^JWT_SECRET_KEY=//p' "$folder/env")
	export DATABASE_URL JWT_SECRET_KEY
	env $(cat "$folder/env") "$binary" migrate >"$folder/migrate.log"
	"$tool" tokens 1 $USERS >"$folder/tokens"
	sql <<-END
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

median() {
	sort -n | awk '{v[NR]=$1} END{print v[int((NR+1)/2)]}'
}

# Tokens that are each good for one refresh: what came before is forgotten.
new_refresh_tokens() {
	"$tool" refresh 1 $USERS >"$folder/sessions"
	awk '{printf "UPDATE sessions SET token_hash = %s%s%s WHERE user_id = %s;\n",
	    q, $2, q, $1}' q="'" "$folder/sessions" | sql
	awk '{print $3}' "$folder/sessions" >"$folder/refresh"
}

# member NAME: of the JSON object on standard input.
member() {
	sed -n "s/.*\"$1\": \\([0-9.]*\\).*/\\1/p"
}

# Proportional set size of the server's processes, in KB.
memory() {
	local pid total=0 pss
	for pid in $server $(pgrep -P "$server"); do
		pss=$(awk '/^Pss:/{print $2}' "/proc/$pid/smaps_rollup")
		total=$((total + pss))
	done
	echo $total
}

# row GROUP NAME UNIT OURS [LIMIT-NAME LIMIT]: a line of the result.
row() {
	printf '{"group": "%s", "name": "%s", "unit": "%s", "value": %s' \
	    "$1" "$2" "$3" "$4" >>"$out/rows"
	[ $# -lt 6 ] || printf ', "beside": "%s", "limit": %s' "$5" "$6" \
	    >>"$out/rows"
	printf '}\n' >>"$out/rows"
	printf '%-12s %-38s %10s %-8s %s\n' "$1" "$2" "$4" "$3" \
	    "${5:+$5: $6}" >&2
}
