#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Actors of the active version that exit are started again, at most 5 times in 60 s.

load common
load deploy
setup() {
	deploy_setup
	pack 1
	thespian-director load hello > /dev/null
}
teardown() { tsp_teardown; }

actor() {
	list ".versions[0].actors[0].$1"
}

restarts_are() {
	[ "$(actor restarts)" = "$1" ] && [ "$(actor state)" = running ]
}

@test "F135: one that exits is started again, with its OnLoad, and its name loses nothing" {
	address=$(own_address 1)
	pid=$(seen Hello pid)
	thespian-shell -p "$port" -c 'tell Hello one' -c 'tell Hello Exit {}'
	gone() { ! kill -0 "$pid" 2>/dev/null; }
	wait_until 3 gone
	thespian-shell -p "$port" -c 'tell Hello two'
	wait_until 3 restarts_are 1
	[ "$(seen Hello)" = "load two" ]
	[ "$(own_address 1)" != "$address" ]
	[ "$(actor name)" = Hello ]
}

@test "F135 F179 W41: five times, each later than the one before, then it is given up, visibly; a load starts it again" {
	took=()
	for times in 1 2 3 4 5; do
		start=$(now_ms)
		thespian-shell -p "$port" -c 'tell Hello Exit {}'
		wait_until 20 restarts_are $times # the fifth comes after 5.12 s
		took+=($(($(now_ms) - start)))
	done
	echo "${took[*]} ms"
	[ "${took[3]}" -ge 1280 ]
	[ "${took[4]}" -ge 5120 ]
	start=$(now_ms)
	thespian-shell -p "$port" -c 'tell Hello Exit {}'
	given_up() { [ "$(actor state)" = "given up" ]; }
	wait_until 3 given_up
	run thespian-director list
	[[ "$output" == *"given up"* ]]
	run thespian-director status
	[[ "$output" == *"given up"* ]]
	run thespian-shell -p "$port" -c 'ask Hello Seen {}'
	[ "$status" -eq 1 ]
	run thespian-director load hello
	[ "$status" -eq 0 ]
	[ "$(answers)" = 1 ]
	[ "$(seen Hello)" = "load" ]
	[ $(($(now_ms) - start)) -lt 10000 ]
}

@test "those of a version that is not active stay away" {
	first=$(own_address 1)
	pack 2
	thespian-director load hello
	thespian-shell -p "$port" -c "tell $first Exit {}"
	gone() { [ -z "$(own_address 1)" ]; }
	wait_until 3 gone
	sleep 0.3
	[ -z "$(own_address 1)" ]
	[ "$(answers)" = 2 ]
}
