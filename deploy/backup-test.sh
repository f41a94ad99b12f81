#!/bin/bash
# Backup and restore, really done: with the server running, a dump is taken and
# restored, and after an accident the database is taken back to the moment
# before it from a base backup and archived WAL. What the API answers from the
# restored databases must be what it answered then, byte by byte. The commands
# are those of docs/operations.md.
#
#	backup-test.sh BINARY
#
# PostgreSQL, the server and everything else lie in one folder under TMPDIR.
set -euo pipefail
binary=$(realpath "$1")
cd "$(dirname "$0")/.."

TURNS=${TURNS:-200} # in each of three parts
pg_bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
folder=$(mktemp -d "${TMPDIR:-/tmp}/aichat-backup.XXXXXX")
chmod 755 "$folder"
server=
restored=

finish() {
	trap - EXIT INT TERM
	stop_server
	[ -z "$restored" ] || pg_ctl -D "$restored" -m fast stop >/dev/null || true
	conf/dev.sh cluster-stop "$folder"
	rm -rf "$folder"
}
trap finish EXIT INT TERM

say() { printf '%5.1f s  %s\n' "$(since $begin)" "$*"; }
since() { awk -v a="$1" -v b="$(date +%s%N)" 'BEGIN {printf "%.1f", (b-a)/1e9}'; }
fail() { say "FAILED: $*"; exit 1; }

# PostgreSQL refuses to run as root.
pg_ctl() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid postgres --regid postgres --init-groups \
		    "$pg_bin/pg_ctl" "$@"
	else
		"$pg_bin/pg_ctl" "$@"
	fi
}
own() { [ "$(id -u)" != 0 ] || chown -R postgres "$1"; }
sql() { psql -qAtX -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "$1"; }

start_server() {
	"$binary" serve >>"$folder/log" &
	server=$!
	local end=$((SECONDS + 20))
	until curl -skf -o /dev/null "$url/readyz"; do
		[ $SECONDS -lt $end ] || fail "the server is not ready"
		sleep 0.1
	done
}
stop_server() {
	[ -n "$server" ] || return 0
	kill -TERM "$server"
	wait "$server" || true
	server=
}

call() {
	curl -skf "$url$1" -H "Authorization: Bearer $token" \
	    -H 'Content-Type: application/json' "${@:2}"
}
sign_up() {
	token=$(curl -skf "$url/auth/signup" \
	    -H 'Content-Type: application/json' -d '{"username": "ann",
	    "email": "ann@example.com", "password": "seven green lamps"}' |
	    sed 's/.*"access_token": *"\([^"]*\)".*/\1/')
	call /chat/start_conversation -X POST >/dev/null
}
# From $1 to $2 over one connection.
write_turns() {
	local i
	for ((i = $1; i <= $2; i++)); do
		printf 'next\nurl = "%s/chat/"\ninsecure\nfail\noutput = "/dev/null"\n' "$url"
		printf 'header = "Authorization: Bearer %s"\n' "$token"
		printf 'header = "Content-Type: application/json"\n'
		printf 'data = "{\\"model\\": \\"gpt\\", \\"prompt\\": \\"turn %d\\", \\"conversation_number\\": 1}"\n' $i
	done | curl -s -K -
}
history_is() {
	call /chat/history >"$folder/history"
	cmp "$folder/history" "$folder/$1" || fail "history is not that of $1"
}

begin=$(date +%s%N)
DATABASE_URL=$(conf/dev.sh cluster-start "$folder")
export PGPASSWORD=$(cat "$folder/pg/password")
mkdir "$folder/wal" "$folder/base"
own "$folder/wal"
sql "ALTER SYSTEM SET archive_mode = on"
sql "ALTER SYSTEM SET archive_command =
    'test ! -f $folder/wal/%f && cp %p $folder/wal/%f'"
sql "ALTER SYSTEM SET archive_timeout = '60s'"
conf/dev.sh cluster-stop "$folder"
DATABASE_URL=$(conf/dev.sh cluster-start "$folder")
port=$(cat "$folder/pg/port")
conf/dev.sh certificate "$folder"
export DATABASE_URL JWT_SECRET_KEY=$(openssl rand -base64 48)
export TLS_CERT_FILE=$folder/cert.pem TLS_KEY_FILE=$folder/key.pem
export RUN_DIR=$folder/run PORT=$(conf/dev.sh free-port) ENV_FILE=/dev/null
export BIND_ADDRESS=127.0.0.1 DAILY_MESSAGE_LIMIT=100000
url=https://localhost:$PORT
"$binary" migrate >/dev/null
start_server
sign_up
write_turns 1 "$TURNS"
say "$TURNS turns written"

# While turns are being written.
write_turns $((TURNS + 1)) $((TURNS * 2)) &
writer=$!
from=$(date +%s%N)
pg_dump -Fc --no-unlogged-table-data -f "$folder/dump" "$DATABASE_URL"
say "dump in $(since $from) s, $(stat -c %s "$folder/dump") bytes"
from=$(date +%s%N)
pg_basebackup -h 127.0.0.1 -p "$port" -U aichat -D "$folder/base" \
    --checkpoint=fast --wal-method=stream
say "base backup in $(since $from) s"
wait $writer
call /chat/history >"$folder/before"
[ "$(grep -o '"prompt"' "$folder/before" | wc -l)" = $((TURNS * 2)) ] ||
    fail "turns were lost without any accident"
moment=$(sql "SELECT clock_timestamp()")
write_turns $((TURNS * 2 + 1)) $((TURNS * 3))
sql "DELETE FROM turns"
sql "SELECT pg_switch_wal()" >/dev/null
stop_server
say "$TURNS more turns, and the accident: all turns deleted"

# The moment before it.
from=$(date +%s%N)
conf/dev.sh cluster-stop "$folder"
restored=$folder/restored
cp -a "$folder/base" "$restored"
chmod 700 "$restored"
touch "$restored/recovery.signal"
cat >>"$restored/postgresql.auto.conf" <<END
archive_mode = off
restore_command = 'cp $folder/wal/%f %p'
recovery_target_time = '$moment'
recovery_target_action = 'promote'
END
own "$restored"
pg_ctl -D "$restored" -l "$folder/wal/restored.log" -w -t 120 \
    -o "-p $port -h 127.0.0.1 -k ''" start >/dev/null ||
    { cat "$folder/wal/restored.log"; fail "no recovery"; }
end=$((SECONDS + 60))
until [ "$(sql 'SELECT pg_is_in_recovery()')" = f ]; do
	[ $SECONDS -lt $end ] || fail "the recovery does not end"
	sleep 0.2
done
start_server
say "restored to the moment, and serving, in $(since $from) s"
history_is before
say "history: the $((TURNS * 2)) turns of that moment, byte by byte"
write_turns 1 1
[ "$(sql 'SELECT sum(used) FROM daily_usage')" = $((TURNS * 2 + 1)) ] ||
    fail "the day's count"
"$binary" audit verify >/dev/null || fail "the audit log"
say "chats on; day's count and audit log are right"
stop_server

# The dump, into an empty database.
from=$(date +%s%N)
sql 'CREATE DATABASE dumped'
DATABASE_URL=${DATABASE_URL%/aichat}/dumped
pg_restore --exit-on-error --jobs 2 -d "$DATABASE_URL" "$folder/dump"
start_server
say "dump restored, and serving, in $(since $from) s"
# It is of a moment between the first turns and the last.
call /chat/history >"$folder/history"
count=$(grep -o '"prompt"' "$folder/history" | wc -l)
[ "$count" -ge "$TURNS" ] && [ "$count" -le $((TURNS * 2)) ] ||
    fail "$count turns"
# But for its end, it is what there was.
size=$(($(stat -c %s "$folder/history") - 2))
cmp -n "$size" "$folder/history" "$folder/before" || fail "other turns"
"$binary" audit verify >/dev/null || fail "the audit log"
say "history: $count turns, as they were"
say "all proved"
