#!/bin/sh
# Build in a staging folder: stage.sh FOLDER FLAVOR CC
#
# kodev compiles a source again when its time changed, but knows nothing of
# headers: when one of those changed, all of our objects go. Kore's Makefile
# bears no space in a path, so the objects are reached by a link without.
set -eu

stage=$1 flavor=$2 cc=$3
top=$(pwd)

mkdir -p "$stage/conf" "$stage/cert" "$stage/.objs"
for name in src assets kore.conf conf/build.conf; do
	ln -sfn "$top/$name" "$stage/$name"
done
ln -sfn "$top/kore.conf" "$stage/conf/aichat.conf"

stamp=$top/$stage/.headers
if [ ! -e "$stamp" ] || [ -n "$(find src conf/build.conf \
    \( -name '*.h' -o -name build.conf \) -newer "$stamp")" ]; then
	rm -f "$stage"/.objs/*.c.o
fi
touch "$stamp.new"

work=$(mktemp -d "${TMPDIR:-/tmp}/aichat-build.XXXXXX")
trap 'rm -rf "$work"' EXIT
ln -s "$top/$stage/.objs" "$work/objs"

# Kore's Makefile takes this from the environment.
[ "$flavor" != asan ] || export SANITIZE=address,undefined

cd "$stage"
# Kore's own objects are made side by side.
if ! MAKEFLAGS="-j$(nproc)" CC=$cc KORE_BUILD_FLAVOR=$flavor \
    KORE_OBJDIR=$work/objs kodev build >"$work/log" 2>&1; then
	cat "$work/log" >&2
	exit 1
fi
mv "$stamp.new" "$stamp"
strip aichat -o aichat.stripped
