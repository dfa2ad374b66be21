#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# L2: thousands of connections that never end their handshake, while somebody honest wants in.

load common
load convention

setup() {
	convention_setup
	system leader
	token leader > /dev/null
	on leader start
	on leader admit "$(stranger_key leader)" > /dev/null
}

teardown() {
	[ -z "${flood:-}" ] || kill "$flood" 2> /dev/null || true
	convention_teardown
}

@test "L2: ten thousand from one address, and an honest one is in within a second" {
	before=$(descriptors_of leader)
	stranger leader flood 127.0.0.2 > "$dir/flood" &
	flood=$!
	wait_until 20 grep -q 2000 "$dir/flood"
	for try in 1 2 3; do
		begin=$(now_ms)
		stranger leader hold > "$dir/honest" &
		honest=$!
		wait_until 1 grep -q open "$dir/honest"
		(($(now_ms) - begin < 1000))
		kill "$honest" 2> /dev/null || true
		wait "$honest" 2> /dev/null || true
	done
	# it is never more than the slots of one address
	(($(descriptors_of leader) <= before + 8))
	wait_until 60 grep -q 10000 "$dir/flood"
	kill "$flood"
	wait "$flood" 2> /dev/null || true
	flood=
	back() { (($(descriptors_of leader) <= before)); }
	wait_until 10 back
	# a line for each would fill the disk
	(($(log_of leader | wc -l) < 1000))
	wait_until 5 logs leader "others from there have not proved who they are yet"
}

@test "L2: connections from 16 addresses take all slots, and an honest one is in within a second" {
	before=$(descriptors_of leader)
	stranger leader crowd 127.0.1 &
	flood=$!
	full() { (($(descriptors_of leader) - before >= 64)); }
	wait_until 5 full
	stranger leader hold > "$dir/honest" &
	honest=$!
	wait_until 1 grep -q open "$dir/honest"
	kill "$honest" "$flood"
	wait "$honest" "$flood" 2> /dev/null || true
	flood=
	wait_until 5 logs leader "it has not proved who it is, and another wants in"
}
