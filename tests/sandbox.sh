#!/bin/bash
# Proves that every rule of src/kore/sandbox.c is needed, and so that a missing
# one is noticed: for each, the program is built without it and must fail a
# short visit that starts it, signs up, logs in and streams an answer from an
# upstream found by name.
#
#	sandbox.sh STAGING-FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
stage=$1
folder=$(mktemp -d "${TMPDIR:-/tmp}/aichat-sandbox.XXXXXX")
chmod 755 "$folder"
server=
finish() {
	[ -z "$server" ] || kill -TERM "$server" 2>/dev/null || true
	conf/dev.sh cluster-stop "$folder"
	rm -rf "$folder"
}
trap finish EXIT

post() {
	curl -sfk -m 4 -H 'Content-Type: application/json' "$url$1" "${@:2}"
}

visit() {
	local name=u$RANDOM$RANDOM token try
	for try in $(seq 60); do
		kill -0 $server 2>/dev/null || return 1
		curl -sko /dev/null -m 1 "$url/healthz" && break
		sleep 0.05
	done
	token=$(post /auth/signup -d "{\"username\":\"$name\",\"password\":
	    \"correct horse\",\"email\":\"$name@example.com\"}" |
	    sed 's/.*"access_token":"\([^"]*\)".*/\1/') || return 1
	post /chat/start_conversation -X POST \
	    -H "Authorization: Bearer $token" >/dev/null || return 1
	# A history that outgrows the memory it began in.
	printf '{"model":"claude","conversation_number":1,"prompt":"%060000d"}' \
	    7 >"$folder/prompt"
	for try in 1 2 3; do
		post /chat/ -H "Authorization: Bearer $token" \
		    -d "@$folder/prompt" >/dev/null || return 1
	done
	curl -sfk -m 4 "$url/chat/history" -H "Authorization: Bearer $token" \
	    >/dev/null || return 1
	# Nobody listens there: an answer that says so is a good one.
	curl -sk -m 4 -H 'Content-Type: application/json' "$url/chat/" \
	    -H "Authorization: Bearer $token" -d '{"model":"gpt",
	    "prompt":"Hi","conversation_number":1}' | grep -q upstream_error &&
	! grep -qE '"msg":"worker .* gone|sandbox violation' "$folder/log"
}

try() {
	: >"$folder/log"
	"$1" serve >"$folder/log" 2>&1 &
	server=$!
	local ok=0
	visit || ok=1
	kill -KILL $server 2>/dev/null || true
	wait $server 2>/dev/null || true
	server=
	return $ok
}

conf/dev.sh environment "$folder"
set -a
. "$folder/env"
PORT=$(conf/dev.sh free-port) BIND_ADDRESS=127.0.0.1 UPSTREAM_RETRIES=0
OPENAI_API_KEY=unused OPENAI_BASE_URL=http://localhost:9
set +a
url=https://127.0.0.1:$PORT
"$stage/aichat" migrate >/dev/null
try "$stage/aichat" || { cat "$folder/log"; echo "the visit itself fails"; exit 1; }

status=0
cp -rL "$stage" "$folder/aichat"
rules=$(grep -oE 'KORE_SYSCALL_[A-Z]+\([a-z0-9_]+' src/kore/sandbox.c |
    sed 's/.*(//')
for rule in $rules; do
	grep -v "KORE_SYSCALL_[A-Z]*($rule[,)]" src/kore/sandbox.c \
	    >"$folder/aichat/src/kore/sandbox.c"
	# kodev compares whole seconds.
	touch -d "$((RANDOM % 1000 + 1)) minutes ago" \
	    "$folder/aichat/src/kore/sandbox.c"
	(cd "$folder/aichat" && KORE_BUILD_FLAVOR=prod kodev build >log 2>&1) ||
	    { cat "$folder/aichat/log"; exit 1; }
	if try "$folder/aichat/aichat"; then
		echo "not needed: $rule"
		status=1
	else
		echo "needed: $rule"
	fi
done
exit $status
