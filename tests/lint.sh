#!/bin/bash
# What is checked without running the program: warnings of gcc and clang on
# every source, the layout (make format), that no name of ours shadows one of
# a library (the program exports its own, and a library would call them), and
# that the lists which must name every file do.
#
#	lint.sh COMPILER-FLAGS
set -euo pipefail
cd "$(dirname "$0")/.."
flags=$1
binary=.build/prod/aichat/aichat
status=0

fail() {
	echo "lint: $*" >&2
	status=1
}

warnings() {
	local compiler file
	mkdir -p .build/lint
	# kodev declares the compiled-in files in this header.
	cp .build/prod/aichat/.objs/assets.h .build/lint/
	for compiler in gcc clang; do
		find src -name '*.c' -print0 | xargs -0 -n 8 -P "$(nproc)" \
		    "$compiler" $flags -I.build/lint -O1 -fsyntax-only ||
		    fail "$compiler warns"
	done
}

layout() {
	find src tests -name '*.[ch]' -print0 |
	    xargs -0 clang-format --dry-run -Werror 2>.build/lint/layout ||
	    { head -20 .build/lint/layout >&2; fail "run make format"; }
}

# Our global functions and data against all libraries the program loads.
names() {
	local ours=.build/lint/ours theirs=.build/lint/theirs
	nm -g --defined-only .build/prod/aichat/.objs/*.c.o |
	    awk 'NF == 3 && $2 ~ /[TDBRC]/ {print $3}' | sort -u >$ours
	ldd "$binary" | awk '$3 ~ /^\// {print $3}' |
	    xargs nm -D --defined-only |
	    awk 'NF == 3 && $2 ~ /[TDBRWV]/ {sub(/@.*/, "", $3); print $3}' |
	    sort -u >$theirs
	local both
	both=$(comm -12 $ours $theirs)
	[ -z "$both" ] || fail "names a library has too:" $both
}

lists() {
	local file name
	for file in migrations/*.sql; do
		name=$(basename "$file" .sql)
		grep -q "MIGRATION($name)" src/store/migrations.c ||
		    fail "src/store/migrations.c does not name $name"
	done
	sed -n 's/^ *[A-Z]*("\([A-Z_]*\)".*/\1/p' src/core/config.c |
	while read -r name; do
		grep -q "\`$name\`" README.md || echo "$name"
	done >.build/lint/missing
	[ ! -s .build/lint/missing ] ||
	    fail "README.md does not name" $(cat .build/lint/missing)
	[ -z "$(find src -name '*.[ch]' -printf '%f\n' | sort | uniq -d)" ] ||
	    fail "two sources have one name, kodev needs them unique"
}

warnings
layout
names
lists
exit $status
