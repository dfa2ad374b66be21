#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# share/thespian.bash: a script asks and tells through one kept shell; every status is a verdict.
# shellcheck disable=SC2154,SC2016,SC1091,SC2317 # common sets them; $ is JSON; sourced from the tree

load common
load shell

setup() {
	tsp_setup
	shell_module
	# shellcheck source=share/thespian.bash
	source "$TSP_SRCDIR/share/thespian.bash"
	thespian_open -p "$port" --timeout 5 3>&-
}
teardown() {
	thespian_command stop > /dev/null 2>&1 3>&- || thespian-shell -p "$port" -c stop > /dev/null 2>&1 3>&- || true
	thespian_close
	tsp_teardown
}

begin() {
	thespian_command start > /dev/null
	thespian_create -v echo echo:Echo --name Echo
}

@test "W44: create, ask, tell, listen, status, command" {
	begin
	[[ $echo == @*.* ]]
	[ "$(thespian_ask "$echo" '{"x": 1}')" = '{"x":1}' ]
	thespian_ask -v reply Echo 'Greet {"name": "Ada"}'
	[ "$reply" = '{"$type":"Greet","value":{"name":"Ada"}}' ]
	[ "$(thespian_ask Echo bare words)" = '"bare words"' ]
	thespian_tell Echo '[1, 2]'
	[ "$(thespian_listen 5)" = '[1,2]' ]
	thespian_status -v status_json Echo
	jq -e '.actor_class == "Echo"' <<< "$status_json"
	[ "$(thespian_status | jq .port)" -eq "$port" ]
	[ "$(thespian_command -v count actorCount; jq .actors <<< "$count")" -ge 1 ]
	[ "$(thespian_create echo:Echo --name Echo)" = "$echo" ]
}

@test "each failure has its status and its line on standard error, and the next call works" {
	run --separate-stderr thespian_ask Nobody x
	[ "$status" -eq 3 ]
	[[ $stderr == *"no system answers there"*"hint: 'start' starts one"* ]]
	begin
	run --separate-stderr thespian_ask Nobody x
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "thespian-shell: cannot ask 'Nobody': nobody holds that name" ]
	run --separate-stderr thespian_ask Echo fail
	[ "$status" -eq 1 ]
	[[ $output == *PoisonMessage*"as it was told"* ]]
	run --separate-stderr thespian_listen 0.05
	[ "$status" -eq 4 ]
	run --separate-stderr thespian_ask Echo
	[ "$status" -eq 2 ]
	[ "$stderr" = 'thespian: cannot ask: an address and a message are needed' ]
	run --separate-stderr thespian_create echo:Unwilling
	[ "$status" -eq 6 ]
	[[ $stderr == *'it does not want to'* ]]
	[ "$(thespian_ask Echo '"a"')" = '"a"' ]
}

@test "quotes, blanks, several lines, UTF-8 and a megabyte come back as they went" {
	local text=$'{"a":\n "b\\n \\"q\\" \\\\ \'s\' ü $HOME `x` #"}' big
	begin
	[ "$(thespian_ask Echo "$text")" = '{"a":"b\n \"q\" \\ '\''s'\'' ü $HOME `x` #"}' ]
	thespian_create -v quoted echo:Echo --name 'it "is" \ quoted'
	[ "$(thespian_ask 'it "is" \ quoted' '"a"')" = '"a"' ]
	run --separate-stderr thespian_ask Echo $'two\nlines'
	[ "$status" -eq 2 ]
	[ "$stderr" = "thespian: cannot ask 'Echo': a text of several lines is written as JSON" ]
	run --separate-stderr thespian_ask $'two\nlines' x
	[ "$status" -eq 2 ]
	big=$(head -c 1000000 /dev/zero | tr '\0' x)
	thespian_ask -v reply Echo "\"$big\""
	[ "${#reply}" -eq 1000002 ]
}

@test "a message that arrives calls the function that was named, or waits for listen" {
	local -a events=()
	on_event() { events+=("$1"); }
	begin
	thespian_on_event on_event
	thespian_tell Echo '"one"'
	thespian_events 5
	jq -e '.message == "one" and (.sender | startswith("@"))' <<< "${events[0]}"
	[ "${#events[@]}" -eq 1 ]
	run thespian_events
	[ "$status" -eq 4 ]
	run thespian_events 0.05
	[ "$status" -eq 4 ]
	thespian_on_event
	thespian_tell Echo '"two"'
	[ "$(thespian_listen 5)" = '"two"' ]
	[ "${#events[@]}" -eq 1 ]
}

@test "a function that is called for an event may ask, within the call of another ask" {
	local -a answers=()
	on_event() {
		local answer
		thespian_ask -v answer Echo "{\"for\": $1}" && answers+=("$answer")
	}
	begin
	thespian_on_event on_event
	thespian_tell Echo '"one"'
	told() {
		thespian_ask -v reply Echo '"two"'
		[[ $reply == '"two"' && ${#answers[@]} -eq 1 ]]
	}
	wait_until 5 told
	jq -e '.for.message == "one"' <<< "${answers[0]}"
}

@test "an empty address is refused, and what follows is no address" {
	begin
	run --separate-stderr thespian_ask '' 'Echo {"a": 1}'
	[ "$status" -eq 2 ]
	[ -z "$output" ]
}

@test "thousands of calls go through one process" {
	begin
	local pid=$_thespian_pid i
	for ((i = 0; i < 2000; i++)); do
		thespian_ask -v reply Echo "$i"
		[ "$reply" -eq "$i" ]
	done
	[ "$_thespian_pid" = "$pid" ]
	[ "$(tsp_processes thespian-shell)" = "$pid" ]
}

@test "a shell that is killed is an error of the next call, not the end of the script" {
	begin
	kill -KILL "$_thespian_pid"
	wait_until 5 no_processes thespian-shell
	run --separate-stderr thespian_ask Echo '"a"'
	[ "$status" -eq 3 ]
	[[ $stderr == *'thespian: the shell has ended' ]]
	thespian_open -p "$port" 3>&-
	[ "$(thespian_ask Echo '"a"')" = '"a"' ]
}

@test "close ends the connection alone; what is not open says so; a foreign trap stays" {
	begin
	thespian_close
	no_processes thespian-shell
	[ -n "$(admin_pid)" ]
	run --separate-stderr thespian_ask Echo '"a"'
	[ "$status" -eq 2 ]
	[ "$stderr" = 'thespian: not open' ]
	[ -z "$(trap -p PIPE)" ]
	trap 'echo mine' PIPE
	thespian_open -p "$port" 3>&-
	thespian_close
	[ "$(trap -p PIPE)" = "trap -- 'echo mine' SIGPIPE" ]
	run --separate-stderr thespian_open --nonsense 3>&-
	[ "$status" -eq 3 ]
	[[ $stderr == *'the shell has ended'* ]]
}

@test "a script under set -eu, with an own IFS, stops at the first failure" {
	begin
	cat > script <<-END
	set -eu
	IFS=,
	source '$TSP_SRCDIR/share/thespian.bash'
	thespian_open -p $port
	thespian_ask Echo '{"a": 1}'
	thespian_ask -v reply Echo 'Greet {"b": 2}'
	echo "\$reply"
	thespian_ask Echo fail
	echo not reached
	END
	run --separate-stderr bash script 3>&-
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = '{"a":1}' ]
	[ "${lines[1]}" = '{"$type":"Greet","value":{"b":2}}' ]
	[[ $output != *'not reached'* ]]
}

@test "the functions need no jq and no path but the shell's" {
	begin
	THESPIAN_SHELL=$TSP_BUILDDIR/bin/thespian-shell PATH=/nowhere thespian_open -p "$port" 3>&-
	[ "$(PATH=/nowhere thespian_ask Echo 1)" = 1 ]
}
