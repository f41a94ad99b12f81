# What a request costs a worker in instructions of its own, PostgreSQL's and
# the kernel's not counted: the difference between a few requests and more, by
# callgrind, since few virtual machines have counters. Sourced by bench.sh.

INSTRUCTIONS_FEW=20
INSTRUCTIONS_MORE=420

# As start_server, with one worker that callgrind watches.
start_watched() {
	port=$(conf/dev.sh free-port)
	url=https://127.0.0.1:$port
	# The same path for the parent and in the worker's root.
	mkdir -p "$folder/cg" "$folder/server/worker/$folder/cg" \
	    "$folder/server/keymgr/$folder/cg"
	env $(cat "$folder/env") PORT="$port" BIND_ADDRESS=127.0.0.1 WORKERS=1 DB_POOL=1 \
	    RUN_AS=root KEYMGR_RUN_AS=root \
	    LD_PRELOAD="$PWD/$out/no_sandbox.so" valgrind --tool=callgrind \
	    --callgrind-out-file="$folder/cg/out.%p" \
	    "$binary" serve >"$folder/log" 2>"$folder/err" &
	server=$!
	until curl -sko /dev/null -m 2 "$url/readyz"; do
		kill -0 "$server"
		sleep 0.2
	done
}

# instructions_of COUNT PATH CURL-OPTION...: of a worker's whole life.
instructions_of() {
	local n=$1 path=$2 i
	shift 2
	start_watched >&2
	for ((i = 0; i < n; i++)); do echo "url = $url$path"; done \
	    >"$folder/urls"
	curl -skf "$@" -H "Authorization: Bearer $(head -1 \
	    "$folder/tokens")" -K "$folder/urls" >/dev/null
	stop_server
	cat "$folder/server/worker/$folder/cg/"out.* | sed -n 's/^totals: //p'
	rm -rf "$folder/server"
}

# instructions LABEL PATH CURL-OPTION...
instructions() {
	local label=$1 few more
	shift
	few=$(instructions_of $INSTRUCTIONS_FEW "$@")
	more=$(instructions_of $INSTRUCTIONS_MORE "$@")
	row instructions "$label" instr. $(((more - few) / \
	    (INSTRUCTIONS_MORE - INSTRUCTIONS_FEW)))
}

measure_instructions() {
	cc -shared -fPIC -O1 -o "$out/no_sandbox.so" tests/bench/no_sandbox.c
	instructions "GET /healthz" /healthz
	instructions "POST /chat/ (gpt)" /chat/ -H \
	    'Content-Type: application/json' -d '{"model":"gpt",
	    "prompt":"How are you today, dear model?",
	    "conversation_number":1}'
	instructions "GET /chat/history (50 turns)" \
	    "/chat/history?conversation_number=2"
	instructions "GET /chat/conversations" /chat/conversations
}
