#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Large messages arrive whole, whichever way they go, and nobody else waits for them.
# shellcheck disable=SC2154 # common sets them

load common
load haulage

setup() {
	tsp_setup
	haulage_module
	thespian-admin --port "$port" > /dev/null 3>&-
	shell -c 'create haulage:Hauler --name Hauler'
}
teardown() {
	tsp_teardown
}

shell() {
	thespian-shell -p "$port" "$@" 3>&-
}

# Prints what came of it.
haul() { # SIZE COUNT [MEMBER]
	shell --timeout 60 --json -c "ask Hauler Haul {\"size\": $1, \"count\": $2${3:+, $3}}"
}

shmem_kib() {
	awk '/^RssShmem:/ { print $2 }' "/proc/$1/status"
}

@test "F044: a message of 50 MiB arrives whole, and other senders are served meanwhile" {
	shell -c 'create haulage:Dock --name Other'
	haul $((50 * 1024 * 1024)) 10 > hauled &
	hauler=$!
	asked=0
	while kill -0 "$hauler" 2>/dev/null; do
		shell --timeout 10 -c 'ask Other Pid {}' > /dev/null
		asked=$((asked + 1))
	done
	wait "$hauler"
	[ "$(jq .whole hauled)" = 10 ]
	[ "$asked" -ge 3 ]
}

@test "messages of all sizes arrive whole and in order" {
	local size
	for size in 1 65400 65536 65600 131072 262144 1048576 2097000 2097151 2097152 2097160 3000000 9000000; do
		[ "$(haul "$size" 12 | jq .whole)" = 12 ] || { echo "of $size bytes not all came"; return 1; }
	done
}

@test "what a host died of comes back whole" {
	[ "$(haul 1048576 1 '"doom": true')" = '"whole"' ]
}

@test "memory that large messages went through is given back" {
	haul 1048576 20 > hauled
	[ "$(jq .whole hauled)" = 20 ]
	pid=$(jq .pid hauled)
	[ "$(shmem_kib "$pid")" -ge 1024 ]
	given_back() { [ "$(shmem_kib "$pid")" -lt 64 ]; }
	wait_until 10 given_back
	[ "$(haul 1048576 20 | jq .whole)" = 20 ]
}
