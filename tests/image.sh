#!/bin/bash
# Build the image of the Dockerfile for real and put the API tests through
# it: image.sh [TEST-PROGRAM ...]
#
# Needs root, and of Debian buildah and debootstrap. The base image is made
# here of Debian's packages instead of fetched from a registry, and carries
# this machine's mirror and apt settings. The server runs from the image's
# root file system as a container would: as its user, without rights, its root
# read-only, a tmpfs on /tmp. What differs from a container is that it sees
# the tests' folder at its path, the processes and the network of the machine.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "image.sh: needs root" >&2; exit 2; }
for tool in buildah debootstrap; do
	command -v $tool >/dev/null || {
		echo "image.sh: needs the package $tool" >&2; exit 2; }
done

LIMIT=40000000 # bytes
base=docker.io/library/debian:bookworm-slim
store=$PWD/.build/image
mkdir -p "$store"
export STORAGE_DRIVER=vfs
buildah() {
	command buildah --root "$store/root" --runroot "$store/run" "$@"
}

make_base() {
	local root=$store/debootstrap container
	rm -rf "$root"
	debootstrap --variant=minbase bookworm "$root" \
	    "${MIRROR:-http://deb.debian.org/debian}" >"$store/debootstrap.log"
	cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
	rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/archives/*.deb
	container=$(buildah from scratch)
	# Whom npm is to trust besides, where that is set.
	if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
		cp -L "$NODE_EXTRA_CA_CERTS" "$root/etc/npm-ca.pem"
		buildah config --env NODE_EXTRA_CA_CERTS=/etc/npm-ca.pem \
		    "$container"
	fi
	buildah add -q "$container" "$root" / >/dev/null
	buildah commit -q --format docker --rm "$container" $base >/dev/null
	rm -rf "$root"
}

folder=$(mktemp -d "${TMPDIR:-/tmp}/aichat-image.XXXXXX")
# The image's user has to pass through.
chmod 755 "$folder"
container=
finish() {
	local pid
	# A test that was killed could not end its servers.
	for pid in $(cat "$folder/pids" 2>/dev/null); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != aichat ] ||
		    kill "$pid"
	done
	[ -z "$container" ] || buildah rm "$container" >/dev/null
	rm -rf "$folder"
}
trap finish EXIT

buildah images -q $base >/dev/null 2>&1 || make_base
buildah bud -q --isolation chroot --pull-never --format docker \
    --network host -t aichat . >"$folder/build.log" 2>&1 ||
    { tail -40 "$folder/build.log" >&2; exit 1; }
# What nothing is called by any more, of builds before this one.
buildah rmi --prune >/dev/null

container=$(buildah from --pull-never localhost/aichat)
root=$(buildah mount "$container")
size=$(du -sb "$root" | cut -f 1)
echo "image: $size bytes, $(find "$root" -type f | wc -l) files"
[ "$size" -lt $LIMIT ] || { echo "image: above $LIMIT" >&2; exit 1; }

inspect() {
	buildah inspect --type image --format "{{.Docker.Config.$1}}" \
	    localhost/aichat
}
user=$(inspect User)
[[ $user =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]] ||
    { echo "image: runs as \"$user\"" >&2; exit 1; }
[[ $(inspect Healthcheck.Test) == *"aichat healthcheck"* ]] ||
    { echo "image: no health check" >&2; exit 1; }
[ "$(inspect StopSignal)" = SIGTERM ] || exit 1

# What the tests take for the program: one that gets where a container would
# be and becomes it. It stays the same process, for they send it signals.
cat >"$folder/aichat" <<END
#!/bin/sh
set -e
[ "\$1" = inside ] || exec unshare --mount "\$0" inside "\$@"
shift
echo \$\$ >>"$folder/pids"
: "\${RUN_DIR:=\$PWD/run}"
here=\${RUN_DIR%/run} tests=\${RUN_DIR%/*/run}
mount --bind "$root" "$root"
mount -o remount,bind,ro,nosuid,nodev "$root"
mount -t tmpfs -o mode=1777,nosuid,nodev,noexec tmpfs "$root/tmp"
mount --bind /dev "$root/dev"
mount --bind /proc "$root/proc"
mkdir -p "$root\$tests"
mount --bind -o ro "\$tests" "$root\$tests"
# Of the image: the file its user can read, the directory it can write.
[ ! -e "\$TLS_KEY_FILE" ] || chown "$user" "\$TLS_KEY_FILE"
unset RUN_DIR
exec setpriv --no-new-privs unshare --root="$root" --wd="\$here" \\
    --setgid="${user#*:}" --setuid="${user%:*}" /usr/bin/aichat "\$@"
END
chmod 755 "$folder/aichat"

[ $# -gt 0 ] || set -- .build/api/test_*
TEST_BINARY=$folder/aichat tests/api.sh "$@"
