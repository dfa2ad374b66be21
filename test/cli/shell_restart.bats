#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# restart: an actor is ended and comes back, by whoever made it.
# shellcheck disable=SC2154,SC2016 # common sets them; $ is JSON

load common
load mend

setup() { mend_setup; }
teardown() { mend_teardown; }

pid_of() {
	sh --json -c "ask $1 Who {}" | jq -e .pid
}

@test "what the shell created is created again, under its name and with its requirements" {
	sh -c 'capability Disk true' -c 'create mend:Worker --name Worker --requires {"Disk": true}'
	local old
	old=$(pid_of Worker)
	run --separate-stderr sh -c 'restart Worker'
	[ "$status" -eq 0 ]
	[[ ${lines[0]} =~ ^'#'[0-9]+' @'[0-9a-f]+\.[0-9a-f]+$ ]]
	[[ ${lines[1]} =~ ^'#'[0-9]+' @'[0-9a-f]+\.[0-9a-f]+' Worker'$ ]]
	[ "${lines[0]#* }" != "${lines[1]#* }" ]
	[ "$(pid_of Worker)" -ne "$old" ]
	run --separate-stderr sh --json -c 'ask Worker Who {}'
	json '.required.Disk == true'
	run --separate-stderr sh --json -c 'restart Worker --force'
	[ "$status" -eq 0 ]
	json '.by == "system" and .name == "Worker" and .address != .successor'
	holds status '.counters.restarts == 2'
}

@test "one without a name is restarted by its number" {
	run --separate-stderr sh --json -c 'create mend:Worker' -c 'restart #1' -c 'ask #2 Who {}' -c 'ask #1 Who {}'
	[ "$status" -eq 1 ]
	json -s '.[1].by == "system" and .[1].name == null and .[2].pid > 0 and length == 3'
	run --separate-stderr sh -c 'restart @1.2'
	[ "$status" -eq 1 ]
	run --separate-stderr sh -c 'restart Nobody'
	[ "$status" -eq 1 ]
}

is_stuck() {
	holds actors '.actors[] | select(.name == "Worker") | .busy'
}

@test "a stuck one is ended after the grace, and what waits at its name is for the next" {
	sh -c 'create mend:Worker --name Worker' -c 'tell Worker Stuck {}' > /dev/null
	wait_until 5 is_stuck
	run --separate-stderr sh --timeout 20 -c 'restart Worker'
	[ "$status" -eq 0 ]
	pid_of Worker
	sh -c 'tell Worker Stuck {}'
	wait_until 5 is_stuck
	run --separate-stderr sh --timeout 4 -c 'restart Worker --force'
	[ "$status" -eq 0 ]
	pid_of Worker
}

@test "a child is for its parent, and that nobody came is a verdict" {
	sh -c 'create mend:Worker --name Mother' -c 'ask Mother Make {}' > /dev/null
	child=$(sh --json -c actors | jq -r '.actors[] | select(.name == null) | .number // .address')
	run --separate-stderr sh --timeout 1 -c "restart $child"
	[ "$status" -eq 1 ]
	[[ $stderr == *"its parent "*" decides, and nobody came in its place in time"* ]]
	pid_of Mother
}

# Hosts are shared when there are as many as cores.
is_shared() {
	sh -c 'create mend:Shared' > /dev/null
	holds actors '[.actors[].host] as $hosts | .actors[] | select(.name == "One") | .host as $host | ($hosts | map(select(. == $host)) | length) > 1'
}

@test "others in the same host are not ended by the way" {
	sh -c 'create mend:Shared --name One' -c 'create mend:Shared --name Two'
	wait_until 60 is_shared
	run --separate-stderr sh -c 'restart One'
	[ "$status" -eq 5 ]
	[[ $stderr == *"other actor"*"in the same host would end with it"*"--force ends them too"* ]]
	pid_of Two
	run --separate-stderr sh -c 'restart One --force'
	[ "$status" -eq 0 ]
	pid_of One
}

@test "what the Director started comes back under its name" {
	sh -c stop
	make_key alice
	write_source src Greeter one
	write_group hello Greeter Greeter
	thespian-director gensrc --key alice.sec --version 1 hello src > /dev/null
	thespian-director load hello > /dev/null
	run --separate-stderr sh --json -c 'restart Greeter'
	[ "$status" -eq 0 ]
	json '.by == "parent" and .name == "Greeter" and .address != .successor'
	holds 'ask Greeter who' '.from == "one"'
	run thespian-director --json list
	json '.groups[0].versions[0].actors[0].restarts == 1'
	run --separate-stderr sh --json -c 'restart Director'
	[ "$status" -eq 0 ]
	json '.name == "Director"'
	thespian-director list
}
