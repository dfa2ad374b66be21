#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# thespian-shell --control: a block for each line, events in between, bad input harms neither.
# shellcheck disable=SC2154,SC2016,SC2119,SC2120 # common sets them; $ is JSON

load common
load shell

setup() {
	tsp_setup
	shell_module
}
teardown() { shell_teardown; }

control() {
	thespian-shell -p "$port" --control "$@" 3>&-
}

@test "W44: each line has a block with its number and its status" {
	thespian-shell -p "$port" -c start 3>&-
	run --separate-stderr control <<-'END'
	create echo:Echo --name Echo
	ask Echo Greet {"name": "Ada"}

	ask Echo "fail"
	bogus
	ask Nobody "x"
	END
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = '%begin 1' ]
	[[ ${lines[1]} == '{"number":'*'"address":"@'* ]]
	[ "${lines[2]}" = '%end 1 0' ]
	[ "${lines[4]}" = '{"$type":"Greet","value":{"name":"Ada"}}' ]
	[ "${lines[5]}" = '%end 2 0' ]
	[ "${lines[6]} ${lines[7]}" = '%begin 3 %end 3 0' ]
	[[ ${lines[9]} == *PoisonMessage* ]]
	[ "${lines[10]}" = '%error 4 1' ]
	[ "${lines[12]}" = "thespian-shell: cannot run 'bogus': no such command" ]
	[ "${lines[14]}" = '%error 5 2' ]
	[ "${lines[16]}" = "thespian-shell: cannot ask 'Nobody': nobody holds that name" ]
	[ "${lines[17]}" = '%error 6 1' ]
	[ "${#lines[@]}" -eq 18 ]
	[ -z "$stderr" ]
}

@test "a session goes on behind an error, ends with its input, and runs a last line without an end" {
	run control <<< bogus
	[ "$status" -eq 0 ]
	run control < <(printf 'help exit\nhelp quit')
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = '%end 2 0' ]
	run control < <(printf 'exit\nhelp\n')
	[ "${lines[*]}" = '%begin 1 %end 1 0' ]
	[ -z "$(control < /dev/null)" ]
}

@test "a line that is not text is refused, the next one runs" {
	control < <(printf 'ask \0 x\nhelp exit\n') > out
	grep -qxF 'thespian-shell: cannot run a line that is not text' out
	grep -qxF '%error 1 2' out
	grep -qxF '%end 2 0' out
}

@test "what arrives is an event; with events off it waits for listen" {
	thespian-shell -p "$port" -c start -c 'create echo:Echo --name Echo' 3>&-
	coproc control
	printf 'tell Echo {"n": 1}\n' >&"${COPROC[1]}"
	read -r -t 10 line <&"${COPROC[0]}"
	[ "$line" = '%begin 1' ]
	read -r -t 10 line <&"${COPROC[0]}"
	[ "$line" = '%end 1 0' ]
	read -r -t 10 line <&"${COPROC[0]}"
	[[ $line =~ ^'%event {"sender":"@'[0-9a-f.]+'","message":{"n":1}}'$ ]]
	printf 'events off\ntell Echo {"n": 2}\nlisten 10\n' >&"${COPROC[1]}"
	for ((i = 0; i < 6; i++)); do
		read -r -t 10 line <&"${COPROC[0]}"
		[[ $line != %event* ]]
	done
	[ "$line" = '{"n":2}' ]
	printf 'exit\n' >&"${COPROC[1]}"
	wait
}

@test "a system that ends is said, and one at the same port is attached to at the next need" {
	thespian-shell -p "$port" -c start -c 'create echo:Echo --name Echo' 3>&-
	coproc control
	printf 'ask Echo "a"\n' >&"${COPROC[1]}"
	for ((i = 0; i < 3; i++)); do
		read -r -t 10 line <&"${COPROC[0]}"
	done
	[ "$line" = '%end 1 0' ]
	thespian-shell -p "$port" -c stop 3>&-
	read -r -t 10 line <&"${COPROC[0]}"
	[ "$line" = '%closed' ]
	printf 'ask Echo "a"\n' >&"${COPROC[1]}"
	for ((i = 0; i < 4; i++)); do
		read -r -t 10 line <&"${COPROC[0]}"
	done
	[ "$line" = '%error 2 3' ]
	thespian-shell -p "$port" -c start -c 'create echo:Echo --name Echo' 3>&-
	printf 'ask Echo "a"\n' >&"${COPROC[1]}"
	for ((i = 0; i < 3; i++)); do
		read -r -t 10 line <&"${COPROC[0]}"
	done
	[ "$line" = '%end 3 0' ]
	printf 'exit\n' >&"${COPROC[1]}"
	wait
}

@test "events is a command of --control alone, which takes no file" {
	run --separate-stderr thespian-shell -c 'events on' 3>&-
	[ "$status" -eq 2 ]
	[ "$stderr" = 'thespian-shell: cannot switch events: this session is not one of --control' ]
	run --separate-stderr control some.file
	[ "$status" -eq 2 ]
	[ "$stderr" = "thespian-shell: cannot run 'some.file' with '--control': lines come from standard input" ]
	run --separate-stderr control <<< 'events maybe'
	[ "${lines[1]}" = "thespian-shell: cannot switch events 'maybe': neither on nor off" ]
}

@test "together: asks go out before those in front are answered, and their blocks keep the order of the lines" {
	thespian-shell -p "$port" -c start -c 'create echo:Echo --name Echo' 3>&-
	run --separate-stderr control --timeout 1 <<-'END'
	together on
	ask Echo "mute"
	ask Echo "mute"
	ask Echo "mute"
	ask Echo 4
	ask Nobody 5
	ask Echo
	ask Echo $status
	ask Echo $last
	assert . 2
	bogus
	ask Echo 11
	together off
	ask Echo 13
	END
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	printf '%s\n' "${lines[@]}" > out
	[ "$(grep -oE '^%(begin|end|error) [0-9]+' out | grep -oE '[0-9]+' | uniq -c | tr -s ' \n' ' ')" = "$(
		for i in {1..14}; do echo -n " 2 $i"; done) " ]
	[ "$(grep -E '^%(end|error)' out | tr '\n' ' ')" = '%end 1 0 %error 2 4 %error 3 4 %error 4 4 %end 5 0 %error 6 1 %error 7 2 %end 8 0 %end 9 0 %end 10 0 %error 11 2 %end 12 0 %end 13 0 %end 14 0 ' ]
	[ "$(grep -E '^[0-9]+$' out | tr '\n' ' ')" = '4 2 2 11 13 ' ]
	run --separate-stderr thespian-shell -c 'together on' 3>&-
	[ "$status" -eq 2 ]
	[ "$stderr" = 'thespian-shell: cannot switch asks together: this session is not one of --control' ]
	# three that wait take the time of one
	SECONDS=0
	for ((i = 0; i < 12; i++)); do echo 'ask Echo "mute"'; done | sed '1i together on' | control --timeout 1 > out
	[ "$SECONDS" -lt 8 ]
	[ "$(grep -c '^%error .* 4$' out)" -eq 12 ]
	for ((i = 0; i < 100; i++)); do echo "ask Echo $i"; done | sed '1i together on' | control --read-only > out
	[ "$(grep -c '^%error .* 5$' out)" -eq 100 ]
}

@test "together: a system that ends is an error of each ask that waits, and the next one attaches anew" {
	thespian-shell -p "$port" -c start -c 'create echo:Echo --name Echo' 3>&-
	coproc control
	exec {answers}<&"${COPROC[0]}" # the shell takes COPROC away as soon as the session has ended
	printf 'together on\nask Echo 1\n' >&"${COPROC[1]}"
	for ((i = 0; i < 5; i++)); do
		read -r -t 10 line <&"$answers"
	done
	[ "$line" = '%end 2 0' ]
	echo -n $'ask Echo "mute"\nask Echo "mute"\n' >&"${COPROC[1]}" # in one piece
	asking() { thespian-shell -p "$port" --json -c waits 3>&- | jq -e '.wait_count == 2 or (.waits | length) == 2'; }
	wait_until 10 asking
	thespian-shell -p "$port" -c stop 3>&-
	thespian-shell -p "$port" -c start -c 'create echo:Echo --name Echo' 3>&-
	printf 'ask Echo 5\nexit\n' >&"${COPROC[1]}"
	cat <&"$answers" > out
	wait
	[ "$(grep -cE '^%error [34] ' out)" -eq 2 ]
	grep -qx '%end 5 0' out
}

# records FILE: what a program reads of them, a line each.
records() {
	local record text LC_ALL=C
	while read -r -N 128 record; do
		text=${record%%$'\n'*}
		[[ $record != ?[+*]* ]] || read -r -N "${text:2}" text
		[[ $record == ?[+*]* ]] || text=${text:2}
		printf '%s %s\n' "${record:0:2}" "${text//$'\n'/|}"
	done < "$1"
}

@test "--records: the status and the size stand in front, whatever is in it" {
	thespian-shell -p "$port" -c start -c 'create echo:Echo --name Echo' 3>&-
	local long
	printf -v long '"%0200d"' 1
	printf '%s\n' 'ask Echo Greet {"name": "Ada"}' 'ask Echo "ü"' "ask Echo $long" 'ask Nobody 1' '' 'events maybe' 'help exit' |
		thespian-shell -p "$port" --records 3>&- > out
	[ $(($(wc -c < out) % 128)) -ne 0 ]
	run records out
	[ "${lines[0]}" = '0  {"$type":"Greet","value":{"name":"Ada"}}' ]
	[ "${lines[1]}" = '0* "ü"' ]
	[ "${lines[2]}" = "0+ $long" ]
	[ "${lines[3]}" = "t  thespian-shell: cannot ask 'Nobody': nobody holds that name" ]
	[ "${lines[4]}" = '1  ' ]
	[ "${lines[5]}" = '0  ' ]
	[ "${lines[6]}" = "t  thespian-shell: cannot switch events 'maybe': neither on nor off" ]
	[ "${lines[7]}" = '2  ' ]
	[[ ${lines[8]} == '0+ usage: exit|'* ]]
	[ "${#lines[@]}" -eq 9 ]
}

@test "--records: what arrives and the end of the system are records" {
	thespian-shell -p "$port" -c start -c 'create echo:Echo --name Echo' 3>&-
	coproc thespian-shell -p "$port" --records 3>&-
	printf 'tell Echo {"n": 1}\n' >&"${COPROC[1]}"
	for want in '0 ' 'e {"sender":"@*","message":{"n":1}}'; do
		read -r -t 10 -N 128 record <&"${COPROC[0]}"
		# shellcheck disable=SC2053 # a pattern is meant
		[[ ${record%%$'\n'*} == $want ]]
	done
	thespian-shell -p "$port" -c stop 3>&-
	read -r -t 10 -N 128 record <&"${COPROC[0]}"
	[ "${record%%$'\n'*}" = 'c ' ]
	printf 'exit\n' >&"${COPROC[1]}"
	wait
}
