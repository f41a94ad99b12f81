#!/bin/bash
# Known scanners against the program: sqlmap on every operation of the OpenAPI
# document, wapiti on every address, testssl.sh on the port. A finding fails,
# and so does an answer of 500 or a worker that ended.
#
#	attack.sh PROGRAM [sqlmap|wapiti|testssl ...]
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1
shift
[ $# -gt 0 ] || set -- sqlmap wapiti testssl
folder=$(mktemp -d "${TMPDIR:-/tmp}/aichat-attack.XXXXXX")
chmod 755 "$folder"
server=
status=0
finish() {
	[ -z "$server" ] || { kill "$server"; wait "$server"; } 2>/dev/null ||
	    true
	conf/dev.sh cluster-stop "$folder"
	rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

found() {
	echo "$1:"
	cat "$2"
	status=1
} >&2

serve() {
	export PG_OPTIONS='-c fsync=off'
	conf/dev.sh environment "$folder"
	set -a
	. "$folder/env"
	PORT=$(conf/dev.sh free-port) BIND_ADDRESS=127.0.0.1
	HSTS_SECONDS=31536000 DAILY_MESSAGE_LIMIT=1000000 MOCK_STREAM_DELAY_MS=0
	LOGIN_FAILURES_PER_ACCOUNT=0 LOGIN_FAILURES_PER_ADDRESS=0
	SIGNUPS_PER_ADDRESS=0 REFRESHES_PER_ACCOUNT=0 REFRESHES_PER_ADDRESS=0
	set +a
	url=https://127.0.0.1:$PORT
	"$program" migrate >/dev/null
	"$program" serve >"$folder/log" 2>&1 &
	server=$!
	for _ in $(seq 200); do
		curl -sko /dev/null -m 1 "$url/healthz" && break
		sleep 0.1
	done
	token=$(curl -sfk -H 'Content-Type: application/json' \
	    "$url/auth/signup" -d '{"username":"target","password":
	    "correct horse","email":"target@example.com"}' |
	    sed 's/.*"access_token":"\([^"]*\)".*/\1/')
}

# What it suspects of a parameter it tries again, and may take back.
sqlmap_found() {
	awk '/appears to be .*injectable/{suspected = suspected $0 "\n"}
	    /does not seem to be injectable/{suspected = ""}
	    /testing URL/{printf "%s", suspected; suspected = ""}
	    /is vulnerable|back-end DBMS is/
	    END{printf "%s", suspected}'
}

sqlmap_attacks() {
	node tests/attack/targets.mjs "$url" "$token" requests >"$folder/burp"
	sqlmap -l "$folder/burp" --ignore-stdin --batch --disable-coloring --force-ssl \
	    --dbms=PostgreSQL --skip-waf --ignore-code=401 --threads=4 \
	    --output-dir="$folder/sqlmap" --results-file="$folder/sqlmap.csv" \
	    >"$folder/sqlmap.log" 2>&1
	echo "sqlmap: $(grep -c 'testing URL' "$folder/sqlmap.log") targets"
	sqlmap_found <"$folder/sqlmap.log" >"$folder/sqlmap.found"
	[ ! -s "$folder/sqlmap.found" ] || found sqlmap "$folder/sqlmap.found"
	grep -q 'testing URL' "$folder/sqlmap.log" ||
	    found "sqlmap tested nothing" "$folder/sqlmap.log"
}

# X-XSS-Protection is what OWASP advises against (HTTP Headers Cheat Sheet).
wapiti_attacks() {
	local starts=() address
	while read -r address; do
		starts+=(-s "$address")
	done < <(node tests/attack/targets.mjs "$url" "$token" addresses)
	wapiti -u "$url/" "${starts[@]}" --scope domain -d 2 --flush-session \
	    --store-session "$folder/wapiti" --no-bugreport \
	    -H "Authorization: Bearer $token" -f json -o "$folder/wapiti.json" \
	    -m sql,blindsql,exec,file,xss,permanentxss,redirect,crlf,csp,cookieflags,http_headers,methods,shellshock,xxe,csrf \
	    >"$folder/wapiti.log" 2>&1
	node -e 'const r = JSON.parse(require("fs").readFileSync(process.argv[1]));
	    for (const [kind, list] of Object.entries(
	        { ...r.vulnerabilities, ...r.anomalies }))
	        for (const f of list)
	            if (!f.info.startsWith("X-XSS-Protection"))
	                console.log(kind, f.method, f.path, f.info)
	    ' "$folder/wapiti.json" >"$folder/wapiti.found"
	echo "wapiti: $((${#starts[@]} / 2)) addresses"
	[ ! -s "$folder/wapiti.found" ] || found wapiti "$folder/wapiti.found"
}

# The certificate is one's own, so what is said of it is left out; and BREACH
# needs a secret in what is compressed: those are the page's files alone.
testssl_attacks() {
	testssl --quiet --color 0 --jsonfile "$folder/testssl.json" -p -s -f -P \
	    -h -U "127.0.0.1:$PORT" >"$folder/testssl.log" 2>&1 || true
	node -e 'const r = JSON.parse(require("fs").readFileSync(process.argv[1]));
	    console.error(`testssl: ${r.length} facts`);
	    for (const f of r)
	        if (f.id !== "BREACH" &&
	            ["LOW", "MEDIUM", "HIGH", "CRITICAL"].includes(f.severity))
	            console.log(f.id, f.severity, f.finding)
	    ' "$folder/testssl.json" >"$folder/testssl.found"
	[ ! -s "$folder/testssl.found" ] || found testssl "$folder/testssl.found"
}

serve
for tool; do
	"${tool}_attacks"
done
grep -E '"status":50[0-9]|"level":"error"|"msg":"worker .* gone' \
    "$folder/log" >"$folder/harm" && found "the server's log" "$folder/harm"
exit $status
