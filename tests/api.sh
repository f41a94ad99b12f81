#!/bin/bash
# Run the API tests: api.sh [PROGRAM ...], all of .build/api without one. They
# get a PostgreSQL cluster and certificates of their own in a folder under
# /tmp, all of which is gone afterwards, whatever happens.
#
#	TEST_KEEP=1		leave the folder
#	TEST_VERBOSE=1		show the output of programs that pass, too
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d /tmp/aichat-api.XXXXXX)
# PostgreSQL's user, another one when run as root, has to pass through.
chmod 711 "$folder"

# A cluster that a test froze or left dying has to be gone as well.
stop_cluster() {
	local pid
	pid=$(head -n 1 "$1/pg/data/postmaster.pid" 2>/dev/null) || return 0
	kill -CONT "$pid" $(pgrep -P "$pid") 2>/dev/null || true
	timeout 10 conf/dev.sh cluster-stop "$1" ||
	    kill -KILL -- "$pid" 2>/dev/null || true
}

child=
cleanup() {
	local cluster
	trap - EXIT
	# Its servers end with it.
	[ -z "$child" ] || { kill "$child"; wait "$child"; } 2>/dev/null || true
	for cluster in "$folder" "$folder"/*/; do
		stop_cluster "${cluster%/}"
	done
	if [ "${TEST_KEEP:-0}" = 1 ]; then
		echo "kept: $folder"
	else
		rm -rf "$folder"
	fi
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

prepare() {
	export PG_OPTIONS='-c fsync=off -c max_connections=200'
	TEST_DATABASE_ADMIN_URL=$(conf/dev.sh cluster-start "$folder")
	conf/dev.sh certificate "$folder/ec" ec
	conf/dev.sh certificate "$folder/rsa" rsa
	cat "$folder/ec/cert.pem" "$folder/rsa/cert.pem" >"$folder/trusted.pem"
	export TEST_DATABASE_ADMIN_URL
	export TEST_FOLDER=$folder
	export TEST_CHECKOUT=$PWD
	export TEST_BINARY=${TEST_BINARY:-$PWD/.build/prod/aichat/aichat}
	[ -x "$TEST_BINARY" ] || { echo "no $TEST_BINARY" >&2; exit 1; }
}

run_program() {
	local program=$1 name output start status=0
	name=$(basename "$program")
	output=$folder/$name.output
	start=$(date +%s%N)
	# In the background, for bash to hear signals meanwhile.
	timeout --foreground --kill-after=10 "${TEST_TIMEOUT:-180}" "$program" \
	    >"$output" 2>&1 &
	child=$!
	wait "$child" || status=$?
	child=
	if [ $status != 0 ] || [ "${TEST_VERBOSE:-0}" = 1 ]; then
		cat "$output"
	fi
	printf '%-4s %-20s %5d ms\n' "$([ $status = 0 ] && echo ok ||
	    echo FAIL)" "$name" $((($(date +%s%N) - start) / 1000000))
	return $status
}

[ $# -gt 0 ] || set -- .build/api/test_*
prepare
failed=()
for program; do
	run_program "$program" || failed+=("$(basename "$program")")
done
[ ${#failed[@]} = 0 ] || { echo "failed: ${failed[*]}"; exit 1; }
