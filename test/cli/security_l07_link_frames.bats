#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# L6, L7 between systems: a member, proved by its key, that lies about lengths, depths, counts and senders.

load common
load convention

setup() {
	convention_setup
	system leader
	system member
	convention leader member
	on leader admit "$(stranger_key leader)" > /dev/null
}
teardown() { convention_teardown; }

# lies MODE: the link is closed and costs next to no memory; the others' stands.
lies() {
	local before peak
	before=$(descriptors_of leader)
	peak=$(peak_of leader)
	run stranger leader "$1"
	[ "$status" -eq 0 ] || { echo "$1: $output"; return 1; }
	[[ ${lines[1]} == open* ]] || { echo "$1: $output"; return 1; }
	(($(peak_of leader) - peak < 8192)) || { echo "$1: took $(($(peak_of leader) - peak)) KiB"; return 1; }
	back() { (($(descriptors_of leader) <= before)); }
	wait_until 5 back
	has_linked leader 1
}

@test "L7: lengths that lie: of four GiB, of less than a header, of what lies apart" {
	lies long
	logs leader "link with 127.0.0.1 closed: it does not keep to the protocol"
	lies short
	lies apart
}

@test "L7: deep nesting, huge counts, a bomb of five bytes" {
	lies deep
	lies count
	lies bomb
}

@test "L7: kinds that do not exist, a second hello, envelopes that were never sent" {
	lies kind
	lies hello
	lies 'done'
}

@test "L6: a sender that does not live there is refused, and the link goes on" {
	run stranger leader forged
	[ "$status" -eq 3 ]
	wait_until 5 logs leader "an envelope of another system with a forged sender was refused"
	run thespian-director --dir "$dir/leader" --json status
	[ "$status" -eq 0 ]
	has_linked leader 1
}
