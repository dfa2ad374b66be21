#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# share/example/pool: a troupe, from one line in a class.
# shellcheck disable=SC2154,SC2016,SC2317 # example sets them; $ is JSON; called by name

load common
load example

setup() {
	example_setup
	deploy pool
}
teardown() { tsp_teardown; }

@test "F157: pool: whoever sends to the leader is answered by a worker" {
	run shell_json 'ask Primes Count {"below": 1000}'
	json '.value.below == 1000 and .value.primes == 168'
	worker=$(jq .value.pid <<< "$output")
	leader=$(thespian-shell -p "$port" --json -c actors 3>&- | jq '.actors[] | select(.name == "Primes").pid')
	[ "$worker" -ne "$leader" ]
}

@test "F157: pool: eight jobs at once are done by more than one worker, and by four at most" {
	waiting=()
	for i in {1..8}; do
		shell_json 'ask Primes Count {"below": 600000}' > "job.$i" &
		waiting+=($!)
	done
	wait "${waiting[@]}"
	[ "$(jq -cs '[length, (map(.value.primes) | unique)]' job.*)" = '[8,[49098]]' ]
	workers=$(jq -s 'map(.value.pid) | unique | length' job.*)
	[ "$workers" -ge 2 ]
	[ "$workers" -le 4 ]
	run shell 'ask Primes "troupe:status?"'
	[[ $output == *'Max=4'* ]]
}

@test "F157: pool: work in several steps is not disturbed by other work" {
	waiting=()
	for i in {1..8}; do
		shell_json 'ask Primes Trial {"number": 1000003, "pause_ms": 5}' > "job.$i" &
		waiting+=($!)
	done
	wait "${waiting[@]}"
	[ "$(jq -cs '[length, (map(.value.divisor) | unique)]' job.*)" = '[8,[1000003]]' ]
	[ "$(shell_json 'ask Primes Trial {"number": 91}' | jq .value.divisor)" = 7 ]
}

@test "pool: what a worker cannot do comes back to who asked, and the pool goes on" {
	run shell 'ask Primes Count {"below": -1}'
	[ "$status" -eq 1 ]
	[[ $output == *'below must be from 0'* ]]
	run shell_json 'ask Primes Count {"below": 10}'
	json '.value.primes == 4'
}
