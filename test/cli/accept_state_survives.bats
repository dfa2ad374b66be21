#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The state of a group outlives shutdown, start and kill -9.

load common
load deploy
setup() { deploy_setup; }
teardown() { tsp_teardown; }

again() {
	thespian-director shutdown > /dev/null
	thespian-director start > /dev/null
}

@test "a start brings back the active version, its name and its OnLoad" {
	pack 1 2
	thespian-director load "$(package 1)"
	again
	[ "$(answers)" = 1 ]
	[ "$(seen Hello)" = "load" ]
	run thespian-director role main
	[ "$status" -eq 0 ]
}

@test "a start where the group has no state takes the newest" {
	pack 1 2
	thespian-director start
	[ "$(answers)" = 2 ]
	[ "$(state .mark.version)" = 2 ]
}

@test "a start after a rollback brings back what the rollback chose" {
	pack 1 2
	thespian-director load "$(package 1)"
	thespian-director load hello
	thespian-director rollback hello
	for _ in 1 2; do
		again
		[ "$(answers)" = 1 ]
		[ "$(list .held)" = true ]
		run thespian-director refresh
		[ "$output" = "hello 1 held by rollback" ]
	done
	thespian-director load hello
	again
	[ "$(answers)" = 2 ]
}

@test "all groups come back, also more of them than requests may wait" {
	pack 1
	thespian-director load hello
	thespian-director unload hello
	thespian-director shutdown > /dev/null
	local state
	state=$(cat "$THESPIAN_DIRECTOR_DIR/state/hello.json")
	for number in {1..1005}; do
		printf '%s\n' "${state//\"hello\"/\"g$number\"}" > "$THESPIAN_DIRECTOR_DIR/state/g$number.json"
	done
	thespian-director start
	[ "$(thespian-director --json list | jq '.groups | length')" -eq 1006 ]
	run ! grep 'cannot bring back' "$THESPLOG_FILE"
}

@test "a start after an unload leaves the group inactive" {
	pack 1
	thespian-director load hello
	thespian-director unload hello
	again
	[ "$(thespian-director --json list | jq '[.groups[].versions[]] | length')" = 0 ]
	run thespian-shell -p "$port" -c 'ask Hello Seen {}'
	[ "$status" -eq 1 ]
}

@test "the mark holds after a start: an older version stays refused, history and rollback go on" {
	pack 1 2 3
	thespian-director load "$(package 1)"
	thespian-director load "$(package 3)"
	again
	refused 5 "version 2 is older than 3" thespian-director load "$(package 2)"
	thespian-director rollback hello
	[ "$(answers)" = 1 ]
}

@test "kill -9 of the admin around loads: the mark never goes back, the state is whole" {
	pack 1 2 3 4 5 6
	thespian-director load "$(package 1)"
	mark=1
	for version in 2 3 4 5 6; do
		thespian-director load "$(package $version)" > /dev/null 2>&1 3>&- &
		load=$!
		sleep "0.0$((version * 2))"
		kill -9 "$(admin_pid)"
		wait $load || true
		wait_until 5 no_processes
		now=$(state .mark.version)
		[ "$now" -ge "$mark" ]
		mark=$now
		thespian-director start
		[ "$(answers)" = "$(state '.history[-1].version')" ]
		[ "$(answers)" = "$mark" ]
	done
	[ "$mark" = 1 ] || refused 5 "version 1 is older than $mark" thespian-director load "$(package 1)"
}

@test "a package that can no longer be verified does not come back, and the status says why" {
	pack 1
	thespian-director load hello
	thespian-director shutdown
	flip "$(package 1)" 900
	refused 1 "bring back 'hello': no package of it that verifies" thespian-director start
	run thespian-director status
	[[ "$output" == *hello* ]]
	flip "$(package 1)" 900
	again
	[ "$(answers)" = 1 ]
}
