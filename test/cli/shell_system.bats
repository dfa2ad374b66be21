#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# thespian-shell against a running system: every command of it, and every status but those of packages.
# shellcheck disable=SC2154,SC2016 # common sets them; $ is JSON

load common
load shell

setup() {
	tsp_setup
	shell_module
}
teardown() { shell_teardown; }

shell() {
	thespian-shell -p "$port" "$@" 3>&-
}

@test "start starts a system once, stop ends it" {
	run --separate-stderr shell -c start
	[ "$status" -eq 0 ]
	[[ $output =~ ^"system $port running, pid "[0-9]+$ ]]
	local pid=${output##* }
	kill -0 "$pid"
	run --separate-stderr shell --json -c start
	[ "$status" -eq 0 ]
	json ".pid == $pid and .port == $port"
	run --separate-stderr shell -c stop
	[ "$status" -eq 0 ]
	[ "$output" = 'system stopped' ]
	run --separate-stderr shell -c status
	[ "$status" -eq 3 ]
}

@test "F144: ask prints the answer: text as it is, values pretty, JSON with --json" {
	shell -c start -c 'create echo:Echo --name Greeter'
	run --separate-stderr shell -c 'ask Greeter "Ada"'
	[ "$status" -eq 0 ]
	[ "$output" = Ada ]
	run --separate-stderr shell -c 'ask Greeter bare words, it'\''s so'
	[ "$output" = "bare words, it's so" ]
	run --separate-stderr shell -c 'ask Greeter Greet {"name": "Ada"}'
	[ "${lines[0]}" = 'Greet {' ] || [ "$output" = 'Greet {"name": "Ada"}' ]
	run --separate-stderr shell --json -c 'ask Greeter Greet {"name": "Ada"}'
	[ "$status" -eq 0 ]
	json '."$type" == "Greet" and .value.name == "Ada"'
	run --separate-stderr shell --json -c 'ask Greeter [1, 2.0, null, true]'
	[ "$output" = '[1,2.0,null,true]' ]
}

@test "F142: numbers stand for addresses, in commands and in messages" {
	run --separate-stderr shell -c start -c 'create echo:Echo' -c 'ask #1 hello' -c 'ask #1 {"$address": "#1"}' \
		-c addresses
	[ "$status" -eq 0 ]
	[[ ${lines[1]} =~ ^'#1 @'[0-9a-f]+\.[0-9a-f]+$ ]]
	[ "${lines[2]}" = hello ]
	[[ ${lines[3]} == *"${lines[1]#\#1 }"* ]]
	run --separate-stderr shell -c 'ask #9 x'
	[ "$status" -eq 2 ]
	run --separate-stderr shell -c 'ask @zz x'
	[ "$status" -eq 2 ]
}

@test "a message that is almost JSON is an error, not a text" {
	shell -c start -c 'create echo:Echo --name Greeter'
	for message in '{"a": 1' '[1,]' '"open' 'Greet {"a" 1}' '{"a": 1, "a": 2}' '{"$address": "@"}' \
		$'"\xff"' "$(printf '[%.0s' {1..40})$(printf ']%.0s' {1..40})"; do
		run --separate-stderr shell -c "ask Greeter $message"
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[[ ${stderr_lines[0]} == "thespian-shell: cannot read "* ]]
	done
	run --separate-stderr shell -c 'tell Greeter PoisonMessage {}'
	[ "$status" -eq 5 ]
}

@test "no answer in time is status 4, poison is printed with status 1, the dead are status 1" {
	shell -c start -c 'create echo:Echo --name Greeter'
	run --separate-stderr shell --timeout 0.3 -c 'ask Greeter mute'
	[ "$status" -eq 4 ]
	[ -z "$output" ]
	run --separate-stderr shell --json -c 'ask Greeter fail'
	[ "$status" -eq 1 ]
	json '."$type" == "PoisonMessage" and (.value.details | contains("as it was told"))'
	run --separate-stderr shell --timeout 0.2 -c 'listen'
	[ "$status" -eq 4 ]
	run --separate-stderr shell -c 'ask Nobody hello'
	[ "$status" -eq 1 ]
	[ "$stderr" = "thespian-shell: cannot ask 'Nobody': nobody holds that name" ]
}

@test "an actor that does not start is status 6, an unknown class is an error" {
	shell -c start
	run --separate-stderr shell -c 'create echo:Unwilling'
	[ "$status" -eq 6 ]
	[ -z "$output" ]
	[[ $stderr == "thespian-shell: cannot "*"it does not want to"* ]]
	run --separate-stderr shell -c 'create echo:Nothing'
	[ "$status" -ne 0 ]
	run --separate-stderr shell -c 'create echo:Echo --requires 3'
	[ "$status" -eq 2 ]
}

@test "F143: actors, tree and actorCount show what there is" {
	shell -c start -c 'create echo:Echo --name Greeter' -c 'ask Greeter make'
	run --separate-stderr shell --json -c actors
	[ "$status" -eq 0 ]
	json '[.actors[] | select(.class | test("Echo"))] | length == 2'
	json '.actors[] | select(.name == "Greeter") | .pid > 0 and (.address | startswith("@"))'
	run --separate-stderr shell -c tree
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == 'system #0 @'* ]]
	grep -q '^  [^ ]*Echo #[0-9]* @.* Greeter$' <<< "$output"
	grep -q '^    [^ ]*Echo #' <<< "$output"
	run --separate-stderr shell --json -c 'tree Greeter'
	json '[.actors[].depth] == [0, 1]'
	run --separate-stderr shell --json -c actorCount
	json '.actors >= 2 and ([.classes[].actors] | add) == .actors'
}

@test "status and capability describe the system" {
	shell -c 'start multiprocTCPBase {"Has Disk": true}'
	run --separate-stderr shell --json -c status
	[ "$status" -eq 0 ]
	json ".port == $port and .capabilities[\"Has Disk\"] == true"
	run --separate-stderr shell --json -c 'capability Colour "red"' -c 'capability Colour'
	[ "$status" -eq 0 ]
	[ "$output" = '"red"' ]
	run --separate-stderr shell -c 'capability Colour --remove' -c 'capability Colour'
	[ "$status" -eq 1 ]
	[ "$stderr" = "thespian-shell: cannot show 'Colour': no such capability" ]
}

@test "kill resolves a name, prints the number and ends that actor only" {
	shell -c start -c 'create echo:Echo --name Greeter'
	run --separate-stderr shell -c 'kill Greeter'
	[ "$status" -eq 0 ]
	[[ $output =~ ^'#'[0-9]+' @'[0-9a-f]+\.[0-9a-f]+$ ]]
	wait_until 3 shell_fails -c 'ask Greeter x'
	run --separate-stderr shell -c 'kill Greeter'
	[ "$status" -eq 1 ]
}

shell_fails() {
	! shell --timeout 1 "$@"
}

@test "kill of an actor in a shared host needs --force in a script" {
	shell -c start -c 'create echo:Shared --name One' -c 'ask One make'
	run --separate-stderr shell -c 'kill One'
	[ "$status" -eq 5 ]
	[ "${stderr_lines[-1]}" = 'hint: --force ends them too' ]
	run --separate-stderr shell -c 'ask One x'
	[ "$status" -eq 0 ]
	run --separate-stderr shell -c 'kill One --force'
	[ "$status" -eq 0 ]
	run --separate-stderr shell --json -c actors
	json '.actors == []'
}

@test "load of what is no package is refused, sources is empty then" {
	shell -c start
	echo nothing > "$dir/x.tls"
	run --separate-stderr shell -c "load $dir/x.tls"
	[ "$status" -eq 5 ]
	[ -z "$output" ]
	run --separate-stderr shell -c "load $dir/none.tls"
	[ "$status" -eq 1 ]
	run --separate-stderr shell --json -c sources
	[ "$status" -eq 0 ]
	json '.sources == []'
	run --separate-stderr shell -c 'unload 0123456789'
	[ "$status" -eq 1 ]
}

@test "--complete asks the running system for names, classes and capabilities" {
	shell -c 'start multiprocTCPBase {"Colour": "red"}' -c 'create echo:Echo --name Greeter'
	run shell --complete ask Gr
	[ "$output" = Greeter ]
	run shell --complete capability Col
	[ "$output" = Colour ]
	run shell --complete create Ec
	[ "$output" = Echo ]
}

@test "the simple base lives and ends with the session" {
	run --separate-stderr shell -c 'start simpleSystemBase' -c 'create echo:Echo' -c 'ask #1 hello' -c stop
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = 'system simpleSystemBase running' ]
	[ "${lines[2]}" = hello ]
}
