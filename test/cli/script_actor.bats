#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# An actor that is a script: whatever is true of one in C is true of it.
# shellcheck disable=SC2154,SC2016,SC2317 # example sets them; $ is JSON and the script's; called by name

load common
load example

setup() {
	example_setup
	own_builds
	export THESPLOG_THRESHOLD=INFO
	ten=$'#!/bin/bash\n. "$THESPIAN_ACTOR_BASH"\n'
}
teardown() { tsp_teardown; }

# script LINES [OPTIONS]: packages and loads them as the actor Worker; OPTIONS are what source.json has of it.
script() {
	source_of "$@"
	deploy_script 1
}

source_of() {
	mkdir -p src
	printf '%s\n' "$ten$1" 'actor_run' > src/worker.sh
	printf '{ "Executable": %s }\n' "${2:-\"worker.sh\"}" > src/source.json
	echo '{ "Actors": { "worker": { "OnLoad": { "GlobalName": "Worker" } } } }' > src/work.tli
}

deploy_script() {
	thespian-director gensrc --key alice.sec --version "$1" work src > /dev/null
	thespian-director load work 3>&-
}

ask() { shell_json "ask Worker $1"; }

actor() { shell_json actors | jq -r ".actors[] | select(.class == \"worker\") | .$1"; }

logged() { grep -qE -- "$1" "$THESPLOG_FILE"; }

# The script's process: bash, behind its host.
script_pid() {
	pgrep -P "$(actor pid)" -f fd/3
}

@test "script: members of every kind, and texts that would hurt a shell, come and go as they are" {
	script 'on_Echo() { field -v text text; reply Echo "{\"text\": $(quote "$text"), \"of\": $(quote "$ACTOR_TYPE"), \"n\": $(field in.list.1)}"; }'
	for text in 'plain' 'a\u061cb' '$(touch x) `id` \" \\ ; & |' 'tab\t, line\n, \u0007, \u202e, ünï' '\\n \\\\u0041 \\x41' '*' '-n' ''; do
		ask "Echo {\"text\": \"$text\", \"in\": {\"list\": [1, -2.5]}}" > answer
		printf '"%s"' "$text" > sent
		[ "$(jq -c .value.text answer)" = "$(jq -c . sent)" ] || { cat answer sent; return 1; }
		jq -e '.value.of == "Echo" and .value.n == -2.5' answer
	done
}

@test "script: a megabyte comes through whole, both ways" {
	script 'on_Size() { field -v text text; reply Size "{\"n\": ${#text}, \"text\": $(quote "$text")}"; }'
	head -c 1000000 /dev/zero | tr '\0' x > large
	printf 'ask Worker Size {"text": "%s"}\n' "$(cat large)" > commands
	thespian-shell -p "$port" --timeout 50 --json < commands 3>&- > answer
	jq -e '.value.n == 1000000' answer
	[ "$(jq -j .value.text answer | cksum)" = "$(cksum < large)" ]
}

@test "script: what fails is tried once more, then it is poison with the details; the actor goes on" {
	script 'on_Fail() { echo "try $ACTOR_ID" >> "$THESPIAN_TEST_DIR/tries"; fail "no, \"never\""; }
on_Return() { return 7; }
on_Ok() { reply Ok; }'
	run ask 'Fail {}'
	json '."$type" == "PoisonMessage" and .value.outcome == "failed" and .value.details == "no, \"never\""'
	[ "$(wc -l < tries)" -eq 2 ]
	run ask 'Return {}'
	json '.value.details == "on_Return returned 7"'
	run ask 'Ok {}'
	json '."$type" == "Ok"'
	[ "$(actor restarts)" = 0 ]
}

@test "script: one that dies is a crash: poison, and the Director starts it again" {
	script 'on_Die() { kill -SEGV $$; sleep 10; }
on_Leave() { echo "last words" >&2; exit 3; }
on_Unset() { set -u; echo "$no_such_variable"; }
on_Pid() { reply Pid "$$"; }'
	for type in Die Leave Unset; do
		first=$(ask 'Pid {}' | jq .value)
		run ask "$type {}"
		json '."$type" == "PoisonMessage" and .value.outcome == "crashed"'
		[ ! -e "/proc/$first" ]
		again() { [ "$(ask 'Pid {}' | jq .value)" -ne "$first" ]; }
		wait_until 10 again
	done
	wait_until 5 logged 'worker.sh: last words'
	wait_until 5 logged 'worker.sh: it ended with status 3: last words'
	wait_until 5 logged 'worker.sh: signal 11'
	wait_until 5 logged 'worker.sh: line [0-9]+: no_such_variable: unbound variable'
}

@test "script: one that dies between two messages is started again" {
	script 'on_Pid() { reply Pid "$$"; }'
	first=$(ask 'Pid {}' | jq .value)
	kill -KILL "$first"
	again() { [ "$(ask 'Pid {}' | jq '.value // 0')" -gt 0 ]; }
	wait_until 10 again
	[ "$(ask 'Pid {}' | jq .value)" -ne "$first" ]
}

@test "script: garbage is logged, escaped, and the message fails; so do lines past the bound" {
	script 'on_Garbage() { printf "no \e[31mJSON\n" >&"$_actor_to"; }
on_Huge() { head -c 70000000 /dev/zero | tr "\0" x >&"$_actor_to"; echo >&"$_actor_to"; }
on_Wrong() { _actor_say "{\"send\": 3}"; }
on_Ready() { _actor_say "{\"ready\":true}"; }
on_Ok() { reply Ok; }'
	run ask 'Garbage {}'
	json '.value.outcome == "failed" and (.value.details | contains("no \\x1b[31mJSON"))'
	wait_until 5 logged 'it wrote what is no request: .no .x1b\[31mJSON'
	run ask 'Wrong {}'
	json '.value.details | contains("a '"'send'"' that is not usable")'
	run ask 'Ready {}'
	json '.value.details | contains("a '"'ready'"' that is not usable")'
	run ask 'Huge {}'
	json '.value.details | contains("TSP_ETOOBIG")'
	run ask 'Ok {}'
	json '."$type" == "Ok"'
}

@test "script: a request that is no JSON is answered with an error, one that is too long too, and the actor goes on" {
	script 'on_Reply() { reply Bad "{\"a\":" || reply Refused "$(quote "$ACTOR_ERROR")"; }
on_Inject() { reply Bad "1}},\"answer\":false,{" || reply Refused "$(quote "$ACTOR_ERROR")"; }
on_Send() { send Worker Bad "$(printf "\"\\377\"")" || reply Refused "$(quote "$ACTOR_ERROR")"; }
on_Create() { create -v child worker role "{" || reply Refused "$(quote "$ACTOR_ERROR")"; }
on_Field() { field -v x "$(printf "\\377")" || reply Refused "$(quote "$ACTOR_ERROR")"; }
on_Wakeup() { wakeup "1," || reply Refused "$(quote "$ACTOR_ERROR")"; }
on_Long() { _actor_limit=100000; printf -v x %200000s ""; reply Bad "\"$x\"" || reply Refused "$(quote "$ACTOR_ERROR")"; }
on_Fail() { fail "$(printf "\\377")"; }
on_Raw() {
	{ printf "{\"reply\":\""; head -c 70000000 /dev/zero | tr "\0" x; printf "\",\"answer\":true}\n"; } >&"$_actor_to"
	IFS= read -r -t 10 -u "$_actor_from" heard
	reply Heard "$heard"
}'
	for type in Reply Inject Send Create Field Wakeup; do
		run ask "$type {}"
		json '."$type" == "Refused" and .value == "TSP_EVALUE"'
	done
	run ask 'Long {}'
	json '."$type" == "Refused" and .value == "TSP_ETOOBIG"'
	run ask 'Fail {}'
	json '."$type" == "PoisonMessage" and .value.outcome == "failed"'
	run ask 'Raw {}'
	json '."$type" == "Heard" and .value.error == "TSP_ETOOBIG"'
	[ "$(actor restarts)" = 0 ]
}

@test "script: its variables may have any name, and no text is run, whatever the function does with it" {
	script 'for name in status line function candidate text to type body head pattern name code answer verdict; do eval "$name=old"; done
on_Set() {
	field -v status text; line=$status function=$status candidate=$status text=$status to=$status type=$status
	body=$status head=$status pattern=$status name=$status code=$status answer=$status verdict=$status
	send "$ACTOR_SENDER" "$type" "$(quote "$body")" && ! forward "$to" && ! create -v name "$type" > /dev/null
	actor_log info "$text"
}
on_Get() {
	for name in "$line" "$function" "$candidate" "$text" "$to" "$type" "$body" "$head" "$pattern" "$code" "$answer" "$verdict"; do
		[[ $name == "$status" ]] || fail "it is $name" || return
	done
	reply Got "$(quote "$status")"
}'
	for hostile in 'a[$(touch '"$dir"'/ran)]' '$(touch '"$dir"'/ran)' '`touch '"$dir"'/ran`' "'; touch $dir/ran; '" 'x[0$(touch '"$dir"'/ran)]=1'; do
		run ask "Set {\"text\": \"$hostile\"}"
		[ "$(jq -r '.value' <<< "$output")" = "$hostile" ] || { echo "$output"; return 1; }
		[ "$(jq -r '."$type"' <<< "$output")" = "$hostile" ]
		run ask 'Get {}'
		[ "$(jq -r '.value' <<< "$output")" = "$hostile" ] || { echo "$output"; return 1; }
		run ask "$(jq -cn --arg type "$hostile" '{"$type": $type, "value": {"[$(touch ran)]": $type}}')"
	done
	[ ! -e "$dir/ran" ]
	[ "$(actor restarts)" = 0 ]
}

@test "script: what it says behind the end of a message is heard, and answered, before the next one" {
	script 'on_Late() {
	reply Late
	printf "%s\n" "{\"done\":true}" "{\"log\":\"from behind\"}" "{\"get\":\"x\",\"answer\":true}" >&"$_actor_to"
	IFS= read -r -t 10 -u "$_actor_from" answer && printf "%s\n" "$answer" > "$THESPIAN_TEST_DIR/answer"
}'
	run ask 'Late {}'
	json '."$type" == "Late"'
	wait_until 5 logged 'worker.sh: from behind|from behind'
	wait_until 5 grep -q absent answer
}

@test "script: it dies with its host, also where the guard is killed first" {
	script 'on_Hang() { trap "" TERM HUP; echo "$$" > "$THESPIAN_TEST_DIR/script"; while :; do :; done; }'
	shell 'tell Worker Hang {}'
	wait_until 10 test -s script
	host=$(actor pid)
	guard=$(pgrep -P "$host" -x 'command guard')
	kill -KILL "$guard" "$host"
	gone() { [ ! -e "/proc/$(cat script)" ]; }
	wait_until 10 gone
}

@test "script: watch sees a save of one that cannot be executed" {
	source_of 'on_Version() { reply Version 1; }'
	chmod 0644 src/worker.sh
	thespian-director watch work src > out 2> err 3>&- &
	pid=$!
	loaded() { [ "$(grep -c '^loaded work' out)" -ge "$1" ]; }
	wait_until 30 loaded 1
	sed -i 's/Version 1/Version 2/' src/worker.sh
	wait_until 30 loaded 2
	kill -INT "$pid"
	wait "$pid"
	run ask 'Version {}'
	json '.value == 2'
}

@test "script: one that never answers is busy, and is killed; nothing of it is left" {
	script 'on_Hang() { sleep 1000 & echo $! > "$THESPIAN_TEST_DIR/sleeper"; wait; }'
	shell 'tell Worker Hang {}'
	wait_until 20 test -s sleeper
	busy() { [ "$(actor in_work)" = Hang ]; }
	wait_until 20 busy
	pid=$(script_pid)
	shell "kill $(actor address) --force"
	gone() { [ ! -e "/proc/$pid" ] && [ ! -e "/proc/$(cat sleeper)" ]; }
	wait_until 10 gone
}

@test "script: it ends with its system, also where that is killed, and whatever it started" {
	script 'on_Hang() { trap "" TERM; sleep 1000 & echo "$! $$" > "$THESPIAN_TEST_DIR/sleeper"; wait; }'
	shell 'tell Worker Hang {}'
	wait_until 10 test -s sleeper
	kill -KILL "$(admin_pid)"
	gone() { read -r one two < sleeper && [ ! -e "/proc/$one" ] && [ ! -e "/proc/$two" ]; }
	wait_until 10 gone
}

@test "script: a message of type start or end does not call what begins and ends the actor" {
	script 'on_start() { echo s >> "$THESPIAN_TEST_DIR/began"; }
on_end() { echo e >> "$THESPIAN_TEST_DIR/ended"; }
on_message() { reply Other; }'
	run ask 'start {}'
	json '."$type" == "Other"'
	run ask 'end.now {}'
	json '."$type" == "Other"'
	[ "$(cat began)" = s ]
	[ ! -e ended ]
}

@test "script: an exit request ends it in order: on_ActorExitRequest, then on_end" {
	script 'on_ActorExitRequest() { echo "asked" >> "$THESPIAN_TEST_DIR/end"; }
on_end() { echo "ended" >> "$THESPIAN_TEST_DIR/end"; }
on_Stop() { actor_exit; reply Stopping; }'
	run ask 'Stop {}'
	json '."$type" == "Stopping"'
	wait_until 10 grep -q ended end
	[ "$(cat end)" = $'asked\nended' ] || { cat end; return 1; }
}

@test "script: one that does not start makes its creation fail, and says why" {
	source_of 'if then'
	run --separate-stderr deploy_script 1
	[ "$status" -ne 0 ]
	[[ $stderr == *'did not start'*'syntax error'* ]] || { echo "$stderr"; return 1; }
	source_of 'on_start() { fail "no disk for $1"; }'
	run --separate-stderr deploy_script 2
	[ "$status" -ne 0 ]
	[[ $stderr == *"no disk for null"* ]] || { echo "$stderr"; return 1; }
	ten=$'#!/nonexistent/shell\n'
	source_of ''
	run --separate-stderr deploy_script 3
	[ "$status" -ne 0 ]
	[[ $stderr == *'No such file'* ]] || { echo "$stderr"; return 1; }
}

@test "script: it sends, creates, wakes itself, forwards, and hears of its children" {
	script 'on_Make() {
	local child
	asker=$ACTOR_SENDER
	create -v child worker role "\"helper\"" argument "{\"n\": 5}" || fail "$ACTOR_ERROR" || return
	send "$child" Twice "{\"n\": 4}"
}
on_start() { n=$(field n) || n=none; }
on_Twice() { reply Result "{\"n\": $(($(field n) * 2)), \"given\": $n}"; actor_exit; }
on_Result() { result=$ACTOR_MESSAGE; }
on_ChildActorExited() { send "$asker" Made "$result" && wakeup 0.01 "\"later\"" && who=$asker; }
on_WakeupMessage() { send "$who" Woken "{\"payload\": $(quote "$(field payload)"), \"system\": $ACTOR_SYSTEM}"; }
on_Pass() { if [[ $n == 7 ]]; then reply Passed 7; else asker=$ACTOR_SENDER; forward "$(field to)"; fi; }
on_Passed() { send "$asker" Passed "$ACTOR_MESSAGE"; }
on_Twin() { create -v twin worker argument "{\"n\": 7}" || fail "$ACTOR_ERROR" || return; reply Twin "\"$twin\""; }
on_BadTarget() { send "a@nowhere" X || reply Refused "{\"error\": $(quote "$ACTOR_ERROR")}"; }
on_Reserved() { reply PoisonMessage "{}" || reply Refused "{\"error\": $(quote "$ACTOR_ERROR")}"; }'
	run ask 'Make {}'
	json '."$type" == "Made" and .value == {"n": 8, "given": 5}'
	run shell_json 'ask Worker Make {}' 'listen 5'
	[ "$(jq -cs 'map(select(."$type" == "Woken").value)[0]' <<< "$output")" = '{"system":true,"payload":"later"}' ]
	twin=$(ask 'Twin {}' | jq -r .value)
	[[ $twin == @* ]]
	run ask "Pass {\"to\": \"$twin\"}"
	json '."$type" == "Passed" and .value == 7'
	run ask 'Reserved {}'
	json '.value.error == "TSP_EPERM"'
	run ask 'BadTarget {}'
	json '.value.error == "TSP_EVALUE"'
}

@test "script: a troupe of scripts works in parallel" {
	script 'on_Work() { touch "$THESPIAN_TEST_DIR/at.$$"; until (($(ls "$THESPIAN_TEST_DIR"/at.* | wc -l) >= 3)); do sleep 0.02; done; reply Done "$$"; }' \
		'{"script": "worker.sh", "troupe": {"max_count": 3}}'
	waiting=()
	for i in 1 2 3; do
		ask 'Work {}' > "job.$i" &
		waiting+=($!)
	done
	wait "${waiting[@]}"
	[ "$(jq -s 'map(.value) | unique | length' job.*)" = 3 ]
}

@test "script: what is replaced while it works ends its work, and nothing is lost" {
	script 'on_Work() { until [ -e "$THESPIAN_TEST_DIR/go" ]; do sleep 0.02; done; reply Done "{\"version\": 1}"; }'
	waiting=()
	for i in {1..4}; do
		ask 'Work {}' > "job.$i" &
		waiting+=($!)
	done
	wait_until 10 eval '[ "$(actor busy)" = true ]'
	source_of 'on_Work() { reply Done "{\"version\": 2}"; }'
	deploy_script 2
	run ask 'Work {}'
	json '.value.version == 2'
	touch go
	wait "${waiting[@]}"
	[ "$(jq -cs 'map(.value.version) | sort' job.*)" = '[1,1,1,1]' ] || { cat job.*; return 1; }
}

@test "script: the environment and the descriptors are few" {
	export SECRET_OF_THE_USER=canary BASH_ENV=/nonexistent
	script 'on_Look() { env > "$THESPIAN_TEST_DIR/env"; ls /proc/$$/fd > "$THESPIAN_TEST_DIR/fds"; bash -c "ls /proc/\$\$/fd" > "$THESPIAN_TEST_DIR/inner"; reply Seen; }'
	run ask 'Look {}'
	json '."$type" == "Seen"'
	run ! grep -E 'canary|BASH_ENV' env
	grep -q '^THESPIAN_ACTOR_CLASS=worker$' env
	grep -q '^PATH=' env
	[ "$(wc -l < fds)" -le 8 ] || { cat fds; return 1; }
	# 0 to 2, the folder that ls reads is its own; none of the system's
	[ "$(wc -l < inner)" -ge 3 ]
	[ "$(wc -l < inner)" -le 8 ] || { cat inner; return 1; }
}

@test "script: tlsinfo, verify and doctor know it; a module that comes along needs no compiler for it" {
	source_of 'on_Ok() { reply Ok; }'
	thespian-director gensrc --key alice.sec --version 1 --prebuilt work src > /dev/null
	run thespian-director --json tlsinfo "$THESPIAN_DIRECTOR_DIR/work-1.tls"
	json '.script == "worker.sh" and (.prebuilt | length) == 1'
	run thespian-director --json tlsinfo "$THESPIAN_DIRECTOR_DIR/work-1.tls" --contents
	json '.files[] | select(.name == "worker.sh") | .executable'
	thespian-director load work 3>&-
	run ask 'Ok {}'
	json '."$type" == "Ok"'
	thespian-director verify "$THESPIAN_DIRECTOR_DIR/work-1.tls"
	thespian-director verify --rebuild "$THESPIAN_DIRECTOR_DIR/work-1.tls"
	run -0 thespian-director doctor
}

@test "script: C beside it has its classes, and helps in the same module" {
	source_of 'on_Ask() { send "$(field who)" Hello "{\"to\": {\"$address\": \"$ACTOR_SENDER\"}}"; }'
	write_source src Greeter one
	thespian-director gensrc --key alice.sec --version 1 work src > /dev/null
	thespian-director load work 3>&-
	shell_json actors | jq -e '.actors[] | select(.class == "worker")'
	hash=$(thespian-director --json tlsinfo "$THESPIAN_DIRECTOR_DIR/work-1.tls" | jq -r .hash)
	greeter=$(shell_json "create Greeter --source $hash" | jq -r .address)
	run shell_json "ask $greeter {}"
	json '.from == "one"'
}

@test "P1, P12: a script that was altered in its package, or in the cache, does not run" {
	script 'on_Ok() { reply Ok "\"honest\""; }'
	run ask 'Ok {}'
	json '.value == "honest"'
	package=$THESPIAN_DIRECTOR_DIR/work-1.tls
	thespian-director unload work > /dev/null
	thespian-director tlsinfo "$package" --extract out > /dev/null
	sed 's/honest/forged/' "$package" > "$dir/forged.tls"
	# where it is deflated, any byte of it
	! cmp -s "$package" forged.tls || printf X | dd of=forged.tls bs=1 seek=$(($(stat -c %s forged.tls) - 300)) conv=notrunc status=none
	run -1 cmp -s "$package" forged.tls
	run -5 --separate-stderr thespian-director load "$dir/forged.tls"
	for module in "$XDG_CACHE_HOME"/thespian/*.so; do
		grep -q honest "$module"
		sed -i 's/honest/forged/' "$module"
		grep -q forged "$module"
	done
	thespian-director load work 3>&-
	run ask 'Ok {}'
	json '.value == "honest"'
}
