#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# share/example/logwatch: a file that grows, is renamed, truncated, and holds what is no text.
# shellcheck disable=SC2154,SC2016,SC2129 # example sets them; $ is JSON

load common
load example

setup() {
	example_setup
	export LOGWATCH_FILE=$dir/app.log
	echo "error: an old one" > app.log
}
teardown() { tsp_teardown; }

# follow COUNT: a session, in the background, that subscribes and listens COUNT times; its output is in file `told`.
follow() {
	local lines=('tell LogWatch Subscribe {"match": "error"}') i
	for ((i = 0; i <= $1; i++)); do
		lines+=('listen 20')
	done
	shell_json "${lines[@]}" 'tell LogWatch Unsubscribe {}' 'listen 20' > told &
	session=$!
	wait_until 10 grep -q Subscribed told
}

# The texts told so far, one a line.
texts() {
	jq -r 'select(."$type" == "Line").value.text' told
}

@test "logwatch: a line with the text is told, one without is not, one that was there before neither" {
	deploy logwatch
	follow 2
	printf '%s\n' "error: one" "all is well" "error: two" >> app.log
	wait "$session"
	[ "$(texts)" = $'error: one\nerror: two' ]
	[ "$(jq -c 'select(."$type" == "Line").value | [.number, .cut, .missed]' told)" = $'[1,false,0]\n[3,false,0]' ]
	[ "$(jq 'select(."$type" == "Unsubscribed").value.found' told)" = true ]
}

@test "logwatch: a rename with a new file, and a truncation, lose no line" {
	deploy logwatch
	follow 4
	printf 'the last error, ' >> app.log
	mv app.log app.log.1
	echo "written late" >> app.log.1
	echo "error of the new file" > app.log
	wait_until 10 grep -q "new file" told
	: > app.log
	echo "error: truncated" >> app.log # shorter than what was there, else nobody could tell
	wait_until 10 grep -q truncated told
	rm app.log
	echo "error in a third file" > app.log
	wait "$session"
	[ "$(texts)" = $'the last error, written late\nerror of the new file\nerror: truncated\nerror in a third file' ]
}

@test "logwatch: a file that is not there yet is told from its first line" {
	rm app.log
	deploy logwatch
	follow 1
	echo "error: the first" > app.log
	wait "$session"
	[ "$(texts)" = "error: the first" ]
}

@test "L8: logwatch: a line without an end is cut, bytes that are no text are made plain, escapes are shown" {
	deploy logwatch
	follow 2
	head -c 3000000 /dev/zero | tr '\0' x | sed 's/^/error /' >> app.log
	echo >> app.log
	printf 'error \xff\e[31m\n' >> app.log
	wait "$session"
	[ "$(jq -c 'select(."$type" == "Line").value | [(.text | length), .cut]' told | head -n 1)" = '[4096,true]' ]
	[ "$(texts | tail -n 1)" = $'error ?\e[31m' ]
	run ! grep -q $'\e' raw.json
}

@test "logwatch: who has gone is told nothing more" {
	deploy logwatch
	shell 'tell LogWatch Subscribe {"match": "error"}' 'listen 10'
	echo "error: nobody hears it" >> app.log
	follow 1
	echo "error: somebody does" >> app.log
	wait "$session"
	[ "$(texts)" = "error: somebody does" ]
}

@test "logwatch: what is no file is refused with the reason" {
	LOGWATCH_FILE=$dir run deploy logwatch
	[ "$status" -eq 6 ]
	[[ $output == *"cannot follow '$dir'"* ]]
}
