#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Actors that flood each other with bounds of one to three: no circle of waiting, and every message counted.
# shellcheck disable=SC2154,SC2016,SC2001 # common sets them; commands for later; sed is as clear

load common
load flow

setup() { flow_setup; }
teardown() { flow_teardown; }

TINY='{"Mailbox Messages": 2, "Sender Grace Bytes": 1, "Host Window Messages": 3, "Actor Window Messages": 1,
	"Outbox Messages": 3, "Outbox Bytes": 400, "Local Messages": 2}'

# circle CLASS COUNT CAPABILITIES: each floods the next, the last the first.
circle() {
	local i sum=0 refused=0 returned=0 names=()
	system "$3"
	for ((i = 0; i < $2; i++)); do
		names+=("A$i")
		actor "$1" "A$i"
	done
	for _ in 1 2 3; do
		floods=()
		for ((i = 0; i < $2; i++)); do
			flood "A$i" "A$(((i + 1) % $2))" 2000 3>&- &
			floods+=("$!")
		done
		wait "${floods[@]}"
	done
	wait_until 60 settled "${names[@]}"
	for i in "${names[@]}"; do
		sum=$((sum + $(figure "$i" sent) + $(figure "$i" refused)))
		refused=$((refused + $(figure "$i" refused)))
		returned=$((returned + $(figure "$i" poisoned)))
		[ "$(figure "$i" other)" -eq 0 ]
		[ "$(shell -c "ask $i hello")" = hello ]
	done
	[ "$sum" -eq $(($2 * 6000)) ]
	[ $((refused + returned)) -gt 0 ]
	echo "$(counter refused_in_hosts) refused at the send, $refused seen, $returned returned"
	[ "$(counter refused_in_hosts)" -eq "$refused" ]
	[ "$(counter mailbox_bytes)" -eq 0 ]
	[ "$(counter hosts_died)" -eq 0 ]
}

@test "F053, W18: two that flood each other, in hosts of their own" {
	circle Flow 2 "$TINY"
}

@test "F053: two that flood each other, in a shared host" {
	circle Shared 2 "$TINY"
}

@test "F053: a ring of five, in hosts of their own" {
	circle Flow 5 "$TINY"
}

@test "F053: a ring of five, in shared hosts" {
	circle Shared 5 "$TINY"
}

@test "F053: a ring of five, with bounds of one" {
	circle Flow 5 '{"Mailbox Messages": 1, "Mailbox Bytes": 1, "Sender Grace Bytes": 1, "Host Window Messages": 1,
		"Outbox Messages": 1, "Outbox Bytes": 1}'
}
