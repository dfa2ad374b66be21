#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# kill -9 of the Director's or the authority's host: back within 2 s, and what the Director had started goes on.
# shellcheck disable=SC2154 # common sets them

load common

setup() {
	tsp_setup
	make_key alice
	thespian-director gensrc --key alice.sec --version 1 hello "$TSP_SRCDIR/share/example/hello" > /dev/null
	write_group hello Greeter Greeter
	thespian-director load hello > /dev/null
}
teardown() { tsp_teardown; }

shell() {
	thespian-shell -p "$port" "$@" 3>&-
}

pid_of() {
	shell --json -c actors | jq -r ".actors[] | select(.class == \"$1\") | .pid"
}

greeted() {
	shell --json -c 'ask Greeter "Ada"' | jq .value.nth
}

# is_back CLASS PID: it runs in another process.
is_back() {
	local now
	now=$(pid_of "$1")
	[ -n "$now" ] && [ "$now" != "$2" ]
}

@test "the Director is back within 2 s; its actors keep their state, and are watched as before" {
	[ "$(greeted)" -eq 1 ]
	old=$(pid_of Director)
	greeter=$(pid_of Greeter)
	start=$(now_ms)
	kill -9 "$old"
	[ "$(greeted)" -eq 2 ]
	run thespian-director --json --timeout 5 list
	took=$(($(now_ms) - start))
	echo "# the Director answers after $took ms" >&3
	[ "$status" -eq 0 ]
	[ "$took" -lt 2000 ]
	is_back Director "$old"
	[ "$(pid_of Greeter)" = "$greeter" ]
	knows() {
		thespian-director --json list | jq -e '.groups[0].versions[0].actors[0] | .state == "running" and .name == "Greeter"'
	}
	wait_until 2 knows
	kill -9 "$greeter"
	again() { [ "$(greeted)" = 1 ]; }
	wait_until 2 again
}

@test "W31: the authority is back within 2 s, and a load that came meanwhile is not lost" {
	old=$(pid_of Authority)
	thespian-director gensrc --key alice.sec --version 2 hello "$TSP_SRCDIR/share/example/hello" > /dev/null
	kill -9 "$old"
	start=$(now_ms)
	run thespian-director load hello
	echo "# loaded after $(($(now_ms) - start)) ms" >&3
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == "loaded hello 2 "* ]]
	is_back Authority "$old"
	[ "$(($(now_ms) - start))" -lt 3000 ]
}

@test "a load under way when the Director dies is asked of the next one, and ends" {
	thespian-director gensrc --key alice.sec --version 2 hello "$TSP_SRCDIR/share/example/hello" > /dev/null
	authority=$(pid_of Authority)
	kill -STOP "$authority"
	thespian-director load hello > out 2>&1 3>&- &
	load=$!
	sleep 0.5
	kill -9 "$(pid_of Director)"
	sleep 0.2
	kill -CONT "$authority"
	start=$(now_ms)
	status=0
	wait "$load" || status=$?
	cat out
	[ "$status" -eq 0 ]
	[ $(($(now_ms) - start)) -lt 5000 ]
	grep -q '^loaded hello 2 ' out
	run shell --json -c 'ask Greeter "Ada"'
	[ "$status" -eq 0 ]
}
