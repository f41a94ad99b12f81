#!/bin/sh
# The root file system of the image: image-root.sh BINARY FOLDER
#
# What the program loads is what ldd says; glibc 2.34 and later resolve names
# without a library loaded later.
set -eu
binary=$1 root=$2

install -D -m 755 "$binary" "$root/usr/bin/aichat"
# usr is merged: the loader is asked for in /lib64, libraries in /lib.
for name in lib lib64; do
	mkdir -p "$root/usr/$name"
	ln -s "usr/$name" "$root/$name"
done
# "name => /path (address)", and the loader's own "/path (address)".
ldd "$binary" | awk '{for (i = 1; i <= NF; i++) if ($i ~ /^\//) print $i}' |
while read -r library; do
	mkdir -p "$root/usr$(dirname "${library#/usr}")"
	cp -L "$library" "$root/usr${library#/usr}"
done

# Upper and lower case beyond ASCII.
install -D -m 644 /usr/lib/locale/C.utf8/LC_CTYPE \
    "$root/usr/lib/locale/C.utf8/LC_CTYPE"
install -D -m 644 /etc/ssl/certs/ca-certificates.crt \
    "$root/etc/ssl/certs/ca-certificates.crt"
echo 'aichat:x:10001:10001::/:/nonexistent' >"$root/etc/passwd"
echo 'aichat:x:10001:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
# Where the certificate, a tmpfs and what every container has are mounted.
mkdir -p "$root/etc/aichat/tls" "$root/dev" "$root/proc"
mkdir -m 1777 "$root/tmp"
