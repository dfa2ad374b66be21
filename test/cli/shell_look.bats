#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the shell shows of a system that somebody has to understand: top, waits, log, tree.
# shellcheck disable=SC2154,SC2016 # common sets them; $ is JSON

bats_require_minimum_version 1.5.0

load common
load look

setup() { look_setup; }
teardown() { look_teardown; }

waits() {
	shell --json -c waits | jq -e "$1" > /dev/null
}

@test "top --once: a mailbox that grows stands above all, in the table and in the one JSON document" {
	actor Quick
	actor Stuck
	actor Other
	shell -c 'tell Stuck Sleep {"ms": 60000}' -c 'tell Stuck 1' -c 'tell Stuck 2' -c 'tell Stuck 3'
	run --separate-stderr shell --json -c 'top --every 0.2'
	[ "$status" -eq 0 ]
	[ "$(jq -s length <<< "$output")" -eq 1 ]
	json '.actors[0] | .name == "Stuck" and .mailbox == 4 and .busy and .in_work == "Sleep" and .oldest_ms > 0'
	json '.sort == "mailbox" and (.rate | type) == "number" and .every_ms == 200'
	json '.actors[] | select(.name == "Quick") | .mailbox == 0 and .memory > 0 and .rate == 0'
	run --separate-stderr shell -c 'top --once --every 0.2'
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == ADDRESS*CLASS*MAILBOX* ]]
	[[ ${lines[1]} == *Stuck* ]]
	[[ ${lines[1]} == *Sleep* ]]
	# without a terminal it is one table as well
	run --separate-stderr shell -c 'top --every 0.1'
	[ "$status" -eq 0 ]
	[[ ${lines[1]} == *Stuck* ]]
}

@test "top --once counts messages a second and the time of the processor" {
	actor Quick
	thespian-shell -p "$port" -c 'repeat 0 0.01 tell Quick 1' > told 3>&- &
	pid=$!
	rated() {
		shell --json -c 'top --every 0.5' | jq -e '.actors[] | select(.name == "Quick") | .rate > 0 and .handled > 0 and .cpu > 0'
	}
	wait_until 30 rated
	kill "$pid"
	wait "$pid" || true
}

@test "top sorts by what is asked for, and says what there is" {
	run ! --separate-stderr shell -c 'top --once --sort size'
	[ "$status" -eq 2 ]
	[[ $stderr == "thespian-shell: cannot sort by 'size': it is none of mailbox, oldest, rate, cpu, memory, restarts"* ]]
	run ! --separate-stderr shell -c 'top --every 0'
	[ "$status" -eq 2 ]
	actor One
	actor Two
	actor Three
	shell --json -c 'top --every 0.1 --sort memory' | jq -e '[.actors[].memory] as $m | ($m | length) >= 3 and $m == ($m | sort | reverse)'
}

@test "hostile names reach no terminal as they are" {
	name=$'evil\u202ename'
	printf 'create look:Looked --name "%s"\n' "$name" | shell
	shell -c 'top --once --every 0.1' > table
	grep -q 'evil' table
	run ! grep -q "$name" table
	run ! grep -q $'\033' table
	shell --json -c 'top --every 0.1' | jq -e --arg name "$name" '.actors[] | select(.name == $name)'
}

@test "waits: two actors that ask each other from their handlers are a circle; killing one ends it" {
	actor First
	actor Second
	shell -c "tell First Ask {\"port\": $port, \"name\": \"Second\"}" -c 'tell Second Sleep {"ms": 300}' \
		-c "tell Second Ask {\"port\": $port, \"name\": \"First\"}"
	wait_until 20 waits '.circles == 1'
	run --separate-stderr shell --json -c waits
	[ "$status" -eq 0 ]
	json '[.waits[] | select(.circle == 1)] | length == 2'
	json '[.waits[].waiter_name] | sort == ["First", "Second"]'
	json '.waits[] | select(.waiter_name == "First") | .name == "Second" and .state == "waiting" and .wait_ms >= 0'
	run --separate-stderr shell -c waits
	[[ $output == *"1 circle: each of it waits for the next, and none will get an answer; 'kill' one of them"* ]]
	[[ $output == *First*Second* ]]
	shell -c 'kill First --force'
	wait_until 20 waits '.circles == 0 and .wait_count == 0'
	run --separate-stderr shell -c waits
	[ "$output" = "nobody waits in an ask, and nothing is held up" ]
}

@test "waits: who asks from outside, what stands in its way, and where the question is" {
	actor Stuck
	actor Silent
	actor Later
	shell -c 'tell Stuck Sleep {"ms": 60000}'
	(shell --timeout 30 -c 'ask Stuck hello' || true) > /dev/null 2>&1 3>&- &
	thespian-shell -p "$port" --timeout 60 -c 'ask Silent Mute {}' > /dev/null 2>&1 3>&- &
	silent=$!
	(shell --timeout 30 -c 'ask Later Defer {}' || true) > /dev/null 2>&1 3>&- &
	wait_until 20 waits '.wait_count == 3 and ([.waits[].state] | sort) == ["handled", "kept", "waiting"]'
	run --separate-stderr shell --json -c waits
	json '.waits[] | select(.name == "Stuck") | .waiter == null and .pid > 0 and .circle == 0'
	json '.held | map({(.name): {behind, kept}}) | add == {"Stuck": {"behind": 1, "kept": 0}, "Later": {"behind": 0, "kept": 1}}'
	shell -c 'kill Stuck --force' -c 'kill Silent --force' -c 'kill Later --force'
	kill -KILL "$silent" # what was handled nobody will answer: only the one who asks can give up
	wait_until 20 waits '.wait_count == 0'
	wait
}

@test "an ask whose time is over, or whose caller is killed, is none" {
	actor Silent
	run ! shell --timeout 0.2 -c 'ask Silent Mute {}'
	wait_until 5 waits '.wait_count == 0'
	shell --timeout 60 -c 'ask Silent Mute {}' > /dev/null 2>&1 3>&- &
	pid=$!
	wait_until 20 waits '.wait_count == 1'
	kill -KILL "$pid" $(pgrep -P "$pid") || true
	wait_until 20 waits '.wait_count == 0'
}

@test "log: what an actor says, as it comes, below the level of the system's log, too" {
	actor Talker
	actor Other
	shell -c 'log Talker --level debug --for 60' > heard 2>&1 3>&- &
	pid=$!
	followed() {
		shell -c 'ask Talker Log {"level": "debug", "text": "marked one"}' > /dev/null
		grep -q 'marked one' heard
	}
	wait_until 20 followed
	shell -c 'ask Other Log {"level": "error", "text": "by another"}' \
		-c 'ask Talker Log {"level": "error", "text": "red \u001b[31m alert\nnew line"}'
	wait_until 20 grep -q alert heard
	grep -qE '^[0-9:.]+ debug +#[0-9]+ (look:)?Looked marked one$' heard
	grep -qF 'red \x1b[31m alert\x0anew line' heard
	run ! grep -q 'by another' heard
	kill -INT "$pid" 2> /dev/null || true
	kill "$pid" 2> /dev/null || true
	wait "$pid" || true
}

@test "log: a class, the system itself, one JSON document, and what is refused" {
	actor Talker
	thespian-shell -p "$port" --json -c 'log --class Looked --for 3' > class.json 3>&- &
	of_class=$!
	thespian-shell -p "$port" --json -c 'log #0 --for 3' > system.json 3>&- &
	of_system=$!
	for ((i = 0; i < 1000; i++)); do # as long as somebody listens
		kill -0 "$of_class" 2> /dev/null || kill -0 "$of_system" 2> /dev/null || break
		shell -c 'ask Talker Log {"level": "warning", "text": "of the class"}' > /dev/null
		actor "Born$i"
	done
	wait
	jq -e '[.records[] | select(.text == "of the class" and .level == "warning")] | length > 0' class.json
	jq -e '.skipped == 0 and (.records | length > 0)' system.json
	jq -e '[.records[] | select(.text == "of the class")] | length == 0' system.json
	run ! --separate-stderr shell --json -c 'log Talker'
	[ "$status" -eq 2 ]
	run ! --separate-stderr shell -c 'log Talker --level loud --for 1'
	[[ $stderr == *"the level is none of debug, info, warning, error, critical"* ]]
	run ! --separate-stderr shell -c 'log Nobody --for 1'
	[[ $stderr == *"the actor is dead"* ]]
}

@test "log: Ctrl-C ends it, the sums and the reason are said, in JSON in the one document" {
	actor Talker
	local form
	for form in '' --json; do
		# shellcheck disable=SC2086 # none or one
		thespian-shell -p "$port" $form -c 'log Talker --for 60' -c 'assert .reason interrupt' > heard 2> errors 3>&- &
		pid=$!
		caught() { [ "$(($(sed -n 's/^SigCgt:\t.*\(.\)$/0x\1/p' "/proc/$pid/status") & 2))" -eq 2 ]; }
		wait_until 10 caught
		kill -INT "$pid"
		wait "$pid"
		if [ -z "$form" ]; then
			grep -qE '^0 records, 0 left out \(interrupt\)$' heard
		else
			jq -es '.[0] == {"records": [], "count": 0, "skipped": 0, "reason": "interrupt"}' heard
		fi
	done
}

@test "log: of a flood the follower gets what is bounded, and the count of the rest" {
	actor Talker
	thespian-shell -p "$port" --json -c 'log Talker --for 6' > flood.json 3>&- &
	follower=$!
	while kill -0 "$follower" 2> /dev/null; do # for its six seconds
		shell -c 'ask Talker Log {"level": "error", "text": "flood", "count": 3000}'
	done
	wait
	jq -e '.records | length < 8000 and length > 100' flood.json
	jq -e '.skipped > 0 or ([.records[] | select(.text | test("suppressed"))] | length > 0)' flood.json
}

@test "tree: state, mailbox and what is in work" {
	actor Parent
	shell -c 'tell Parent Sleep {"ms": 60000}' -c 'tell Parent 1'
	is_busy() { shell --json -c actors | jq -e '.actors[] | select(.name == "Parent") | .busy'; }
	wait_until 10 is_busy
	run --separate-stderr shell -c tree
	[[ $output =~ Parent,\ busy\ since\ [0-9.]+\ s\ Sleep,\ mailbox\ 2 ]]
	run --separate-stderr shell --json -c 'tree Parent'
	json '.actors[0] | .mailbox == 2 and .version == null and .state == "running" and .handled == 0'
}

@test "status --watch is for a terminal" {
	run ! --separate-stderr shell -c 'status --watch'
	[ "$status" -eq 2 ]
	[[ $stderr == *"cannot watch the status: there is no terminal"* ]]
	run ! --separate-stderr shell --json -c 'status --watch'
	[ "$status" -eq 2 ]
}
