#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# L1, L2: who speaks another protocol, says nothing, or says it slowly, where other systems link.

load common
load convention

setup() {
	convention_setup
	system leader
	system member
	convention leader member
}
teardown() { convention_teardown; }

# say BYTES: to the leader's port; what comes back, and that it is closed within 7 s.
say() {
	timeout 7 bash -c 'exec 5<> "/dev/tcp/127.0.0.1/$1" && printf "$2" >&5 && cat <&5' - "${ports[leader]}" "$1" 3>&-
}

@test "L1: other protocols are told apart in the operator's log, and get nothing back" {
	run say 'GET / HTTP/1.1\r\n\r\n'
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	wait_until 5 logs leader "link from 127.0.0.1 closed: it speaks HTTP"
	run say '\x16\x03\x01\x02\x00\x01'
	[ -z "$output" ]
	wait_until 5 logs leader "it speaks TLS"
	run say 'SSH-2.0-OpenSSH_9\r\n'
	[ -z "$output" ]
	wait_until 5 logs leader "it speaks SSH"
	run say 'TSPLINK\n\x07\x00\x09\x00\x00\x00\x00\x00AAAAAAAAAAAAAAAA'
	[ -z "$output" ]
	wait_until 5 logs leader "it speaks another version of our protocol"
	# the honest twin is not disturbed
	has_linked leader 1
}

@test "L1: a thousand connections of random bytes leave nothing behind" {
	admin=$(admin_of leader)
	descriptors() { find "/proc/$admin/fd" -mindepth 1 | wc -l; }
	before=$(descriptors)
	for ((i = 0; i < 1000; i++)); do
		{ exec 5<> "/dev/tcp/127.0.0.1/${ports[leader]}"; } 2> /dev/null || continue
		printf '%s' "$RANDOM$RANDOM$RANDOM$RANDOM" >&5 2> /dev/null || true
		exec 5>&-
	done
	back() { [ "$(descriptors)" -le $((before + 1)) ]; }
	wait_until 10 back
	has_linked leader 1
	# ten lines a second at most, however many there were
	(($(log_of leader | grep -c "link from") < 300))
}

@test "L2: who says nothing holds four slots of his address for five seconds" {
	pids=()
	for ((i = 0; i < 20; i++)); do
		bash -c 'exec 5<> "/dev/tcp/127.0.0.1/$1" && exec sleep 20' - "${ports[leader]}" > /dev/null 2>&1 3>&- &
		pids+=($!)
	done
	wait_until 5 logs leader "others from there have not proved who they are yet"
	wait_until 8 logs leader "it did not finish the handshake within 5 s"
	kill "${pids[@]}"
	wait "${pids[@]}" 2> /dev/null || true
	# and then the honest one gets in
	on member shutdown
	on member start
	wait_until 20 has_linked leader 1
}

@test "L2: dripping bytes are ended after five seconds" {
	begin=$(now_ms)
	# what is right so far, a byte each fifth of a second
	timeout 12 bash -c 'exec 5<> "/dev/tcp/127.0.0.1/$1"
		for byte in T S P L I N K "\n" "\x01" "\x00" "\x01" {1..60}; do
			[ ${#byte} -gt 2 ] || [[ $byte != [0-9]* ]] || byte="\x00"
			printf "$byte" >&5 2> /dev/null || exit 0
			read -r -t 0.2 -u 5 && exit 0
			(($? > 128)) || exit 0
		done' - "${ports[leader]}" 3>&- || true
	(($(now_ms) - begin < 8000))
	(($(now_ms) - begin > 4000))
	wait_until 5 logs leader "link from 127.0.0.1 closed: it did not finish the handshake within 5 s"
}
