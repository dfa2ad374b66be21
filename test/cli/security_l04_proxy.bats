#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# L4: somebody between two systems changes, repeats, drops, swaps or cuts what they say, or has them speak an older
# protocol: it is noticed, said, and costs no message.

load common
load convention

setup() {
	convention_setup
	# ten records are there soon
	system leader '{"Convention Heartbeat": 0.2}'
	system member '{"Convention Heartbeat": 0.2}'
	token leader > /dev/null
	on leader start
	proxy=$(free_port)
}

teardown() {
	kill "$tamper" 2> /dev/null || true
	rm -f "/tmp/tsp-ports-$EUID/$proxy" 2> /dev/null || true
	convention_teardown
}

# between MODE: the member links with the leader by way of the proxy.
between() {
	"$TSP_BUILDDIR/test/cli/tamper" "$proxy" "${ports[leader]}" "$1" > "$dir/tamper.log" 2>&1 3>&- &
	tamper=$!
	on member join "127.0.0.1:$proxy" "$(token leader)" > /dev/null
	on member start > /dev/null
}

# tampered MODE WORDS: the leader's log has the words; then they are linked, by another connection.
tampered() {
	between "$1"
	wait_until 25 logs leader "$2"
	wait_until 10 grep -q "connection 2" "$dir/tamper.log"
	wait_until 20 has_linked leader 1
	wait_until 20 has_linked member 1
}

@test "L4: a flipped bit" {
	tampered flip "a record was changed on its way, left out or sent twice"
}

@test "L4: a record that comes twice" {
	tampered replay "a record was changed on its way, left out or sent twice"
}

@test "L4: a record that is left out" {
	tampered drop "a record was changed on its way, left out or sent twice"
}

@test "L4: two records in the other order" {
	tampered swap "a record was changed on its way, left out or sent twice"
}

@test "L4: a connection that is cut within a record" {
	between cut
	wait_until 25 grep -q "connection 2" "$dir/tamper.log"
	wait_until 20 has_linked leader 1
}

@test "L4: a preamble that asks for an older version" {
	tampered downgrade "link from 127.0.0.1 closed: it speaks another version of our protocol"
}

@test "L4: the honest twin: nothing is done to what goes by" {
	between honest
	wait_until 10 has_linked leader 1
	[ "$(grep -c connection "$dir/tamper.log")" -eq 1 ]
}
