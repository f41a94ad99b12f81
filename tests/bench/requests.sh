# Requests a second by wrk, each beside its limit in the same run. Sourced by
# bench.sh.

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
	script turn_first :user "$session" NULL 20 2 >"$folder/history.sql"
	# What the same page costs PostgreSQL when nobody asks who is asking.
	cat >"$folder/lean.sql" <<-END
	\set user random(1, $USERS)
	SELECT id, model, prompt, response, created_at FROM turns
	    WHERE user_id = :user AND conversation = 2
	    AND id > '00000000-0000-0000-0000-000000000000'
	    ORDER BY id LIMIT 50;
	END
	script conversation_numbers :user "$session" NULL 20 \
	    >"$folder/list.sql"
}

# through_wrk NAME CONNECTIONS [PORT]
through_wrk() {
	local threads=2
	[ "$2" -gt 1 ] && [ "$1" != refresh ] || threads=1
	WHAT=$1 TOKENS=$folder/tokens REFRESH=$folder/refresh wrk -t $threads \
	    -c "$2" -d "${SECONDS_EACH}s" -s tests/bench/load.lua --latency \
	    "https://127.0.0.1:${3:-$port}" >"$folder/wrk"
	awk '/Non-2xx|Socket errors/{print "errors: " $0 >"/dev/stderr"}
	    /Requests\/sec/{print $2}' "$folder/wrk"
	awk '/ 50%/{print "p50 " $2} / 99%/{print "p99 " $2}' \
	    "$folder/wrk" >"$folder/latency"
}

through_pgbench() {
	PGOPTIONS='-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off' \
	    pgbench -n -M prepared -f "$folder/$1.sql" -c 8 -j 2 \
	    -T "$SECONDS_EACH" "$DATABASE_URL" 2>/dev/null |
	    awk '/^tps/{print $3}'
}

# measure LABEL NAME CONNECTIONS [LIMIT-NAME COMMAND...]
measure() {
	local label=$1 name=$2 connections=$3 limit=${4:-} i
	shift 3
	[ $# = 0 ] || shift
	: >"$folder/ours" >"$folder/limit"
	for ((i = 0; i < ROUNDS; i++)); do
		[ "$name" != refresh ] || new_refresh_tokens
		through_wrk "$name" "$connections" >>"$folder/ours"
		[ $# = 0 ] || "$@" >>"$folder/limit"
	done
	if [ $# = 0 ]; then
		row requests "$label" /s "$(median <"$folder/ours")"
	else
		row requests "$label" /s "$(median <"$folder/ours")" \
		    "$limit" "$(median <"$folder/limit")"
	fi
}

has_route() {
	local status
	status=$(curl -sko /dev/null -w '%{http_code}' -H \
	    "Authorization: Bearer $(head -1 "$folder/tokens")" "$url$1")
	[ "$status" = 200 ] || echo "left out, $status: $1" >&2
	[ "$status" = 200 ]
}

# What the idlest worker answered, in percent of what the busiest did.
balance() {
	sed -n 's/.*"worker":\([0-9]*\),"event":"request".*/\1/p' "$folder/log" |
	    sort | uniq -c | sort -n | awk '{n[NR] = $1}
	    END {print int(100 * n[1] / n[NR])}'
}

measure_requests() {
	start_server
	start_nginx
	scripts
	measure "POST /chat/ (gpt)" chat 64 "pgbench, same statement" \
	    through_pgbench chat
	row requests "idlest worker beside the busiest" % "$(balance)"
	measure "POST /chat/ (gpt), 1 connection" chat 1
	row requests "POST /chat/, 1 connection, p50" ms \
	    "$(sed -n 's/^p50 //p' "$folder/latency" | milliseconds)"
	measure "GET /chat/history (50 turns)" history 64 \
	    "pgbench, same statement" through_pgbench history
	measure "GET /chat/history, beside a lean page" history 64 \
	    "pgbench, lean page" through_pgbench lean
	measure "GET /chat/conversations" list 64 "pgbench, same statement" \
	    through_pgbench list
	! has_route /v1/conversations?q=question ||
	    measure "GET /v1/conversations?q=" search 64
	measure "POST /auth/refresh" refresh 64
	# Longer: each takes half a second, and those of the end do not count.
	SECONDS_EACH=$((SECONDS_EACH * 4)) measure "POST /auth/login" login 16 \
	    "bare argon2id" "$tool" verify $((SECONDS_EACH * 4))
	measure "GET /healthz" health 64 "nginx, same bytes" \
	    through_wrk health 64 "$nginx_port"
	stop_beside
	stop_server
}

# 1.23ms, 45.00us, 1.10s of wrk
milliseconds() {
	awk '/us$/{print $1 / 1000; next} /ms$/{print $1 + 0; next}
	    {print $1 * 1000}'
}

# The same throughput whatever else is connected.
measure_connections() {
	local n
	start_server MAX_CONNECTIONS=10100
	for n in 1 100 1000 5000 10000; do
		hold idle "$port" "$n"
		measure "GET /healthz beside $n idle connections" health 64
		let_go
	done
	# Longer: their handshakes count, some 1,000 a second.
	start_nginx
	for n in 64 1000 5000; do
		SECONDS_EACH=$((SECONDS_EACH + n / 250)) \
		    measure "GET /healthz, $n at once" health "$n" \
		    "nginx, same bytes" through_wrk health "$n" "$nginx_port"
		SECONDS_EACH=$((SECONDS_EACH + n / 250)) \
		    measure "POST /chat/, $n at once" chat "$n"
	done
	stop_beside
	stop_server
}

# The same rate whatever is stored already; turns of each user.
GROWTH=${GROWTH:-50 1000 10000}
# grow TURNS REMAINDER: up to so many of every second user.
grow() {
	sql -c "INSERT INTO turns (user_id, conversation, id, status,
	    model, prompt, response, prompt_tokens, response_tokens)
	    SELECT u, 1000 + t / 100, gen_random_uuid(), 'completed',
	    'gpt', 'What?', 'An answer of some length.', 1, 5
	    FROM generate_series(1, $USERS) u, generate_series(
	    (SELECT count(*) / $USERS FROM turns) + 1, $1) t
	    WHERE u % 2 = $2"
}

measure_growth() {
	local turns n other
	start_server
	for turns in $GROWTH; do
		grow "$turns" 0 &
		other=$!
		grow "$turns" 1
		wait $other
		sql -c "VACUUM ANALYZE turns" -c CHECKPOINT
		n=$((turns * USERS))
		measure "POST /chat/, $n turns stored" chat 64
		measure "GET /chat/history, $n turns stored" history 64
	done
	stop_server
}

measure_start() {
	local begin
	begin=$(date +%s%N)
	start_server
	row start "start to ready" ms $((($(date +%s%N) - begin) / 1000000))
	sleep 1
	row memory "idle, all processes" KB "$(memory)"
	stop_server
	row start "binary, stripped" KB \
	    $(($(stat -c %s "$binary.stripped") / 1024))
}
