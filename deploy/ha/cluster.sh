# What run.sh starts, and the hands it needs: sourced by it. Every process is in
# pid[NAME], every port in port[NAME], every file below $folder.

say() { printf '%6.1f s  %s\n' "$(since "$begin")" "$*"; }
now() { date +%s%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN {printf "%.1f", (b-a)/1e9}'; }
fail() { say "FAILED: $*"; exit 1; }

# PostgreSQL refuses to run as root.
as_postgres() {
	if [ "$(id -u)" = 0 ]; then
		exec setpriv --reuid postgres --regid postgres --init-groups "$@"
	else
		exec "$@"
	fi
}

# Until a command succeeds.
await() {
	local what=$1 end=$((SECONDS + WAIT_SECONDS))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || fail "$what did not happen"
		sleep 0.2
	done
}

choose_ports() {
	local name
	for name in etcd1 etcd1_peer etcd2 etcd2_peer etcd3 etcd3_peer \
	    pg1 pg1_api pg2 pg2_api pg3 pg3_api node_a node_b public stats; do
		port[$name]=$(conf/dev.sh free-port)
	done
}

etcd_hosts=
start_etcd() {
	local n cluster=
	for n in 1 2 3; do
		cluster+=,etcd$n=http://127.0.0.1:${port[etcd${n}_peer]}
		etcd_hosts+=,127.0.0.1:${port[etcd$n]}
	done
	etcd_hosts=${etcd_hosts#,}
	for n in 1 2 3; do
		etcd --name etcd$n --data-dir "$folder/etcd$n" \
		    --listen-client-urls "http://127.0.0.1:${port[etcd$n]}" \
		    --advertise-client-urls "http://127.0.0.1:${port[etcd$n]}" \
		    --listen-peer-urls "http://127.0.0.1:${port[etcd${n}_peer]}" \
		    --initial-advertise-peer-urls \
		    "http://127.0.0.1:${port[etcd${n}_peer]}" \
		    --initial-cluster "${cluster#,}" \
		    --initial-cluster-token "ha" --logger zap --enable-v2 \
		    >"$folder/etcd$n.log" 2>&1 &
		pid[etcd$n]=$!
	done
	await "etcd" curl -sf "http://127.0.0.1:${port[etcd1]}/health"
}

# The machine of a database: Patroni, which starts its PostgreSQL.
start_database() {
	local name=$1 home=$folder/$1
	mkdir -p "$home"
	[ "$(id -u)" != 0 ] || chown postgres "$home"
	(
	export PATRONI_NAME=$name PATRONI_SCOPE=aichat
	export PATRONI_ETCD_HOSTS=$etcd_hosts
	export PATRONI_RESTAPI_LISTEN=127.0.0.1:${port[${name}_api]}
	export PATRONI_RESTAPI_CONNECT_ADDRESS=$PATRONI_RESTAPI_LISTEN
	export PATRONI_POSTGRESQL_LISTEN=127.0.0.1:${port[$name]}
	export PATRONI_POSTGRESQL_CONNECT_ADDRESS=$PATRONI_POSTGRESQL_LISTEN
	export PATRONI_POSTGRESQL_DATA_DIR=$home/data
	export PATRONI_POSTGRESQL_BIN_DIR=$pg_bin
	export PATRONI_POSTGRESQL_PGPASS=$home/pgpass
	export PATRONI_SUPERUSER_USERNAME=postgres
	export PATRONI_SUPERUSER_PASSWORD=$password
	export PATRONI_REPLICATION_USERNAME=replicator
	export PATRONI_REPLICATION_PASSWORD=$password
	# Several servers on one machine: sockets apart, memory small.
	sed "s|^  pg_hba:|  parameters: {unix_socket_directories: '$home',\n    shared_buffers: 64MB}\n&|; s/peer\$/scram-sha-256/" \
	    "$here/patroni.yml" >"$home/patroni.yml"
	cd "$home"
	as_postgres patroni "$home/patroni.yml" >>"$folder/$name.log" 2>&1
	) &
	pid[$name]=$!
}

# Whom Patroni's health check says to be the primary.
primary() {
	local name
	for name in pg1 pg2 pg3; do
		! curl -sf -m 1 -o /dev/null \
		    "http://127.0.0.1:${port[${name}_api]}/primary" || {
			echo $name
			return 0
		}
	done
	return 1
}

standby() {
	local name
	for name in pg1 pg2 pg3; do
		! curl -sf -m 1 -o /dev/null \
		    "http://127.0.0.1:${port[${name}_api]}/sync" || {
			echo $name
			return 0
		}
	done
	return 1
}

sql() {
	PGPASSWORD=$password psql -qAtX -v ON_ERROR_STOP=1 \
	    "host=127.0.0.1 port=${port[$(primary)]} user=postgres dbname=${2:-aichat}" \
	    -c "$1"
}

# A signal to a PostgreSQL and all its children: kill_postgres NAME SIGNAL
kill_postgres() {
	local first
	first=$(head -n 1 "$folder/$1/data/postmaster.pid" 2>/dev/null) ||
	    return 0
	[ "$(cat "/proc/$first/comm" 2>/dev/null)" = postgres ] || return 0
	kill -"$2" "$first" $(pgrep -P "$first") 2>/dev/null || true
}

# Two standbys that follow, one of them synchronous.
is_whole() {
	[ "$(sql "SELECT count(*) || ',' || count(*) FILTER (WHERE
	    sync_state IN ('sync', 'quorum')) FROM pg_stat_replication
	    WHERE state = 'streaming' AND application_name ~ '^pg[123]\$'" \
	    postgres)" = 2,1 ] && standby
}

start_databases() {
	password=$(openssl rand -hex 16)
	start_database pg1
	await "the first primary" primary
	start_database pg2
	start_database pg3
	await "synchronous replication" is_whole
	sql "CREATE ROLE aichat LOGIN PASSWORD '$password'" postgres
	sql 'CREATE DATABASE aichat OWNER aichat' postgres
}

aichat() {
	local name=$1
	shift
	DATABASE_URL="postgresql://aichat:$password@127.0.0.1:${port[pg1]},127.0.0.1:${port[pg2]},127.0.0.1:${port[pg3]}/aichat?target_session_attrs=read-write" \
	JWT_SECRET_KEY=$secret TRUSTED_PROXIES=127.0.0.1 \
	TLS_CERT_FILE=$folder/cert.pem TLS_KEY_FILE=$folder/key.pem \
	BIND_ADDRESS=127.0.0.1 PORT=${port[$name]} WORKERS=2 \
	DAILY_MESSAGE_LIMIT=$LIMIT RUN_DIR=$folder/$name ENV_FILE=/dev/null \
	    exec "$binary" "$@"
}

start_nodes() {
	local name
	secret=$(openssl rand -base64 48)
	conf/dev.sh certificate "$folder"
	cat "$folder/cert.pem" "$folder/key.pem" >"$folder/both.pem"
	(aichat node_a migrate >/dev/null) || fail "migrate"
	for name in node_a node_b; do
		(aichat $name serve >"$folder/$name.log" 2>&1) &
		pid[$name]=$!
		await "$name" curl -skf \
		    "https://127.0.0.1:${port[$name]}/readyz"
	done
	pids_before=$(processes | tr '\n' ' ')
}

# The nodes with their workers and key processes.
processes() {
	local name
	for name in node_a node_b; do
		echo ${pid[$name]} $(pgrep -P "${pid[$name]}" | sort -n)
	done
}

start_haproxy() {
	PATH=$PATH:/usr/sbin \
	LISTEN=127.0.0.1:${port[public]} STATS=127.0.0.1:${port[stats]} \
	CERT=$folder/both.pem CA=$folder/cert.pem NODE_NAME=localhost \
	NODE_A=127.0.0.1:${port[node_a]} NODE_B=127.0.0.1:${port[node_b]} \
	    haproxy -db -f "$here/haproxy.cfg" >"$folder/haproxy.log" 2>&1 &
	pid[haproxy]=$!
	url=https://localhost:${port[public]}
	await "HAProxy" curl -sf --cacert "$folder/cert.pem" "$url/readyz"
}
