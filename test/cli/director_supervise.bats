#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load common
setup() {
	tsp_setup
	make_key alice
	write_source src Greeter one
	write_group hello Greeter Greeter
	thespian-director gensrc --key alice.sec --version 1 hello src > /dev/null
	thespian-director load hello > /dev/null
}
teardown() { tsp_teardown; }

pid_of() {
	thespian-shell -p "$port" --json -c actors | jq -r ".actors[] | select(.class == \"$1\") | .pid"
}

own_address() {
	thespian-director --json list | jq -r '.groups[0].versions[0].actors[0].own_address."$address"'
}

@test "F135: an actor that is killed is started again, and its name loses no message" {
	old=$(own_address)
	kill -9 "$(pid_of Greeter)"
	run thespian-shell -p "$port" --json -c 'ask Greeter "who"'
	[ "$status" -eq 0 ]
	json '.from == "one"'
	[ "$(own_address)" != "$old" ]
	run thespian-director --json list
	json '.groups[0].versions[0].actors[0].restarts == 1'
}

@test "F179: one that exits too often is given up, visibly, until the next load" {
	for _ in 1 2 3 4 5 6; do
		wait_until 6 test -n "$(pid_of Greeter)"
		old=$(pid_of Greeter)
		kill -9 "$old"
		settled() {
			local now
			now=$(pid_of Greeter)
			[ "$now" != "$old" ] && { [ -n "$now" ] || thespian-director list | grep -q 'given up'; }
		}
		wait_until 8 settled
	done
	run thespian-director --json list
	json '.groups[0].versions[0].actors[0].state == "given up"'
	run thespian-director status
	[[ "$output" == *"an actor is given up"* ]]
	run thespian-shell -p "$port" -c 'ask Greeter "who"'
	[ "$status" -eq 1 ]
	thespian-director load hello
	run thespian-shell -p "$port" --json -c 'ask Greeter "who"'
	json '.from == "one"'
}

@test "the Director and the authority are killed: what was started goes on, and loads work" {
	old=$(own_address)
	kill -9 "$(pid_of Director)" "$(pid_of Authority)"
	run thespian-director --json list
	[ "$status" -eq 0 ]
	json --arg a "$old" '.groups[0].versions[0].actors[0].own_address."$address" == $a'
	write_source src2 Greeter two
	thespian-director gensrc --key alice.sec --version 2 hello src2
	thespian-director load hello
	run thespian-shell -p "$port" --json -c 'ask Greeter "who"'
	json '.from == "two"'
}

@test "an actor that dies while the Director is away is started again" {
	director=$(pid_of Director)
	greeter=$(pid_of Greeter)
	kill -9 "$director" "$greeter"
	run thespian-director list
	[ "$status" -eq 0 ]
	run thespian-shell -p "$port" --json -c 'ask Greeter "who"'
	[ "$status" -eq 0 ]
	json '.from == "one"'
}
