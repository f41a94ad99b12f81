# Streams: what the server adds to a model's first word and whole answer,
# beside the model alone and a bare relay; and what an open one costs.
# Sourced by bench.sh.

STREAM_DELTAS=25
STREAM_INTERVAL_MS=40

start_model() {
	model_port=$(conf/dev.sh free-port)
	start_beside "$out/fake_model" "$model_port" "$1" "$2"
	sleep 0.2
}

start_streaming_server() {
	start_server OPENAI_API_KEY=bench OPENAI_MODEL=fake \
	    OPENAI_BASE_URL="http://127.0.0.1:$model_port" \
	    RUNNING_PER_USER=100 RUNNING_PER_WORKER=20000 \
	    MAX_CONNECTIONS=20000 LOG_LEVEL=warn
}

# stream_times PORT tls|plain COUNT: all figures of one run, on a line.
stream_times() {
	"$out/load" streams "$1" "$2" "$folder/tokens" "$3" "$SECONDS_EACH" \
	    $((STREAM_DELTAS * STREAM_INTERVAL_MS)) || true
}

# The median of one figure over all rounds, in milliseconds.
figure() {
	member "$2" <"$folder/streams.$1" | median |
	    awk '{printf "%.2f", $1 / 1000}'
}

stream_latency() {
	local n=$1 i what
	rm -f "$folder"/streams.*
	for ((i = 0; i < ROUNDS; i++)); do
		stream_times "$port" tls "$n" >>"$folder/streams.ours"
		stream_times "$model_port" plain "$n" >>"$folder/streams.model"
		stream_times "$relay_port" tls "$n" >>"$folder/streams.relay"
	done
	! grep -v '"errors": 0' "$folder/streams.ours" >&2
	for what in first_p50 first_p99 whole_p50 whole_p99; do
		row streams "$n streams, $what" ms "$(figure ours $what)" \
		    "bare libcurl relay" "$(figure relay $what)"
		row streams "$n streams, $what of the model" ms \
		    "$(figure model $what)"
	done
}

# memory_each NAME COUNT COMMAND...: of what load holds.
memory_each() {
	local name=$1 n=$2 before after
	shift 2
	before=$(memory)
	hold "$@"
	sleep 3
	after=$(memory)
	let_go
	row memory "$name" "KB each" \
	    "$(awk "BEGIN{printf \"%.1f\", ($after - $before) / $n}")"
}

measure_streams() {
	# What was said before is a part of every request to a model.
	sql -c "DELETE FROM turns WHERE conversation = 1" -c "VACUUM turns"
	start_model $STREAM_DELTAS $STREAM_INTERVAL_MS
	relay_port=$(conf/dev.sh free-port)
	start_beside "$out/relay" "$relay_port" "$folder/cert.pem" \
	    "$folder/key.pem" "http://127.0.0.1:$model_port/"
	start_streaming_server
	for n in 1 50 500; do stream_latency $n; done
	stop_server
	stop_beside
}

measure_stream_memory() {
	local n
	# One word in a minute: the streams only stand.
	start_model 100 60000
	for n in 1000 5000; do
		start_streaming_server
		row memory "no stream" KB "$(memory)"
		memory_each "$n idle connections" $n idle "$port" $n
		stop_server
		start_streaming_server
		memory_each "$n open streams" $n \
		    hold "$port" tls "$folder/tokens" $n
		stop_server
	done
	stop_beside
}
