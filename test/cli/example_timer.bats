#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# share/example/timer: many wake-ups with payloads, and what is pending survives a new version.
# shellcheck disable=SC2154,SC2016 # example sets them; $ is JSON

load common
load example

setup() {
	example_setup
	deploy timer
}
teardown() { tsp_teardown; }

texts() {
	jq -rs 'map(select(."$type" == "Reminder").value.text) | join(" ")'
}

@test "timer: an ask waits until it rings" {
	run shell 'ask Reminder Remind {"after_ms": 100, "text": "tea"}'
	[ "$status" -eq 0 ]
	[[ $output == 'Reminder {'*'"text": "tea"'* ]]
}

@test "F166: timer: several at once ring in the order of their times, each with its own payload" {
	run shell_json 'tell Reminder Remind {"after_ms": 900, "text": "last"}' \
		'tell Reminder Remind {"after_ms": 300, "text": "first"}' \
		'tell Reminder Remind {"after_ms": 600, "text": "second"}' listen listen listen
	[ "$(texts <<< "$output")" = "first second last" ]
	run jq -se 'map(.value.late_ms // empty) | length == 3 and all(. >= 0)' <<< "$output"
	[ "$status" -eq 0 ]
}

@test "timer: what was cancelled does not ring" {
	run shell_json 'tell Reminder Remind {"after_ms": 400, "text": "not this"}' \
		'tell Reminder Remind {"after_ms": 900, "text": "this"}' \
		'ask Reminder Cancel {"text": "not this"}' 'ask Reminder Pending {}' listen
	[ "$(jq -rs 'map(select(."$type" == "Cancelled").value.count) | join(" ")' <<< "$output")" = 1 ]
	[ "$(jq -rs 'map(select(."$type" == "Pending").value | map(.text) | join(",")) | join(" ")' <<< "$output")" = this ]
	[ "$(texts <<< "$output")" = this ]
}

@test "timer: what is pending is handed over to the next version, and rings once" {
	shell_json 'tell Reminder Remind {"after_ms": 9000, "text": "tea"}' \
		'tell Reminder Remind {"after_ms": 12000, "text": "end"}' listen listen > rung &
	session=$!
	both() { [ "$(shell_json 'ask Reminder Pending {}' | jq '.value | length')" = 2 ]; }
	wait_until 10 both
	deploy timer 2
	[ ! -s rung ]
	wait_until 10 both # of version 2: the name is its own
	old=$(thespian-director --json list timer | jq -r '.groups[0].versions[1].actors[0].own_address["$address"]')
	gone() { [ "$(shell_json "ask $old Pending {}" | jq '.value | length')" = 0 ]; }
	wait_until 10 gone
	wait_until 20 test -s rung
	thespian-director unload timer@1
	wait "$session"
	[ "$(texts < rung)" = "tea end" ]
}

@test "timer: a Remind without a time comes back with the reason" {
	run shell 'ask Reminder Remind {"text": "tea"}'
	[ "$status" -eq 1 ]
	[[ $output == *'a Remind needs after_ms'* ]]
}
