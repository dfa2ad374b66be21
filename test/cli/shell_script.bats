#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a script does with the shell: results used again, waited for and asserted; commands over several lines;
# an argument from standard input; a session that is only to look.
# shellcheck disable=SC2154,SC2016 # common sets them; $ is JSON

load common
load shell

setup() {
	tsp_setup
	shell_module
}

teardown() {
	shell_teardown
}

shell() {
	thespian-shell -p "$port" "$@"
}

start_echo() {
	shell -c start -c 'create echo:Echo --name Echo' 3>&-
}

@test "\$last and its parts stand for what the last command said, as a word and in JSON" {
	run -0 --separate-stderr shell --json -c start -c 'create echo:Echo' -c 'ask $last.address {"number": $last.number}' \
		-c 'ask #1 {"was": $last, "one": [$last.number], "text": "$last"}' 3>&-
	[ "${lines[2]}" = '{"number":1}' ]
	jq -e '. == {"one": [1], "text": "$last", "was": {"number": 1}}' <<< "${lines[3]}"
	# the same in text form, where addresses and tables are shown otherwise
	run -0 --separate-stderr shell -c 'create echo:Echo --name Second' -c 'ask $last.address {"a": {"odd key": "x y"}}' \
		-c 'ask Second $last.a."odd key"' -c 'ask Second Note $last' -c 'ask Second "$last"' 3>&-
	[ "${lines[-3]}" = 'x y' ]
	[ "${lines[-2]}" = 'Note "x y"' ] || [ "${lines[-2]}" = 'Note x y' ]
	[ "${lines[-1]}" = '$last' ]
	run -0 --separate-stderr shell -c actors -c 'assert .actors[0].state running' -c tree -c 'assert .actors[0].depth 1' \
		-c status -c 'assert .in_shutdown false' -c 'capability' -c 'assert ."Thespian ActorSystem Version" 2' 3>&-
	run -1 --separate-stderr shell -c 'ask Second $last' 3>&-
	[ "$stderr" = "thespian-shell: cannot use '\$last': no command said anything yet" ]
	run -1 --separate-stderr shell -c 'ask Second 5' -c 'ask Second $last.b' 3>&-
	[ "$stderr" = "thespian-shell: cannot use '\$last.b': the last result has no such thing" ]
}

@test "a text of an actor cannot become an option or a second word" {
	start_echo
	run -2 --separate-stderr shell -c 'ask Echo "--force"' -c 'kill $last' 3>&-
	[ "$stderr" = "thespian-shell: cannot use '\$last' as an argument: it begins with '-' and is not behind '--'" ]
	run -2 --separate-stderr shell -c 'ask Echo "a b"' -c 'kill $last $last' 3>&-
	run ! shell -c 'ask Echo "Echo --force"' -c 'kill $last' 3>&-
	run -0 shell -c 'wait --for name Echo' 3>&-
}

@test "assert compares what is there with what is wanted, status 1 with both" {
	start_echo
	run -0 --separate-stderr shell -c 'ask Echo {"name": "Ada", "n": 1, "list": [{"x": true}]}' -c 'assert .name "Ada"' \
		-c "assert .name '\"Ada\"'" -c 'assert .name Ada' -c 'assert .n 1.0' -c 'assert .list[0] {"x": true}' \
		-c 'assert .list[0].x true' -c 'assert . {"n":1,"name":"Ada","list":[{"x":true}]}' 3>&-
	run -1 --separate-stderr shell -c 'ask Echo {"name": "Bob"}' -c 'assert .name "Ada"' -c 'ask Echo never' 3>&-
	[ "$stderr" = "thespian-shell: cannot assert '.name': it is \"Bob\", not \"Ada\"" ]
	[[ $output != *never* ]]
	run -1 --separate-stderr shell -c 'ask Echo {"name": "Bob"}' -c 'assert .nam null' 3>&-
	[ "$stderr" = "thespian-shell: cannot assert '.nam': it is not there, not null" ]
	run -2 --separate-stderr shell -c 'ask Echo 5' -c 'assert nam[ 5' 3>&-
	run -0 --separate-stderr shell --json -c 'ask Echo Greet {"name": "Ada"}' -c 'assert ."$type" Greet' -c 'assert .$type "Greet"' -c 'assert .value.name Ada' 3>&-
	jq -e '.holds and .path == ".\"$type\"" and .value == "Greet"' <<< "${lines[1]}"
}

@test "repeat runs a line N times, EVERY seconds from begin to begin, until the first error" {
	start_echo
	local begin
	begin=$(now_ms)
	run -0 --separate-stderr shell --json -c 'ask Echo 0' -c 'repeat 3 0.2 ask Echo [$last]' 3>&-
	[ $(($(now_ms) - begin)) -ge 400 ]
	[ "${#lines[@]}" -eq 4 ]
	[ "${lines[3]}" = '[[[0]]]' ]
	run -1 --separate-stderr shell -c 'repeat 0 0 ask Echo fail' 3>&-
	run -2 --separate-stderr shell -c 'repeat 2 0 repeat 2 0 info' 3>&-
	[ "$stderr" = "thespian-shell: cannot run 'repeat': it is within another repeat" ]
	run -2 --separate-stderr shell -c 'repeat x 0 info' 3>&-
	run -2 --separate-stderr shell -c 'repeat 1 -1 info' 3>&-
	run -2 --separate-stderr shell -c 'repeat 1 1' 3>&-
	[ "${stderr_lines[0]}" = "thespian-shell: cannot run 'repeat': COMMAND is missing" ]
}

@test "a repeat within a repeat is refused, however deep they are" {
	local line
	line=$(printf 'repeat 1 1 %.0s' {1..20000})
	run -2 --separate-stderr timeout 20 bash -c "ulimit -s 256; thespian-shell -p $port" <<< "$line info" 3>&-
	[ "${stderr_lines[0]}" = "thespian-shell: cannot run 'repeat': it is within another repeat" ]
}

@test "\$last is what trace, graph, record, replay and log say, in text too" {
	start_echo
	run -0 --separate-stderr shell -c 'trace Echo --for 0.2' -c 'assert .reason time' -c 'graph --for 0.2' -c 'assert .reason time' \
		-c 'assert .edges []' -c 'record Echo echo.jsonl --for 0.2' -c 'assert .reason time' -c 'replay echo.jsonl' \
		-c 'assert .messages []' -c 'log Echo --for 0.2' -c 'assert .reason time' -c 'assert .count 0' 3>&-
	run -0 --separate-stderr shell --json -c 'trace Echo --for 0.2' -c 'assert .reason time' -c 'log Echo --for 0.2' \
		-c 'assert .records []' 3>&-
}

@test "wait comes back when it is so, or with status 4 when it is not in time" {
	run -4 --separate-stderr shell -c 'wait --for system --timeout 0.2' 3>&-
	[ "$stderr" = "thespian-shell: cannot wait for 'system': it is not so after 0.2 s" ]
	shell -c 'wait --for system --timeout 20' > waited 2>&1 3>&- &
	start_echo
	wait $!
	run -0 --separate-stderr shell --json -c "wait --for 'name Echo'" -c 'wait --for waiting Echo == 0' \
		-c 'wait --for actors echo:Echo >= 1' -c 'wait --for actors Echo < 2' -c 'wait --for gone Nobody' 3>&-
	[ "$(jq -s 'map(.holds) | all' <<< "$output")" = true ]
	jq -es '.[2].number == 1 and .[2].condition == "actors echo:Echo >= 1"' <<< "$output"
	shell -c 'wait --for actors Echo == 3 --timeout 20' 3>&- &
	shell -c 'create echo:Echo' -c 'create echo:Echo' 3>&-
	wait $!
	run -4 --separate-stderr shell -c 'wait --for actors Echo > 3 --timeout 0.3' 3>&-
	[ "$stderr" = "thespian-shell: cannot wait for 'actors Echo > 3': it is 3 after 0.3 s" ]
	shell -c 'wait --for gone Echo --timeout 20' 3>&- &
	shell -c 'kill Echo' 3>&-
	wait $!
	run -2 --separate-stderr shell -c 'wait --for rain' 3>&-
	[ "${stderr_lines[0]}" = "thespian-shell: cannot wait for 'rain': no such condition" ]
	run -2 --separate-stderr shell -c 'wait --for actors' 3>&-
	[ "$stderr" = "thespian-shell: cannot wait for 'actors': it is written 'actors [CLASS] OP N'" ]
	run -2 --separate-stderr shell -c 'wait --for actors => 3' 3>&-
	run -2 --separate-stderr shell -c 'wait --for waiting #0 == x' 3>&-
	run -1 --separate-stderr shell -c 'wait --for waiting @ffff.ffff == 0' 3>&-
}

@test "JSON that is not closed goes on in the next line, in a file and a pipe; a line of -c must be whole" {
	start_echo
	cat > lines <<-'END'
	ask Echo {"name": "Ada",
	  "list": [1,
	    {"deep": "a } b"}
	  ]}
	ask Echo Greet {
	}
	ask Echo ["one line
	and another"]
	ask Echo don't { worry
	repeat 1 0 ask Echo [
	7 ]
	END
	run -0 --separate-stderr shell --json lines 3>&-
	[ "${lines[0]}" = '{"list":[1,{"deep":"a } b"}],"name":"Ada"}' ]
	[ "${lines[1]}" = '{"$type":"Greet","value":{}}' ]
	[ "${lines[2]}" = '["one line\nand another"]' ]
	[ "${lines[3]}" = "\"don't { worry\"" ]
	[ "${lines[4]}" = '[7]' ]
	local whole=$output
	run -0 --separate-stderr shell --json < lines 3>&-
	[ "$output" = "$whole" ]
	printf 'ask Echo 1\n\nask Echo {"a": [\n1\n' > open
	run -2 --separate-stderr shell open 3>&-
	[ "$output" = 1 ]
	[ "${stderr_lines[0]}" = 'thespian-shell: cannot read the line: [ is not closed where the input ends' ]
	[ "${stderr_lines[1]}" = 'hint: line 3 of open' ]
	run -2 --separate-stderr shell -c 'ask Echo {"a":' -c '1}' 3>&-
	[[ ${stderr_lines[0]} == *"cannot read the message"* ]]
	# an error behind it names its own line
	printf 'ask Echo [\n1]\nnonsense\n' > third
	run -2 --separate-stderr shell third 3>&-
	[ "${stderr_lines[1]}" = "hint: 'help' lists the commands" ]
	printf 'ask Echo [\n1]\nask Echo [}\n\n]' > fourth
	run -2 --separate-stderr shell fourth 3>&-
	[ "${stderr_lines[1]}" = "hint: line 3 of fourth" ]
}

@test "what never ends is bounded" {
	run -2 --separate-stderr bash -c "yes '[[[[[[[[' | tr -d '\n' | head -c 1000000 | thespian-shell -p $port" 3>&-
	run ! --separate-stderr bash -c "{ echo -n 'tell X ['; yes '1, 2, 3, 4, 5,' | head -c 70000000; } | thespian-shell -p $port" 3>&-
	[ "${stderr_lines[0]}" = "thespian-shell: cannot read the line: it is longer than 64 MiB" ]
	[ "${stderr_lines[1]}" = "hint: line 1 of standard input" ]
	run ! --separate-stderr bash -c "{ echo -n 'tell X ['; yes '1, 2, 3, 4, 5,' | tr -d '\n' | head -c 70000000; } | thespian-shell -p $port" 3>&-
	[ "${stderr_lines[0]}" = "thespian-shell: cannot read the line: it is longer than 64 MiB" ]
}

@test "-x: the last argument is standard input, byte for byte" {
	start_echo
	printf '  { "name":\n "Ada" }\n' > body.json
	run -0 --separate-stderr shell --json -x -c 'ask Echo' < body.json 3>&-
	[ "$output" = '{"name":"Ada"}' ]
	printf ' two  lines,\nwith blanks \n' > text
	run -0 --separate-stderr shell --json -x -c 'ask Echo' < text 3>&-
	[ "$(jq -j . <<< "$output" | sha256sum)" = "$(sha256sum < text)" ]
	printf -- '--name' | shell -x -c 'ask Echo' 3>&- | grep -qx -- --name
	printf '$last' | shell -x -c 'ask Echo' 3>&- | grep -qxF '$last'
	printf -- '-x' > -x.tls
	run -1 --separate-stderr shell -x -c load <<< -n 3>&-
	[[ $stderr == *"cannot open '-n"* ]]
	run -2 --separate-stderr shell -x -c 'ask Echo' < <(printf 'a\0b') 3>&-
	[ "$stderr" = "thespian-shell: cannot use standard input as an argument: there is a NUL in it" ]
	run -2 --separate-stderr shell -x -c 'ask Echo' -c info < text 3>&-
	run -2 --separate-stderr shell -x < text 3>&-
	run -2 --separate-stderr shell -x -c info more < text 3>&-
	run -1 --separate-stderr shell -x -c 'tell Echo' < <(head -c 70000000 /dev/zero | tr '\0' a) 3>&-
	[[ $stderr == *"longer than 64 MiB"* ]]
}

@test "--read-only refuses what changes something before anything is sent, with status 5" {
	run -5 --separate-stderr shell --read-only -c start 3>&-
	[ "$output" = "" ]
	[ "${stderr_lines[0]}" = "thespian-shell: cannot run 'start': this session is only to look (--read-only)" ]
	[ "${stderr_lines[1]}" = "hint: a session without --read-only can change what runs" ]
	start_echo
	for line in stop 'create echo:Echo' 'tell Echo 5' 'ask Echo 5' 'kill Echo' 'report_exit Echo #0' 'load x.tls' \
		'unload abcdef' use_simple_source_authority create_testActor 'capability Room 7' 'capability Room --remove' \
		'capability --remove Room' 'set_thesplog #0 warning off off' 'repeat 2 0 tell Echo 5' 'restart Echo' \
		'replay x.jsonl' 'dead send 1' 'dead drop --all' 'poison retry 1'; do
		run -5 --separate-stderr shell --read-only -c "$line" 3>&-
	done
	run -0 --separate-stderr shell --read-only -c info -c 'status Echo' -c tree -c actors -c actorCount -c capability -c sources \
		-c addresses -c 'help tell' -c 'tell --help' -c 'wait --for name Echo' -c 'repeat 2 0 actorCount' 3>&-
	run -1 --separate-stderr shell --read-only -c 'capability Room' 3>&-
	# it is about the system: a file here is none of it
	run -0 --separate-stderr shell --read-only -c dead -c poison -c 'record Echo echo.jsonl --for 0.1' 3>&-
	# what is wrong is told as always
	run -2 --separate-stderr shell --read-only -c tell 3>&-
	run bash -c "printf 'tell Echo 5\nactorCount\n' | thespian-shell -p $port --control --read-only" 3>&-
	[[ $output == *'%error 1 5'*'%end 2 0'* ]]
}

@test "every command that changes something says in its help how to undo it" {
	shell -c help > all
	for name in start stop create kill restart replay report_exit load unload use_simple_source_authority create_testActor capability set_thesplog; do
		shell -c "help $name" | grep -q '^undo: .'
	done
	for name in info status tree actors wait assert; do
		run ! grep -q '^undo:' <(shell -c "help $name")
	done
}

@test "with --control, statuses are kept for the next line" {
	start_echo
	run -0 thespian-shell -p "$port" --control 3>&- <<- 'END'
	nonsense
	ask Echo [$status]
	ask Echo [$status, "$status"]
	wait --for name Nobody --timeout 0
	ask Echo $status
	END
	grep -qxF '[2]' <<< "$output"
	grep -qxF '[0,"$status"]' <<< "$output"
	grep -qxF '4' <<< "$output"
}
