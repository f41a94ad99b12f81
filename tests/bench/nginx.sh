# nginx, of Debian's package but not installed: the same bytes over TLS, and
# its handshakes. Sourced by bench.sh.

nginx_binary() {
	[ -x "$out/nginx/usr/sbin/nginx" ] && return
	mkdir -p "$out/nginx"
	(cd "$out/nginx" && apt-get -qq download nginx 2>/dev/null &&
	    dpkg -x nginx_*.deb .)
}

# What our server answers to /healthz, as nginx's configuration.
nginx_answer() {
	curl -sk "$url/healthz" >"$folder/body"
	curl -skD - -o /dev/null "$url/healthz" | tr -d '\r' | awk -F ': ' '
	    NR > 1 && NF > 1 && !/^(server|date|connection|content-|keep)/ {
	    v = $1 == "x-request-id" ? "$request_id" : $2
	    printf "add_header %s \"%s\";\n", $1, v }'
	printf "default_type application/json;\nreturn 200 '%s';\n" \
	    "$(cat "$folder/body")"
}

start_nginx() {
	nginx_binary
	nginx_port=$(conf/dev.sh free-port)
	mkdir -p "$folder/nginx"
	cat >"$folder/nginx.conf" <<-END
	daemon off;
	worker_processes ${WORKERS:-$(nproc)};
	worker_rlimit_nofile 20000;
	pid $folder/nginx/pid;
	error_log $folder/nginx/error.log;
	events { worker_connections 10000; }
	http {
	access_log $folder/nginx/access.log;
	client_body_temp_path $folder/nginx/body;
	proxy_temp_path $folder/nginx/proxy;
	fastcgi_temp_path $folder/nginx/fastcgi;
	uwsgi_temp_path $folder/nginx/uwsgi;
	scgi_temp_path $folder/nginx/scgi;
	keepalive_requests 100000000;
	server {
	listen 127.0.0.1:$nginx_port ssl backlog=4096 reuseport;
	ssl_certificate $folder/cert.pem;
	ssl_certificate_key $folder/key.pem;
	ssl_protocols TLSv1.2 TLSv1.3;
	location = /healthz { $(nginx_answer) }
	}
	}
	END
	start_beside "$out/nginx/usr/sbin/nginx" -p "$folder/nginx" \
	    -c "$folder/nginx.conf" 2>"$folder/nginx/start.log"
	until curl -sko /dev/null "https://127.0.0.1:$nginx_port/healthz"; do
		sleep 0.05
	done
}

# shake PORT full|resumed: handshakes a second.
shake() {
	"$out/load" handshakes "$1" "$2" 32 "$SECONDS_EACH" | member handshakes
}

measure_handshakes() {
	local kind i
	start_server
	start_nginx
	for kind in full resumed; do
		: >"$folder/ours" >"$folder/limit"
		for ((i = 0; i < ROUNDS; i++)); do
			shake "$port" $kind >>"$folder/ours"
			shake "$nginx_port" $kind >>"$folder/limit"
		done
		row handshakes "TLS handshake, $kind, and one GET" /s \
		    "$(median <"$folder/ours")" nginx \
		    "$(median <"$folder/limit")"
	done
	stop_beside
	stop_server
}
