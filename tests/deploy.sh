#!/bin/bash
# What stands in deploy/ against what the program does: deploy.sh BINARY
#
# Rules and metrics by promtool, every metric that rules and dashboard name
# among those the server tells, every alert in the operations guide, the unit by
# systemd-analyze, compose by docker-compose, manifests as YAML with the image's
# user.
set -euo pipefail
binary=$(realpath "$1")
cd "$(dirname "$0")/.."
folder=$(mktemp -d "${TMPDIR:-/tmp}/aichat-deploy.XXXXXX")
chmod 755 "$folder"
server=
finish() {
	[ -z "$server" ] || { kill -TERM "$server"; wait "$server" || true; }
	conf/dev.sh cluster-stop "$folder"
	rm -rf "$folder"
}
trap finish EXIT
status=0
fail() {
	echo "deploy: $*" >&2
	status=1
}

promtool check rules deploy/alerts.yml >"$folder/out" &&
    promtool test rules deploy/alerts_test.yml >"$folder/out" 2>&1 ||
    { cat "$folder/out"; fail "the rules"; }
for alert in $(sed -n 's/.*- alert: //p' deploy/alerts.yml); do
	grep -q "^### .*\b$alert\b" docs/operations.md ||
	    fail "docs/operations.md does not know $alert"
done

conf/dev.sh environment "$folder"
set -a
. "$folder/env"
PORT=$(conf/dev.sh free-port) BIND_ADDRESS=127.0.0.1 ENV_FILE=/dev/null
METRICS_ADDRESS=127.0.0.1:$(conf/dev.sh free-port)
set +a
"$binary" migrate >/dev/null
"$binary" serve >"$folder/log" &
server=$!
end=$((SECONDS + 20))
until curl -sf -o "$folder/metrics" "http://$METRICS_ADDRESS/metrics"; do
	[ $SECONDS -lt $end ] || { fail "no metrics"; exit 1; }
	sleep 0.1
done
promtool check metrics <"$folder/metrics" || fail "the metrics"
for name in $(grep -ho 'aichat_[a-z_]*' deploy/alerts.yml \
    deploy/grafana.json | sort -u); do
	grep -q "^# TYPE ${name%_bucket} " "$folder/metrics" ||
	    fail "there is no metric $name"
done

# Not those of programs that are not installed here.
systemd-analyze verify deploy/*.service deploy/*.timer 2>&1 |
    grep -v 'is not executable' >"$folder/out" &&
    { cat "$folder/out"; fail "the units"; }
systemd-analyze security --offline=yes --threshold=20 deploy/aichat.service \
    >"$folder/out" || { tail -1 "$folder/out"; fail "the unit is exposed"; }

JWT_SECRET_KEY=x POSTGRES_PASSWORD=x docker-compose --project-directory . \
    -f <(sed '/env_file/d' docker-compose.yml) config -q || fail "compose"
for file in deploy/kubernetes/*.yaml; do
	python3 - "$file" "$(sed -n 's/^USER \([0-9]*\):.*/\1/p' Dockerfile)" \
	    <<-END || fail "$file"
	import sys, yaml
	for d in yaml.safe_load_all(open(sys.argv[1])):
	    spec = d.get('spec', {})
	    spec = spec.get('jobTemplate', {}).get('spec', spec)
	    pod = spec.get('template', {}).get('spec')
	    if pod:
	        assert pod['securityContext']['runAsUser'] == int(sys.argv[2])
	        assert all(c['securityContext']['readOnlyRootFilesystem']
	            for c in pod['containers'])
	END
done
[ $status != 0 ] || echo "deploy: all checked"
exit $status
