#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# poison: what handlers failed at is found, looked at, and retried once they are healed.
# shellcheck disable=SC2154,SC2016 # common sets them; $ is JSON

load common
load mend

setup() { mend_setup; }
teardown() { mend_teardown; }

@test "a poison message is found, shown, and taken by the healed actor" {
	sh -c 'create mend:Worker --name Worker'
	run --separate-stderr sh -c 'poison'
	[ "$status" -eq 0 ]
	[ "$output" = 'no poison messages' ]
	sh -c 'ask Worker Order {"n": 7}' || true
	run --separate-stderr sh --json -c poison
	[ "$status" -eq 0 ]
	json '.messages | length == 1'
	json '.messages[0] | .class == "Worker" and .type == "Order" and .outcome == "failed" and .tried == 2 and
		.kept and .size > 0 and (.details | startswith("not healed yet"))'
	id=$(jq '.messages[0].id' <<< "$output")
	run --separate-stderr sh -c 'poison list'
	[[ ${lines[0]} == *TYPE*DETAILS* ]]
	[[ ${lines[1]} == *Order*failed*"not healed yet"* ]]
	run --separate-stderr sh -c "poison show $id"
	[ "$status" -eq 0 ]
	[[ $output == *$'\n  not healed yet\n    at order()\n'* ]]
	[[ $output == *'"n": 7'* ]]
	[[ $output != *$'\e'* ]]
	run --separate-stderr sh -c "poison retry $id"
	[ "$status" -eq 1 ]
	[[ $output == PoisonMessage* ]]
	holds poison ".messages[0] | .id == $id and .tried == 4 and .sent == 1"
	touch healed
	run --separate-stderr sh --json -c "poison retry $id"
	[ "$status" -eq 0 ]
	json '.outcome == "answered" and .answer.done == 7'
	holds poison '.messages == []'
	run --separate-stderr sh -c "poison retry $id"
	[ "$status" -eq 1 ]
	[[ $stderr == "thespian-shell: cannot send poison message '$id': it is not kept, or not any more"* ]]
}

@test "a crash says how the host ended, and the message can go to another" {
	sh -c 'create mend:Worker --name Worker' -c 'create mend:Worker --name Other'
	sh -c 'ask Worker Crash {}' || true
	run --separate-stderr sh -c 'poison show 1'
	[ "$status" -eq 0 ]
	[[ $output == *crashed* && $output == *'killed by signal 9 (Killed)'* ]]
	run --separate-stderr sh -c 'poison retry 1'
	[ "$status" -eq 1 ]
	[[ $stderr == *'nobody holds that name'* && $stderr == *'hint: --to'* ]]
	run --separate-stderr sh -c 'poison retry 1 --to Other'
	[ "$status" -eq 1 ]
	holds poison '.messages[0] | .id == 1 and .tried == 2 and .outcome == "crashed"'
	run --separate-stderr sh -c 'poison drop 1'
	[ "$output" = '1 poison message dropped' ]
	holds poison '.messages == []'
}

@test "poison between actors of a shared host, and in the simple base, is kept too" {
	sh -c 'create mend:Shared --name Mother' -c 'ask Mother Make {}' -c 'ask Mother Send {"to": {"$address": "#2"}}'
	wait_until 5 holds poison '.messages[0] | .class == "Shared" and .type == "Order"'
	touch healed
	run --separate-stderr sh -c 'poison retry 1'
	[ "$status" -eq 0 ]
	[[ $output == *'"done": 1'* ]]
	rm healed
	run --separate-stderr sh --json -c 'start simpleSystemBase' -c 'create mend:Worker' -c 'tell #1 Order {"n": 3}' \
		-c 'poison'
	[ "$status" -eq 0 ]
	json -s '.[-1].messages[0] | .type == "Order" and .class == "Worker"'
}

@test "all are retried, and what fails again is said in part" {
	sh -c 'create mend:Worker --name Worker' -c 'create mend:Worker --name Other'
	for n in 1 2 3; do sh -c "ask Worker Order {\"n\": $n}" || true; done
	run --separate-stderr sh --json -c 'poison retry --all'
	[ "$status" -eq 1 ]
	json '.sent == 0 and .failed == 3 and (.messages[0].answer | startswith("not healed"))'
	touch healed
	sh -c 'ask Other Crash {}' || true
	run --separate-stderr sh --json -c 'poison retry --all'
	[ "$status" -eq 7 ]
	json '.sent == 3 and .failed == 1 and [.messages[] | select(.outcome == "answered") | .answer.done] == [1, 2, 3]'
	holds poison '[.messages[].type] == ["Crash"]'
	holds status '.counters.poison_kept == 1'
}

@test "wrong usage is said" {
	for line in 'poison eat 1' 'poison show' 'poison show x' 'poison show 0' 'poison list 1' 'poison retry' \
		'poison retry 1 --all' 'poison drop 1 --to Worker' 'poison show 1 --as-sender' 'poison list --all' \
		'poison show 99999999999999999999'; do
		run --separate-stderr sh -c "$line"
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[[ ${stderr_lines[0]} == "thespian-shell: cannot run 'poison"* ]]
	done
	run --separate-stderr sh -c 'poison show 9'
	[ "$status" -eq 1 ]
}
