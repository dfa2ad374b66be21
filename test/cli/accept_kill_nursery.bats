#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# kill -9 of a nursery, the bare one or a source's: no actor is lost, and new ones are created again.
# shellcheck disable=SC2154 # common sets them

load common

setup() {
	tsp_setup
	own_builds
	make_key alice
	write_source src Greeter one
	write_group hello Greeter Greeter
	thespian-director gensrc --key alice.sec --version 1 hello src > /dev/null
	thespian-director load hello > /dev/null
	hash=$(thespian-director --json list | jq -r '.groups[0].versions[0].hash')
	number=$(own_address)
	director=$(pid_of Director)
}
teardown() { tsp_teardown; }

shell() {
	thespian-shell -p "$port" "$@" 3>&-
}

own_address() {
	thespian-director --json list | jq -r '.groups[0].versions[0].actors[0].own_address."$address"'
}

pid_of() {
	shell --json -c actors | jq -r ".actors[] | select(.class == \"$1\") | .pid"
}

parent_of() {
	awk '{ sub(/.*\) /, ""); print $2 }' "/proc/$1/stat"
}

# Process ids of the nurseries that have $1 in their title: "nursery" for the bare one, or a module's path.
nurseries() {
	local pid
	for pid in $(tsp_processes thespian-host); do
		if grep -qa "^thespian-host: [^ ]*$1" "/proc/$pid/cmdline"; then
			echo "$pid"
		fi
	done
}

bare_nursery() {
	nurseries nursery
}

still_there() {
	[ "$(own_address)" = "$number" ]
	[ "$(pid_of Director)" = "$director" ]
	run shell --json -c 'ask Greeter "who"'
	[ "$status" -eq 0 ]
	json '.from == "one"'
}

creates() {
	shell -c "create Greeter --source $hash"
}

loads() {
	write_source src2 Greeter two
	thespian-director gensrc --key alice.sec --version 2 hello src2
	thespian-director load hello
	run shell --json -c 'ask Greeter "who"'
	json '.from == "two"'
}

@test "the bare nursery is killed: actors go on, within 2 s new ones are created and packages built" {
	bare=$(bare_nursery)
	[ "$(wc -w <<< "$bare")" -eq 1 ]
	kill -9 "$bare"
	still_there
	wait_until 2 creates
	loads
	[ "$(bare_nursery)" != "$bare" ]
	kill -9 "$(pid_of Greeter | head -n 1)"
	run shell --json -c 'ask Greeter "who"'
	thespian-director shutdown
	no_processes
}

@test "a source's nursery is killed: its actors go on, within 2 s it creates new ones" {
	nursery=$(parent_of "$(pid_of Greeter)")
	[ "$nursery" = "$(nurseries "$dir/cache/")" ]
	kill -9 "$nursery"
	still_there
	wait_until 2 creates
	kill -9 "$(pid_of Greeter | head -n 1)"
	again() { shell --json -c 'ask Greeter "who"' | jq -e '.from == "one"'; }
	wait_until 2 again
	loads
}

@test "nurseries are killed again and again: no actor is lost by it" {
	for _ in 1 2 3; do
		# shellcheck disable=SC2046 # several words
		kill -9 $(nurseries nursery) $(nurseries /)
		still_there
		wait_until 4 creates
	done
	thespian-director shutdown
	no_processes
}
