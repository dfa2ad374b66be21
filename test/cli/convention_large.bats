#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Large messages from one system to another come whole and in order: of every way that they take by themselves (within
# the frame, by memory, in parts, opened where they stay), and when one side stands still meanwhile.
# shellcheck disable=SC2154 # common sets them

load common
load convention
load haulage

setup() {
	convention_setup
	haulage_module
	system leader
	system member '{"far": true}'
	convention leader member
	at leader 'create haulage:Hauler --name Hauler'
	dock=$(json_at leader "create haulage:Dock --requires '{\"far\": true}'" | jq -r .address)
}
teardown() { convention_teardown; }

# haul SIZE COUNT WINDOW: how many came whole.
haul() {
	local order="\"size\": $1, \"count\": $2, \"window\": $3, \"dock\": {\"\$address\": \"$dock\"}"
	thespian-shell -p "${ports[leader]}" --timeout 60 --json -c "ask Hauler Haul {$order}" | jq .whole
}

@test "of each size, some at a time" {
	local size
	# around what a record and a frame on the way to memory hold, and beyond what the areas do
	for size in 1 16300 16384 65400 65536 70000 1048500 1048576 2097152 3000000; do
		[ "$(haul $size 20 6)" = 20 ] || { echo "of $size bytes not all came whole"; return 1; }
	done
	[ "$(haul 9000000 6 3)" = 6 ]
	[ "$(haul 50000000 2 2)" = 2 ]
}

stands_still() {
	! timeout 5 thespian-shell -p "${ports[leader]}" --timeout 0.2 -c "ask $dock Pid {}"
}

@test "the other system stands still and goes on" {
	local member came=0
	member=$(admin_of member)
	haul 1048576 300 8 > came &
	hauling=$!
	kill -STOP "$member"
	wait_until 10 stands_still
	kill -CONT "$member"
	wait "$hauling" || came=$?
	[ "$came $(cat came)" = "0 300" ]
}
