#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Bounds are capabilities: at the start, at run time, and what is not a bound.
# shellcheck disable=SC2154,SC2016,SC2001 # common sets them; commands for later; sed is as clear

load common
load flow

setup() { flow_setup; }
teardown() { flow_teardown; }

@test "F175: a bad bound at the start: nothing starts, and the error names it" {
	for bad in '{"Mailbox Messages": 0}' '{"Outbox Bytes": "much"}' '{"Watches": 5000}' '{"Callers": 1.5}'; do
		run --separate-stderr thespian-admin --port "$port" --capabilities "$bad" 3>&-
		[ "$status" -eq 2 ] || [ "$status" -eq 1 ]
		[[ $stderr == *"is not a whole number from 1 to"* ]]
		[[ $stderr == *"$(jq -r 'keys[0]' <<< "$bad")"* ]]
	done
	no_processes
}

@test "F175: a bad bound at run time changes nothing" {
	system '{"Wakeups": 3}'
	actor Flow One
	run --separate-stderr shell -c 'capability Wakeups 0'
	[ "$status" -ne 0 ]
	[[ $stderr == *"'Wakeups' is not a whole number from 1 to 1000000000"* ]]
	[ "$(shell --json -c 'capability' | jq .Wakeups)" -eq 3 ]
	[ "$(shell --json -c 'ask One Wake {"count": 5}' | jq .refused)" -eq 2 ]
}

@test "F175: limits change while the system runs, for hosts too" {
	system '{"Wakeups": 1, "Watches": 1}'
	actor Flow One
	[ "$(shell --json -c 'ask One Wake {"count": 3}' | jq .refused)" -eq 2 ]
	[ "$(shell -c 'ask One Watch {"count": 2}')" = TSP_ELIMIT ]
	shell -c 'capability Wakeups 3' -c 'capability Watches 2'
	[ "$(shell --json -c 'ask One Wake {"count": 3}' | jq .refused)" -eq 1 ]
	[ "$(shell -c 'ask One Watch {"count": 2}')" = TSP_OK ]
	[ "$(shell --json -c 'status One' | jq .counters.refused)" -eq 4 ]
}

@test "F175: as many callers as the capability says, and one more is told so" {
	system '{"Callers": 2}'
	mkfifo keep
	thespian-shell -p "$port" < keep > kept 2>&1 3>&- &
	exec 7> keep
	echo 'status' >&7
	wait_until 10 grep -q 'Host User' kept
	thespian-shell -p "$port" -c status -c listen --timeout 30 > other 2>&1 3>&- 7>&- &
	other=$!
	wait_until 10 grep -q 'Host User' other
	run --separate-stderr shell -c status
	[ "$status" -eq 1 ]
	[ "$stderr" = "thespian-shell: cannot attach to the system at port $port: 2 callers are connected already, as the capability 'Callers' allows" ]
	run --separate-stderr thespian-director --port "$port" list
	[ "$status" -eq 1 ]
	[[ $stderr == *"2 callers are connected already"* ]]
	kill "$other"
	exec 7>&-
	wait
	shell -c status > /dev/null
}
