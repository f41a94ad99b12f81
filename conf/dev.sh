#!/bin/bash
# What development and tests need around the program: packages, a private
# PostgreSQL cluster, a certificate. Everything it makes lies in one folder
# (.run for `make run`), and nothing outside it is touched.
#
#	dev.sh packages [SECTION ...]	install what is missing of
#					conf/packages ([build])
#	dev.sh cluster-start FOLDER	make (once) and start FOLDER/pg; prints
#					its DATABASE_URL
#	dev.sh cluster-stop FOLDER
#	dev.sh certificate FOLDER [ec|rsa]	FOLDER/cert.pem, FOLDER/key.pem
#	dev.sh environment FOLDER	all of it, written to FOLDER/env
#	dev.sh libraries FOLDER		npm's, as the lock file there says
#	dev.sh run BINARY		serve until Ctrl-C
set -euo pipefail
cd "$(dirname "$0")/.."

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

wanted() {
	local section
	for section in "${@:-build}"; do
		sed -n "/^\[$section\]/,/^$/s/^[a-z]/&/p" conf/packages
	done
}

packages() {
	local missing=() name
	for name in $(wanted "$@"); do
		# Node.js from elsewhere will do.
		case $name in
		nodejs) command -v node >/dev/null && continue ;;
		npm) command -v npm >/dev/null && continue ;;
		esac
		dpkg-query -W -f '${Status}' "$name" 2>/dev/null |
		    grep -q 'ok installed' || missing+=("$name")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	echo "installing: ${missing[*]}" >&2
	# The package would start a cluster of its own, which nobody asked for.
	as_root mkdir -p /etc/postgresql-common
	[ -e /etc/postgresql-common/createcluster.conf ] ||
	    echo 'create_main_cluster = false' |
	    as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
	as_root env DEBIAN_FRONTEND=noninteractive sh -c '
	    apt-get -qq update &&
	    apt-get -qq -y install --no-install-recommends "$@" >/dev/null' \
	    sh "${missing[@]}" >&2
}

# PostgreSQL refuses to run as root. As its own user it must still reach a
# checkout in a folder only root may enter, so it keeps that one right.
postgres() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid postgres --regid postgres --init-groups \
		    --inh-caps +dac_override --ambient-caps +dac_override \
		    -- "$@"
	else
		"$@"
	fi
}

bin() {
	local found
	found=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
	echo "$found/$1"
}

port_is_free() {
	! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

free_port() {
	local port
	while :; do
		port=$((20000 + RANDOM % 12000))
		if port_is_free "$port"; then
			echo "$port"
			return
		fi
	done
}

make_cluster() {
	local pg=$1
	mkdir -p "$pg"
	[ -e "$pg/password" ] || (umask 077
	    openssl rand -hex 24 >"$pg/password")
	[ "$(id -u)" != 0 ] || chown -R postgres "$pg"
	postgres "$(bin initdb)" -D "$pg/data" -U aichat -E UTF8 \
	    --locale=C.UTF-8 --auth=scram-sha-256 --pwfile="$pg/password" \
	    >"$pg/initdb.log" 2>&1 || { cat "$pg/initdb.log" >&2; exit 1; }
}

cluster_url() {
	local pg=$1
	echo "postgresql://aichat:$(cat "$pg/password")@127.0.0.1:$(
	    cat "$pg/port")/${2:-aichat}"
}

cluster_start() {
	local pg=$1/pg try port
	[ -e "$pg/data/PG_VERSION" ] || make_cluster "$pg"
	if ! postgres "$(bin pg_ctl)" -D "$pg/data" status >/dev/null; then
		for try in 1 2 3 4 5; do
			port=$(free_port)
			echo "$port" >"$pg/port"
			# Its own session: Ctrl-C is for the server.
			postgres setsid "$(bin pg_ctl)" -D "$pg/data" -w \
			    -l "$pg/log" -o "-p $port -h 127.0.0.1 -k ''" \
			    -o "${PG_OPTIONS:-}" start >/dev/null && break
			[ "$try" != 5 ] || { tail -5 "$pg/log" >&2; exit 1; }
		done
	fi
	psql -qAt "$(cluster_url "$pg" postgres)" -c \
	    "SELECT 1 FROM pg_database WHERE datname = 'aichat'" |
	    grep -q 1 || psql -q "$(cluster_url "$pg" postgres)" \
	    -c 'CREATE DATABASE aichat'
	cluster_url "$pg"
}

cluster_stop() {
	[ ! -e "$1/pg/data/postmaster.pid" ] ||
	    postgres "$(bin pg_ctl)" -D "$1/pg/data" -m fast -w stop \
	    >/dev/null || true
}

certificate() {
	local folder=$1 kind=${2:-ec} new=(-newkey ec -pkeyopt
	    ec_paramgen_curve:P-256)
	[ "$kind" != rsa ] || new=(-newkey rsa:2048)
	[ -e "$folder/cert.pem" ] && openssl x509 -in "$folder/cert.pem" \
	    -noout -checkend 86400 >/dev/null && return
	mkdir -p "$folder"
	(umask 077
	openssl req -x509 "${new[@]}" -nodes -days 825 -subj /CN=localhost \
	    -addext subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1 \
	    -keyout "$folder/key.pem" -out "$folder/cert.pem" 2>/dev/null)
	chmod 644 "$folder/cert.pem"
}

secret() {
	[ -e "$1/jwt_secret" ] || (umask 077
	    openssl rand -base64 48 | tr -d '\n' >"$1/jwt_secret")
	cat "$1/jwt_secret"
}

environment() {
	local folder url
	mkdir -p "$1"
	folder=$(realpath "$1")
	url=$(cluster_start "$folder")
	certificate "$folder"
	(umask 077
	cat >"$folder/env" <<-END
	DATABASE_URL=$url
	JWT_SECRET_KEY=$(secret "$folder")
	TLS_CERT_FILE=$folder/cert.pem
	TLS_KEY_FILE=$folder/key.pem
	RUN_DIR=$folder/server
	HSTS_SECONDS=0
	END
	)
}

libraries() {
	(cd "$1" && npm ci --ignore-scripts --no-audit --no-fund \
	    --loglevel=error) || {
		echo "$1: the libraries of $1/package-lock.json could not be" \
		    "had from the npm registry (npm config get registry)" >&2
		[ "$1" != src/web ] ||
		    echo "make PAGE=no builds without the web page" >&2
		exit 1
	}
	touch "$1/node_modules"
}

run() {
	local binary=$1 name value server
	environment .run
	# A .env of the operator says the rest, and may say another secret.
	while IFS='=' read -r name value; do
		[ "$name" = JWT_SECRET_KEY ] &&
		    grep -qs '^\(export \)\?JWT_SECRET_KEY=.' .env && continue
		export "$name=$value"
	done <.run/env
	trap 'cluster_stop .run' EXIT
	trap : INT TERM
	"$binary" migrate
	"$binary" serve &
	server=$!
	trap 'kill -TERM $server 2>/dev/null || true' INT TERM
	echo "serving on https://localhost:${PORT:-5000} (certificate:" \
	    ".run/cert.pem), Ctrl-C ends it" >&2
	# wait is cut short by a trapped signal; then it is to wait again.
	while kill -0 $server 2>/dev/null; do wait $server || true; done
}

case ${1:-} in
packages) shift; packages "$@" ;;
cluster-start) cluster_start "$2" ;;
cluster-stop) cluster_stop "$2" ;;
certificate) certificate "$2" "${3:-ec}" ;;
environment) environment "$2" ;;
libraries) libraries "$2" ;;
free-port) free_port ;;
run) run "$2" ;;
*) sed -n '2,16s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
