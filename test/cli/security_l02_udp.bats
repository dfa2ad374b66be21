#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# L2 for the UDP base: thousands of greetings that no key follows, while a member wants in.

load common
load convention

setup() {
	convention_setup
	system leader
	system member
	echo multiprocUDPBase | tee "$dir/leader/thespbase.cfg" > "$dir/member/thespbase.cfg"
	token leader > /dev/null
	on leader start
	join member leader > /dev/null
	on leader admit "$(stranger_key leader)" > /dev/null
	before=$(descriptors_of leader)
	memory=$(peak_of leader)
}

teardown() {
	[ -z "${flood:-}" ] || kill "$flood" 2> /dev/null || true
	convention_teardown
}

has_slots() { (($(descriptors_of leader) - before >= $1)); }

# The member is in while it goes on, and the leader is as before when it is over.
honest_is_in() {
	on member start
	wait_until 4 has_linked leader 1
	(($(descriptors_of leader) <= before + 64 + 8))
	kill "$flood"
	wait "$flood" 2> /dev/null || true
	flood=
	back() { ! has_slots 2; }
	wait_until 10 back
	has_linked leader 1
	(($(peak_of leader) - memory < 8192))
	# a line for each would fill the disk
	(($(log_of leader | wc -l) < 1000))
}

@test "L2: ten thousand greetings from one address, and an honest one is in" {
	stranger leader udp-flood 127.0.0.2 > "$dir/flood" &
	flood=$!
	wait_until 20 grep -q 10000 "$dir/flood"
	wait_until 10 logs leader "others from there have not proved who they are yet"
	wait_until 10 logs leader "dropped: it speaks another protocol"
	honest_is_in
}

@test "L2: a member's greeting from 16 addresses takes all slots, and an honest one is in" {
	stranger leader udp-crowd 127.0.1 &
	flood=$!
	wait_until 5 has_slots 60
	wait_until 10 logs leader "others from there have not proved who they are yet"
	honest_is_in
}

# Without cookies half of the slots are theirs, and the few that are looked at a second.
@test "L2: greetings from thousands of forged addresses, and an honest one is in" {
	stranger leader udp-forged > "$dir/flood" &
	flood=$!
	wait_until 20 grep -q 5000 "$dir/flood"
	wait_until 5 has_slots 30
	wait_until 10 logs leader "many come, so it is to show first that answers reach it"
	run has_slots 40
	[ "$status" -ne 0 ]
	honest_is_in
}
