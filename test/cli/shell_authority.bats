#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The shell's simple authority and its test actor, and what one session does with them.
# shellcheck disable=SC2154,SC2016 # common sets them; $ is JSON

load common
load shell

setup() { tsp_setup; }
teardown() { shell_teardown; }

shell() {
	thespian-shell -p "$port" "$@" 3>&-
}

@test "F142: a session starts a system, creates a test actor, asks it and ends the system" {
	run --separate-stderr shell -c start -c use_simple_source_authority -c create_testActor -c 'ask #2 hello' \
		-c 'ask #2 create' -c 'ask #3 child' -c tree -c stop
	echo "$output" "$stderr"
	[ "$status" -eq 0 ]
	[[ ${lines[1]} =~ ^'#1 @'[0-9a-f.]+' accepts every source until it exits'$ ]]
	[[ ${lines[2]} =~ ^'#2 @'[0-9a-f.]+$ ]]
	[[ $output == *'"echo": "hello"'* ]]
	[[ $output == *'"echo": "child"'* ]]
	[[ $output == *$'  TestActor #2 '*$'\n    TestActor #3 '* ]]
	[ "${lines[-1]}" = 'system stopped' ]
}

@test "F145: the source of the test actor is shown with its information" {
	shell -c start -c use_simple_source_authority -c create_testActor
	run --separate-stderr shell --json -c sources
	[ "$(jq -r '.sources[0].info' <<< "$output")" = 'TestActor of thespian-shell' ]
	run --separate-stderr shell -c status
	[[ $output == *'TestActor of thespian-shell'* ]]
}

@test "F145: without an authority nothing unsigned is loaded, and the remedy is said" {
	shell -c start
	run --separate-stderr shell -c create_testActor
	[ "$status" -eq 5 ]
	[ "${stderr_lines[0]}" = "thespian-shell: cannot load 'TestActor of thespian-shell': there is no source authority in this system" ]
	[[ ${stderr_lines[1]} == "hint: it is not signed: 'use_simple_source_authority' accepts it"* ]]
	shell -c use_simple_source_authority
	shell -c create_testActor
}

@test "F145: where the start named an authority, and where another holds, it is status 5 and leaves no actor" {
	make_key alice
	thespian-director start 3>&-
	run --separate-stderr shell -c use_simple_source_authority
	[ "$status" -eq 5 ]
	[ "${stderr_lines[0]}" = 'thespian-shell: cannot use the simple source authority: the start named the source authority' ]
	[ "$(shell --json -c actors | jq '[.actors[] | select(.class == "SimpleSourceAuthority")] | length')" -eq 0 ]
	run --separate-stderr shell -c create_testActor
	[ "$status" -eq 5 ]
	shell -c stop
	shell -c start -c use_simple_source_authority
	run --separate-stderr shell -c use_simple_source_authority
	[ "$status" -eq 5 ]
	[[ ${stderr_lines[0]} == *'another actor is the source authority until it exits' ]]
}

@test "F145: the simple authority takes the zip of a signed package, whoever signed it" {
	make_key alice
	thespian-director gensrc --key alice.sec --version 1 hello "$TSP_SRCDIR/share/example/hello"
	rm director/alice_tls.key
	shell -c start -c use_simple_source_authority
	run --separate-stderr shell -c "load $dir/director/hello-1.tls"
	[ "$status" -eq 0 ]
	shell -c "create Greeter --source ${output#loaded }"
}

@test "F146: report_exit tells a parent of a child that is gone, and of no other" {
	run --separate-stderr shell -c start -c use_simple_source_authority -c create_testActor -c 'ask #2 create' \
		-c 'report_exit #2 #3'
	[ "$status" -eq 1 ]
	[[ ${stderr_lines[0]} == 'thespian-shell: cannot report the exit of '*': the child is alive' ]]
	[ "${stderr_lines[1]}" = "hint: 'kill' ends it, and tells its parent" ]
	run --separate-stderr shell --json -c create_testActor -c 'ask #1 create' -c 'kill #2 --force'
	parent=$(jq -r .address <<< "${lines[0]}")
	child=$(jq -r '."$address"' <<< "${lines[1]}")
	reported() { shell -c "report_exit $parent $child"; }
	wait_until 5 reported
	run --separate-stderr shell -c "ask $parent \"there\""
	[ "$status" -eq 0 ]
	[[ $output == *'"echo": "there"'* ]]
	run --separate-stderr shell -c 'report_exit Nobody #0'
	[ "$status" -eq 1 ]
	[[ ${stderr_lines[0]} == *'the parent is dead' ]]
}
