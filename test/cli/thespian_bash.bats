#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# share/thespian.bash: a script asks and tells through one kept shell; every status is a verdict.
# shellcheck disable=SC2154,SC2016,SC1091,SC2317,SC2030,SC2031 # common sets them; $ is JSON; sourced from the tree

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

# script: runs the lines of standard input as a bash script of its own that has the functions.
script() {
	{
		printf "source '%s/share/thespian.bash'\nport=%s\n" "$TSP_SRCDIR" "$port"
		cat
	} > script
	run --separate-stderr timeout 60 bash script 3>&-
	echo "$output"
	echo "$stderr"
}

@test "set -euo pipefail, IFS, nullglob, extglob, nocasematch, TMOUT, and functions and variables of the same names as ours and bash's" {
	begin
	script <<-'END'
	set -euo pipefail
	shopt -s nullglob extglob nocasematch
	IFS=o TMOUT=30
	for word in echo read kill wait trap printf; do
		eval "$word() { builtin printf 'mine\n'; }"
	done
	first=1 record=2 text=3 line=4 message=5 name=6
	thespian_open -p "$port"
	thespian_ask -v reply Echo 'Greet {"b":  "*o* ?(a)"}'
	builtin printf '%s\n' "$reply"
	thespian_ask Echo two words
	thespian_ask Echo 'E *' | cat
	(thespian_ask Echo '[0, "*"]')
	thespian_ask -v 'replies[2]' Echo 7
	builtin printf '%s\n' "${replies[2]}" "$first$record$text$line$message$name"
	thespian_close
	END
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "${lines[0]}" = '{"$type":"Greet","value":{"b":"*o* ?(a)"}}' ]
	[ "${lines[*]:1}" = '"two words" "E *" [0,"*"] 7 123456' ]
}

@test "hostile bodies come back escaped, in the locale's characters or in none, and the next call works" {
	local big
	begin
	thespian_ask -v reply Echo '"\u001b[2J\u0007\u202e"'
	[ "$reply" = '"\u001b[2J\u0007\u202e"' ]
	run --separate-stderr thespian_ask Echo $'"\xff\xfe"'
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[[ $stderr == 'thespian-shell: cannot read the message'* && $stderr != *$'\xff'* ]]
	run --separate-stderr thespian_ask Echo $'\e]0;title\a'
	[[ $output != *$'\e'* && $stderr != *$'\e'* ]]
	for locale in C C.UTF-8; do
		LC_ALL=$locale thespian_ask -v reply Echo '"übermäßig ☃ 𝄞"'
		echo "$locale: $reply"
		[ "$reply" = '"übermäßig ☃ 𝄞"' ]
		LC_ALL=$locale thespian_ask -v reply Echo '"a"'
		[ "$reply" = '"a"' ]
	done
	big=$(head -c 1000000 /dev/zero | tr '\0' x)
	thespian_ask -v reply Echo "\"ü$big\""
	[ "$reply" = "\"ü$big\"" ]
	printf -v big '%200s' ''
	for text in '"'"${big:0:121}"'"' '"'"${big:0:122}"'"' '"'"${big:0:123}"'"' '"'"${big:0:124}"'"' '"'"${big:0:125}"'"' '"0 "' '" "'; do
		thespian_ask -v reply Echo "$text"
		[ "$reply" = "$text" ]
	done
}

@test "an event of a megabyte and an ask of a megabyte at once harm neither" {
	local big answered=0
	on_event() { answered=${#1}; }
	begin
	big=$(head -c 1000000 /dev/zero | tr '\0' x)
	thespian_on_event on_event
	thespian_tell Echo "\"$big\""
	told() {
		thespian_ask -v reply Echo "\"2$big\""
		[ "${#reply}" -eq 1000003 ] && [ "$answered" -gt 1000000 ]
	}
	wait_until 10 told
	thespian_ask -v reply Echo 1
	[ "$reply" = 1 ]
}

@test "a system that ends meanwhile is said, and one that runs later is found by the next call" {
	local -a events=()
	on_event() { events+=("$1"); }
	begin
	thespian_on_event on_event
	thespian-shell -p "$port" -c stop > /dev/null 3>&-
	run --separate-stderr thespian_events 5
	[ "$status" -eq 4 ]
	[ "$stderr" = 'thespian: the system is gone' ]
	run --separate-stderr thespian_ask Echo 1
	[ "$status" -eq 3 ]
	thespian-shell -p "$port" -c start -c 'create echo:Echo --name Echo' > /dev/null 3>&-
	[ "$(thespian_ask Echo 1)" = 1 ]
	[ "${#events[@]}" -eq 0 ]
}

@test "a shell that is killed while it works, or while events are waited for, is status 3 within the call" {
	begin
	(
		wait_until 10 test -e asking
		kill -KILL "$_thespian_pid"
	) 3>&- &
	touch asking
	run --separate-stderr thespian_ask Echo '"mute"'
	[ "$status" -eq 3 ]
	[[ $stderr == *'thespian: the shell has ended' ]]
	wait
	run --separate-stderr thespian_events 5
	[ "$status" -eq 3 ]
	[[ $stderr == *'thespian: the shell has ended' ]]
}

# cut_off RECORD [TEXT]: a shell that answers 'events off', then RECORD and TEXT, and is gone.
cut_off() {
	cat > cutting <<-END
	#!/bin/bash
	read -r line
	printf '%-128s' '0 ' | tr ' ' '\n' | sed '1s/\$/ /' | head -c 128
	[ '${1:0:1}' = e ] || read -r line
	printf '%s' "$1" | head -c 128
	printf '%s' "${2-}"
	END
	chmod +x cutting
	THESPIAN_SHELL=$dir/cutting thespian_open 3>&-
}

@test "a reply that is cut off is status 3, and nothing of it is told" {
	local record
	for record in '0+000000100' '0*000000100' 't+000000100'; do
		printf -v record '%-128s' "$record"
		cut_off "${record// /$'\n'}" 'half of a reply'
		reply=before
		run --separate-stderr thespian_ask Echo 1
		[ "$status" -eq 3 ]
		[ -z "$output" ]
		[[ $stderr == *'thespian: the shell has ended' ]]
		cut_off "${record// /$'\n'}" 'half of a reply'
		thespian_ask -v reply Echo 1 2> err || status=$?
		[ "$status" -eq 3 ]
		[ -z "$reply" ]
		thespian_close
	done
	cut_off 'e+0000'
	run --separate-stderr thespian_events 5
	[ "$status" -eq 3 ]
	[[ $stderr == *'thespian: the shell has ended' ]]
	thespian_open -p "$port" 3>&-
}

@test "a child that goes on keeps neither close nor the end of the script waiting" {
	begin
	script <<-'END'
	thespian_open -p "$port"
	sleep 300 > /dev/null 2>&1 &
	thespian_ask Echo 1
	thespian_close
	echo "closed, $SECONDS s"
	kill "$!"
	END
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "${lines[0]}" = 1 ]
	[[ ${lines[1]} =~ ^'closed, '[0-9]' s' ]]
}

@test "a subshell may ask and close, and the connection of its parent goes on" {
	begin
	(
		thespian_ask Echo '"inside"'
		thespian_close
	) > inside
	[ "$(cat inside)" = '"inside"' ]
	thespian_ask -v reply Echo '"outside"'
	[ "$reply" = '"outside"' ]
	(
		thespian_close
		thespian_open -p "$port"
		for i in 1 2 3; do thespian_ask Echo "$i"; done
		thespian_close
	) > inside
	[ "$(tr '\n' ' ' < inside)" = '1 2 3 ' ]
	[ "$(thespian_ask Echo 1)" = 1 ]
}

# asked N: sets $messages to so many.
asked() {
	local i
	messages=()
	for ((i = 0; i < $1; i++)); do
		messages+=("{\"n\":$i}")
	done
}

@test "many asks: the replies come in the order of the messages, whatever they are" {
	local big
	local -a replies=() messages
	begin
	thespian_ask_many replies Echo 1 '"ü"' 'bare words' '""' $'{"a":\n1}' '"%s\n$HOME * \\"' '0 1' "\"$(printf %0200d 1)\""
	[ "${#replies[@]}" -eq 8 ]
	[ "${replies[*]:0:5}" = '1 "ü" "bare words" "" {"a":1}' ]
	[ "${replies[5]}" = '"%s\n$HOME * \\"' ]
	[ "${replies[6]}" = '"0 1"' ]
	[ "${#replies[7]}" -eq 202 ]
	asked 1000
	thespian_ask_many replies "$echo" "${messages[@]}"
	[ "${replies[*]}" = "${messages[*]}" ]
	# a megabyte in their midst, and more than a pipe holds
	big="\"$(head -c 1000000 /dev/zero | tr '\0' x)\""
	thespian_ask_many replies Echo "${messages[@]:0:20}" "$big" "${messages[@]:0:20}"
	[ "${replies[*]}" = "${messages[*]:0:20} $big ${messages[*]:0:20}" ]
	big="\"$(head -c 3000 /dev/zero | tr '\0' x)\""
	messages=()
	for ((i = 0; i < 100; i++)); do messages+=("$big"); done
	thespian_ask_many replies Echo "${messages[@]}"
	[ "${replies[*]}" = "${messages[*]}" ]
	thespian_create -v quoted echo:Echo --name 'it "is" \ 100%d'
	thespian_ask_many replies 'it "is" \ 100%d' 1 2
	[ "${replies[*]}" = '1 2' ]
	[ "$(thespian_ask Echo '"a"')" = '"a"' ]
}

@test "many asks: one that fails or has no answer leaves the others theirs" {
	local -a replies=(before) messages
	begin
	asked 40
	thespian_ask_many replies Echo "${messages[@]}" '"fail"' '' 7 2> err || status=$?
	[ "$status" -eq 1 ]
	[[ ${replies[40]} == *PoisonMessage*'as it was told'* ]]
	[ "${replies[41]}|${replies[42]}" = '|7' ]
	[[ $(< err) == "thespian-shell: cannot run 'ask': MESSAGE is missing"* ]]
	status=0
	thespian_ask_many replies Nobody 1 2 3 2> err || status=$?
	[ "$status ${#replies[@]} ${replies[*]}" = '1 3   ' ]
	[ "$(sort -u err)" = "thespian-shell: cannot ask 'Nobody': nobody holds that name" ]
	thespian_close
	thespian_open -p "$port" --timeout 1 3>&-
	status=0
	thespian_ask_many replies Echo 1 '"mute"' 2 2> err || status=$?
	[ "$status ${replies[*]}" = '4 1  2' ]
	grep -q 'no answer in time' err
	run --separate-stderr thespian_ask_many 'no name' Echo 1
	[ "$status" -eq 2 ]
	run --separate-stderr thespian_ask_many replies Echo 1 $'two\nlines'
	[ "$status" -eq 2 ]
	[ "$stderr" = "thespian: cannot ask 'Echo': a text of several lines is written as JSON" ]
	thespian_ask_many replies Echo 1
	[ "${replies[*]}" = 1 ]
}

@test "many asks: events come between, the function may ask; a shell that is killed is status 3" {
	local -a replies=() messages events=()
	on_event() {
		events+=("$1")
		thespian_ask -v inner Echo '"inner"'
	}
	begin
	asked 200
	thespian_on_event on_event
	thespian_tell Echo '"one"'
	thespian_tell Echo "\"$(head -c 100000 /dev/zero | tr '\0' x)\""
	told() {
		thespian_ask_many replies Echo "${messages[@]}"
		[ "${replies[*]}" = "${messages[*]}" ] && [ "${#events[@]}" -eq 2 ]
	}
	wait_until 10 told
	[ "$inner" = '"inner"' ]
	thespian_on_event
	(
		wait_until 10 test -e asking
		kill -KILL "$_thespian_pid"
	) 3>&- &
	touch asking
	thespian_ask_many replies Echo 1 '"mute"' 3 2> err || status=$?
	[ "$status" -eq 3 ]
	[[ $(< err) == *'thespian: the shell has ended' ]]
	[ "${#replies[@]}" -eq 3 ] || [ "${#replies[@]}" -eq 200 ]
	wait
	thespian_open -p "$port" 3>&-
}

@test "many asks: under set -eu, with an own IFS, xpg_echo and files that patterns would meet" {
	begin
	touch 0 1 file
	cat > script <<-END
	set -eu
	IFS=:
	shopt -s xpg_echo nullglob
	source "$TSP_SRCDIR/share/thespian.bash"
	thespian_open -p "$port"
	thespian_ask_many replies Echo 1 '"*"' '"a\\\\nb"' '"?"'
	echo "\${#replies[@]}"
	set +x
	printf '%s\\n' "\${replies[@]}"
	echo *
	thespian_close
	END
	run --separate-stderr bash script 3>&-
	[ -z "$stderr" ]
	[ "${lines[0]} ${lines[1]} ${lines[2]} ${lines[4]}" = '4 1 "*" "?"' ]
	[ "${lines[3]}" = '"a\\nb"' ]
	[ "$status" -eq 0 ]
}

@test "end of input of the script is no end of its calls" {
	begin
	script < <(printf 'thespian_open -p "$port"\nexec < /dev/null\nthespian_ask Echo 1\n')
	[ "$output" = 1 ]
}

@test "the example of the manual page runs as it stands" {
	awk '/^\.EX/ { on = 1; next } /^\.EE/ { on = 0 } on' "$TSP_SRCDIR/share/man/thespian.bash.3" | sed 's/\\-/-/g' > example
	ln -s "$TSP_SRCDIR/share" share
	thespian_close
	port=$port run --separate-stderr timeout 60 bash -u example 3>&-
	[ "$status" -eq 0 ]
	[ "${lines[*]}" = '{"$type":"Greet","value":{"name":"Ada"}} {"is":1} [3] "later" arrived: ":"now"} status 1' ]
	[ "$stderr" = "thespian-shell: cannot ask 'Nobody': nobody holds that name" ]
	sed -nE 's/^(thespian_[a-z_]+)\(\).*/\1/p' share/thespian.bash > names
	[ "$(wc -l < names)" -ge 10 ]
	while read -r name; do
		grep -q "$name" example || { echo "no example: $name"; false; }
	done < names
	thespian_open -p "$port" 3>&-
}
