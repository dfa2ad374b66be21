#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# dead: what reached nobody is kept within bounds, shown, and sent again.
# shellcheck disable=SC2154,SC2016 # common sets them; $ is JSON

load common
load mend

setup() { mend_setup; }
teardown() { mend_teardown; }

# Has Sender send to the name Late, which nobody holds: $1 are further members of Send.
send_late() {
	local late
	sh -c 'create mend:Worker --name Sender' > /dev/null
	late=$(sh --json -c 'create mend:Worker --name Late' | jq -r .address)
	sh -c 'kill Late --force' > /dev/null
	wait_until 5 holds actors '[.actors[].name] == ["Sender"]'
	sh -c "ask Sender Send {\"to\": {\"\$address\": \"$late\"}$1}" > /dev/null
}

@test "dead letters are listed and re-sent: the answer is shown, what was taken is kept no more" {
	send_late ', "count": 2'
	run --separate-stderr sh --json -c dead
	[ "$status" -eq 0 ]
	json '[.messages[].id] == [1, 2] and .messages[0].reason == "nobody holds that name" and .messages[0].type == "Order"'
	run --separate-stderr sh -c 'dead send 1'
	[ "$status" -eq 1 ]
	[[ $stderr == "thespian-shell: cannot send dead letter '1': nobody holds that name"* ]]
	holds dead '[.messages[] | [.id, .sent]] == [[1, 1], [2, 0]]'
	touch healed
	sh -c 'create mend:Worker --name Late'
	run --separate-stderr sh -c 'dead send 1'
	[ "$status" -eq 0 ]
	[[ $output == *'"done": 1'* ]]
	holds dead '[.messages[].id] == [2]'
	run --separate-stderr sh --json -c 'dead send --all'
	[ "$status" -eq 0 ]
	json '.sent == 1 and .messages[0].answer.done == 2'
	run --separate-stderr sh -c dead
	[ "$output" = 'no dead letters' ]
}

@test "one that is not answered is handled, one that fails is poison, one may go to another" {
	send_late ', "count": 1, "quiet": true'
	sh -c 'create mend:Worker --name Other' > /dev/null
	run --separate-stderr sh -c 'dead send 1 --to Other'
	[ "$status" -eq 0 ]
	[ "$output" = handled ]
	sh -c 'ask Sender Send {"to": {"$address": "@1.2"}}' > /dev/null
	id=$(sh --json -c dead | jq '.messages[0].id')
	run --separate-stderr sh -c "dead send $id --to Other"
	[ "$status" -eq 1 ]
	holds dead '.messages == []'
	holds poison "[.messages[].id] | contains([$id])"
}

@test "as from its sender it goes to its own target, and the sender gets the answer" {
	send_late ''
	sh -c 'create mend:Worker --name Late' > /dev/null
	run --separate-stderr sh -c 'dead send 1 --as-sender --to Sender'
	[ "$status" -eq 5 ]
	run --separate-stderr sh --json -c 'dead send 1 --as-sender'
	[ "$status" -eq 0 ]
	json '.id == 1'
	holds dead '.messages == []'
	sender=$(sh --json -c 'dead' -c 'actors' | jq -rs '.[1].actors[] | select(.name == "Sender") | .address')
	wait_until 5 holds poison ".messages[0] | .from == \"$sender\""
}

@test "of 300 letters the oldest fall out and are counted, of large ones those past 4 MiB, bodies past 256 KiB" {
	send_late ', "count": 300'
	holds dead '(.messages | length) == 256 and .fallen_out == 44 and .messages[0].id == 45 and .messages[255].id == 300'
	holds status '.counters.dead_kept == 256 and .counters.dead_fallen_out == 44'
	run --separate-stderr sh -c dead
	[ "${lines[-1]}" = '44 more fell out, the oldest first' ]
	run --separate-stderr sh -c 'dead drop --all'
	[ "$output" = '256 dead letters dropped' ]
	sh -c 'ask Sender Send {"to": {"$address": "@1.2"}, "count": 40, "size": 200000}' \
		-c 'ask Sender Send {"to": {"$address": "@1.2"}, "size": 5000000}' > /dev/null
	holds dead '(.messages | length) == 21 and .bytes <= 4194304'
	id=$(sh --json -c dead | jq '.messages[-1].id')
	holds "dead show $id" '(.kept | not) and .size > 5000000 and .body == null'
	run --separate-stderr sh -c "dead show $id"
	[[ $output == *'Body: too big, not kept'* ]]
	run --separate-stderr sh -c "dead send $id --to Sender"
	[ "$status" -eq 1 ]
	[[ $stderr == *'its body was too big to be kept'* ]]
}

@test "an ask that met nobody is not kept, a tell is" {
	sh -c 'ask Nobody hello' || true
	holds dead '.messages == []'
	sh -c 'tell Nobody hello'
	wait_until 5 holds dead '[.messages[].type] == ["text"]'
	run --separate-stderr sh -c 'dead show 1'
	[ "${lines[-1]}" = hello ]
}

@test "hostile types and bodies harm neither terminal nor document" {
	sh -c 'create mend:Worker --name Sender' -c 'ask Sender Hostile {"to": {"$address": "@1.2"}}' > /dev/null
	for line in dead 'dead show 1' 'dead send 1' 'dead send --all'; do
		run --separate-stderr sh -c "$line"
		[ "${#output}" -lt 3000 ]
		shown=$output$stderr
		run ! grep -q $'[\e\a\r]' <<< "$shown"
		sh --json -c "$line" 2> /dev/null | jq -es 'length <= 1' > /dev/null
	done
	holds 'dead show 1' '.body."$type" | length == 1000'
}
