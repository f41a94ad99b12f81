#!/bin/bash
# High availability, really run: three etcd members, three PostgreSQL servers
# under Patroni (synchronous replication), two aichat nodes and HAProxy, on
# loopback ports of one machine; a load with a ledger; and failures in its
# middle. Afterwards every acknowledged turn must be in the database, once and
# as it was answered, nobody may have had more than the limit, and the aichat
# nodes must be the processes they were.
#
#	run.sh BINARY
#
#	USERS=24 ROUNDS="switchover crash machine standby frozen"
#	HA_KEEP=1	leave the folder with all logs
#
# Needs of Debian patroni, python3-etcd, etcd-server, haproxy, postgresql and
# nodejs; root or not. Everything lies in one folder under TMPDIR, and ends
# with the script.
set -euo pipefail
binary=$(realpath "$1")
cd "$(dirname "$0")/../.."
here=$PWD/deploy/ha

USERS=${USERS:-24}
ROUNDS=${ROUNDS:-switchover crash machine standby frozen}
LIMIT=40 # messages of a limited user before each failure
limit=$LIMIT
day=$(date -u +%F)
SETTLE_SECONDS=${SETTLE_SECONDS:-8}
WAIT_SECONDS=90
pg_bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
for tool in patroni etcd haproxy node psql; do
	PATH=$PATH:/usr/sbin command -v $tool >/dev/null || {
		echo "ha: $tool is missing; see deploy/ha/README.md" >&2; exit 2; }
done

folder=$(mktemp -d "${TMPDIR:-/tmp}/aichat-ha.XXXXXX")
chmod 755 "$folder"
declare -A pid port
status=1

finish() {
	trap - EXIT INT TERM
	# What bash says of those it sees killed.
	exec 2>/dev/null
	local name
	for name in load haproxy node_a node_b; do
		[ -z "${pid[$name]:-}" ] ||
		    kill -TERM "${pid[$name]}" 2>/dev/null || true
	done
	for name in pg1 pg2 pg3; do
		kill_postgres $name CONT
		[ -z "${pid[$name]:-}" ] ||
		    kill -KILL "${pid[$name]}" 2>/dev/null || true
		kill_postgres $name KILL
	done
	for name in etcd1 etcd2 etcd3; do
		[ -z "${pid[$name]:-}" ] ||
		    kill -KILL "${pid[$name]}" 2>/dev/null || true
	done
	wait 2>/dev/null || true
	if [ "${HA_KEEP:-0}" = 1 ]; then
		echo "kept: $folder"
	else
		rm -rf "$folder"
	fi
	exit $status
}
trap finish EXIT INT TERM

. "$here/cluster.sh"

start_load() {
	node "$here/load.mjs" "$url" "$folder/cert.pem" "$folder/ledger" \
	    "$USERS" >"$folder/load.out" 2>"$folder/load.err" &
	pid[load]=$!
	await "the sign-ups" eval \
	    '[ "$(sql "SELECT count(*) FROM users")" = "$USERS" ]'
	sql "UPDATE users SET daily_limit = 1000000
	    WHERE substr(username, 5)::int % 2 = 0"
	await "the first turns" test -s "$folder/ledger"
}

# Sets gap: the longest time without an acknowledged turn since the last call.
ask_load() {
	local lines
	kill -0 "${pid[load]}" 2>/dev/null ||
	    fail "the load ended: $(cat "$folder/load.err")"
	lines=$(wc -l <"$folder/load.out")
	kill -USR1 "${pid[load]}"
	await "the load's word" eval \
	    "[ \$(wc -l <'$folder/load.out') -gt $lines ]"
	gap=$(tail -n 1 "$folder/load.out" |
	    awk -F '"gap_ms":' '{printf "%.1f s", $2 / 1000}')
}

# The limited users are to be at their limit in the middle of it.
raise_limit() {
	limit=$((limit + LIMIT))
	sql "UPDATE users SET daily_limit = $limit
	    WHERE substr(username, 5)::int % 2 = 1"
}

# Failures: each says in $victim whose machine is to be mended.
crash() {
	victim=$(primary)
	kill_postgres "$victim" KILL
}
lose() {
	victim=$1
	# Waited for at once, or bash tells of it.
	{ kill -KILL "${pid[$victim]}"; wait "${pid[$victim]}"; } \
	    2>/dev/null || true
	kill_postgres "$victim" KILL
}
machine() { lose "$(primary)"; }
standby_lost() { lose "$(standby)"; }
# Planned work, by Patroni's REST API.
switchover() {
	victim=$(primary)
	curl -sf -o "$folder/switchover" -d "{\"leader\": \"$victim\"}" \
	    "http://127.0.0.1:${port[${victim}_api]}/switchover"
}
frozen() {
	victim=$(primary)
	kill -STOP "${pid[$victim]}"
	kill_postgres "$victim" STOP
}

mend() {
	case $1 in
	machine | standby) start_database "$victim" ;;
	frozen)
		# It wakes believing it is the primary still.
		kill_postgres "$victim" CONT
		kill -CONT "${pid[$victim]}" ;;
	esac
}

declare -A what=(
	[crash]="kill -9 of the primary PostgreSQL"
	[machine]="kill -9 of the primary and its Patroni (a lost machine)"
	[switchover]="switchover, as before planned work"
	[standby]="kill -9 of the synchronous standby and its Patroni"
	[frozen]="primary and its Patroni frozen, thawed after the failover"
)
round() {
	local kind=$1 before begin_round elected
	before=$(primary)
	ask_load
	raise_limit
	begin_round=$(now)
	case $kind in
	standby) standby_lost ;;
	*) $kind ;;
	esac
	if [ "$kind" = standby ]; then
		sleep "$SETTLE_SECONDS"
		elected="none needed"
	else
		await "a new primary" eval '
		    n=$(primary) && [ "$n" != "'"$before"'" ]'
		elected="$before -> $(primary) after $(since "$begin_round") s"
	fi
	sleep "$SETTLE_SECONDS"
	ask_load
	say "${what[$kind]}: $elected; longest time without an" \
	    "acknowledged turn $gap"
	mend "$kind"
	await "the cluster being whole" is_whole
	ask_load
	say "  whole again, $victim follows; longest time meanwhile $gap"
}

check() {
	local found=$1 expected=$2 what=$3
	[ "$found" = "$expected" ] ||
	    fail "$what: $found, expected $expected"
	say "$what: $found"
}

# The ledger against the database.
verify() {
	local acknowledged
	kill -TERM "${pid[load]}"
	wait "${pid[load]}" || fail "the load: $(cat "$folder/load.err")"
	pid[load]=
	say "load: $(tail -n 1 "$folder/load.out")"
	acknowledged=$(wc -l <"$folder/ledger")
	[ "$acknowledged" -gt 1000 ] || fail "only $acknowledged turns"
	sql "CREATE TABLE ledger (username text, id uuid, hash text)"
	PGPASSWORD=$password psql -qX -v ON_ERROR_STOP=1 \
	    "host=127.0.0.1 port=${port[$(primary)]} user=postgres dbname=aichat" \
	    -c "\\copy ledger FROM '$folder/ledger'"
	check "$(sql "SELECT count(DISTINCT l.id) FROM ledger l
	    JOIN users u USING (username)
	    JOIN turns t ON t.user_id = u.id AND t.id = l.id
	    WHERE t.status = 'completed' AND
	    md5(t.prompt || E'\n' || t.response) = l.hash")" \
	    "$acknowledged" "acknowledged turns found, as they were answered"
	check "$(sql "SELECT count(*) - count(DISTINCT (user_id, prompt))
	    FROM turns")" 0 "messages that were taken twice"
	check "$(sql "SELECT count(*) FROM users u JOIN daily_usage d
	    ON d.user_id = u.id WHERE d.used > u.daily_limit")" 0 \
	    "users above their limit"
	# A turn that ended before it said anything gave its message back.
	check "$(sql "SELECT count(*) FROM daily_usage d WHERE d.used <>
	    (SELECT count(*) FROM turns t WHERE t.user_id = d.user_id AND
	    (t.created_at AT TIME ZONE 'UTC')::date = d.day AND
	    (t.status = 'completed' OR t.response <> ''))")" 0 \
	    "days whose count is not that of their turns"
	# Unless a new day began meanwhile.
	[ "$day" != "$(date -u +%F)" ] ||
	    check "$(sql "SELECT count(*) FROM users u WHERE u.daily_limit = $limit
	    AND (SELECT count(*) FROM turns t WHERE t.user_id = u.id AND
	    (t.status = 'completed' OR t.response <> '')) <> $limit")" \
	    0 "limited users who did not get their $limit exactly"
	check "$(processes | tr '\n' ' ')" "$pids_before" \
	    "processes of the nodes, as at the start"
}

begin=$(now)
choose_ports
start_etcd
start_databases
start_nodes
start_haproxy
say "etcd, three PostgreSQL ($(standby) is the synchronous standby of $(primary)), two nodes, HAProxy: up"
start_load
sleep "$SETTLE_SECONDS"
for kind in $ROUNDS; do
	round "$kind"
done
verify
status=0
say "all proved"
