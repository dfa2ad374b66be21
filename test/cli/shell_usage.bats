#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What thespian-shell says and does where no system is needed.
# shellcheck disable=SC2154,SC2016 # common sets them; $ is JSON

load common
setup() { tsp_setup; }
teardown() { tsp_teardown; }

shell() {
	thespian-shell -p "$port" "$@"
}

@test "--help and --version print to standard output with status 0" {
	run --separate-stderr thespian-shell --help
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ ${lines[0]} == 'usage: thespian-shell [-p PORT] [-c LINE]... [-x] [--read-only] [--json] [--timeout SECONDS] [FILE]' ]]
	run --separate-stderr thespian-shell --version
	[ "$status" -eq 0 ]
	[[ $output == thespian-shell\ [0-9]*.[0-9]*.[0-9]* ]]
}

@test "help lists every command, and help COMMAND shows its usage" {
	run --separate-stderr shell -c help
	[ "$status" -eq 0 ]
	for command in start stop info address addresses create tell ask listen status tree actors actorCount \
		kill report_exit load unload sources use_simple_source_authority create_testActor capability \
		convention set_thesplog repeat wait assert help exit quit; do
		grep -q "^  $command  " <<< "$output"
	done
	run --separate-stderr shell -c 'help kill'
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = 'usage: kill ADDR [--force]' ]
}

@test "a wrong option, command or argument is status 2 with one line and a remedy" {
	run --separate-stderr shell --nope
	[ "$status" -eq 2 ]
	[ "$stderr" = "thespian-shell: cannot run 'thespian-shell': unknown option '--nope'" ]
	run --separate-stderr shell -p 70000
	[ "$status" -eq 2 ]
	run --separate-stderr shell -c frobnicate
	[ "$status" -eq 2 ]
	[ "${stderr_lines[0]}" = "thespian-shell: cannot run 'frobnicate': no such command" ]
	[ "${stderr_lines[1]}" = "hint: 'help' lists the commands" ]
	run --separate-stderr shell -c 'ask #0'
	[ "$status" -eq 2 ]
	[ "${stderr_lines[0]}" = "thespian-shell: cannot run 'ask': MESSAGE is missing" ]
	run --separate-stderr shell -c 'kill a b'
	[ "$status" -eq 2 ]
	run --separate-stderr shell -c 'create "x'
	[ "$status" -eq 2 ]
	[ "$stderr" = 'thespian-shell: cannot read the line: " is not closed' ]
	[ -z "$output" ]
}

@test "where no system answers, status is 3" {
	run --separate-stderr shell -c status
	[ "$status" -eq 3 ]
	[ -z "$output" ]
	[ "${stderr_lines[-1]}" = "hint: 'start' starts one" ]
	run --separate-stderr shell -c 'ask Greeter "Ada"'
	[ "$status" -eq 3 ]
	run --separate-stderr shell -c stop
	[ "$status" -eq 3 ]
	run --separate-stderr shell --json -c info
	[ "$status" -eq 0 ]
	json ".attached == false and .port == $port"
}

@test "W44: a pipe, a file and -c run the same lines up to the first error" {
	printf '# a comment\n\nhelp kill\nfrobnicate\nhelp ask\n' > "$dir/lines"
	run --separate-stderr shell < "$dir/lines"
	[ "$status" -eq 2 ]
	[ "${lines[0]}" = 'usage: kill ADDR [--force]' ]
	[[ $output != *'usage: ask'* ]]
	local piped=$output
	run --separate-stderr shell "$dir/lines"
	[ "$status" -eq 2 ]
	[ "$output" = "$piped" ]
	run --separate-stderr shell -c 'help kill' -c frobnicate -c 'help ask'
	[ "$status" -eq 2 ]
	[ "$output" = "$piped" ]
	run --separate-stderr shell "$dir/none"
	[ "$status" -eq 1 ]
	[[ $stderr == "thespian-shell: cannot open '$dir/none': "* ]]
}

@test "exit ends a session; what follows is not run" {
	run --separate-stderr shell -c exit -c frobnicate
	[ "$status" -eq 0 ]
	run --separate-stderr shell <<< $'quit\nfrobnicate'
	[ "$status" -eq 0 ]
}

@test "--complete offers commands, options and paths" {
	run --separate-stderr shell --complete sta
	[ "$status" -eq 0 ]
	[ "$output" = $'start\nstatus' ]
	run shell --complete help cre
	[ "$output" = $'create\ncreate_testActor' ]
	run shell --complete kill --f
	[ "$output" = --force ]
	run shell --complete start multiprocT
	[ "$output" = multiprocTCPBase ]
	touch "$dir/one.tls" "$dir/odd name.tls"
	run shell --complete load "$dir/o"
	[ "$output" = "$dir/one.tls" ]
	run shell --complete --js
	[ "$output" = --json ]
}

@test "completion is quick and silent where no system answers" {
	local start
	start=$(now_ms)
	run --separate-stderr shell --complete ask ''
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ -z "$stderr" ]
	[ $(($(now_ms) - start)) -lt 1000 ]
}

@test "text from outside is escaped in an error" {
	run --separate-stderr shell -c $'fro\033[31mb'
	[ "$status" -eq 2 ]
	[[ $stderr != *$'\033'* ]]
}

@test "a reader that left is an error, not a death" {
	run bash -c "set -o pipefail; thespian-shell -p $port -c help -c help 2>'$dir/err' >/dev/full"
	[ "$status" -eq 1 ]
	grep -q "cannot write to standard output" "$dir/err"
}
