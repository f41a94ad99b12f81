#!/bin/bash
# Everything the server does, measured in one run beside what the machine
# allows: PostgreSQL running the same prepared statement (durable commits), the
# bare password hash, nginx sending the same bytes, a bare relay of streams.
# Ratios, since machines are shared and noisy; medians of ROUNDS rounds of
# SECONDS_EACH.
#
#	bench.sh BINARY [start requests handshakes connections streams
#	    memory instructions growth]
#
# The table is printed; .build/bench/result.json is for programs and
# docs/bench.svg, only of a whole run, for people.
set -euo pipefail
binary=$(realpath "$1")
shift
cd "$(dirname "$0")/../.."
. tests/bench/lib.sh
. tests/bench/nginx.sh
. tests/bench/requests.sh
. tests/bench/streams.sh
. tests/bench/instructions.sh

parts=("$@")
[ $# -gt 0 ] ||
    parts=(start requests handshakes connections streams memory
    instructions growth)
build_tools
prepare
: >"$out/rows"
for part in "${parts[@]}"; do
	case $part in
	start) measure_start ;;
	requests) measure_requests ;;
	handshakes) measure_handshakes ;;
	connections) measure_connections ;;
	streams) measure_streams ;;
	memory) measure_stream_memory ;;
	instructions) measure_instructions ;;
	growth) measure_growth ;;
	*) echo "no part $part" >&2; exit 2 ;;
	esac
done
chart=
[ $# -gt 0 ] || chart=docs/bench.svg
node tests/bench/report.mjs "$out/rows" "$out/result.json" $chart
