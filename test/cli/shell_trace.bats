#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# trace: what passes between actors and callers is seen, within bounds, and nothing is harmed by it.
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # common and flow set them; $ is JSON; tracer is of one test

load common
load flow

setup() {
	flow_setup
	system
}
teardown() {
	tmux -S "${dir:-}/tmux" kill-server 2> /dev/null || true
	flow_teardown
}

# listen_in FILE ARGUMENT...: a trace in the background, which has begun when this returns; $tracer is its process.
listen_in() {
	local file=$1
	shift
	thespian-shell -p "$port" -c "trace $*" > "$file" 2> "$file.errors" 3>&- &
	tracer=$!
	wait_until 10 grep -q '^tracing' "$file"
}

lines_of() {
	[ "$(grep -c -- "$2" "$1")" -eq "$3" ]
}

@test "each message has a line: time, direction, from, to, class, type, size, latency, outcome; then the sums" {
	actor Flow One
	listen_in seen One --limit 3
	shell -c 'ask One "hello"' -c 'tell One Fail {}' > /dev/null
	wait "$tracer"
	[ "$(head -n 1 seen)" = 'tracing One: 1 actor now; Ctrl-C ends' ]
	local time='[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}' us='[0-9]+ (us|ms)'
	grep -qE "^$time out (#[0-9]+|@[0-9a-f.]+) -> @[0-9a-f.]+  text  6 B  $us  delivered\$" seen
	grep -qE "^$time in  @[0-9a-f.]+ -> (#[0-9]+|@[0-9a-f.]+) Flow  text  6 B  $us  handled\$" seen
	grep -qE "^$time in  .* Flow  Fail  [0-9]+ B  $us  failed\$" seen
	[ "$(tail -n 1 seen)" = '3 messages seen, 3 shown, 0 skipped (limit)' ]
}

@test "--json is one document, bodies and all; Ctrl-C ends it with its sums and the next command runs" {
	actor Flow One
	thespian-shell -p "$port" --json -c 'trace One --bodies --type text' -c actorCount > seen 3>&- &
	tracer=$!
	wait_until 10 grep -q events seen
	shell -c 'ask One "a \"quoted\" word"' -c 'tell One Drop {}' -c 'ask One Report {}' > /dev/null
	wait_until 10 grep -q handled seen
	kill -INT "$tracer"
	wait "$tracer"
	[ "$(wc -l < seen)" -eq 2 ]
	jq -es '.[0].events | length == 2 and all(.type == "text" and .body == "a \"quoted\" word" and .size == 16)' seen
	jq -es '.[0] | .seen == 2 and .shown == 2 and .skipped == 0 and .lost == 0 and .reason == "interrupt"' seen
	jq -es '.[1].actors == 1' seen
}

@test "Ctrl-C in a terminal ends the trace and not the shell" {
	command -v tmux > /dev/null || skip "no tmux"
	actor Flow One
	tmux -S "$dir/tmux" -f /dev/null new-session -d -x 100 -y 30 "thespian-shell -p $port" 3>&-
	screen_shows() { tmux -S "$dir/tmux" capture-pane -p | grep -qE -- "$1"; }
	wait_until 10 screen_shows '^thespian>'
	tmux -S "$dir/tmux" send-keys 'trace One' Enter
	wait_until 10 screen_shows '^tracing One'
	shell -c 'ask One "hello"' > /dev/null
	wait_until 10 screen_shows 'text .*handled$'
	tmux -S "$dir/tmux" send-keys C-c
	wait_until 10 screen_shows '^2 messages seen, 2 shown, 0 skipped \(interrupt\)$'
	tmux -S "$dir/tmux" send-keys info Enter
	wait_until 10 screen_shows '^Attached +yes$'
}

@test "a class is traced with its actors to come; an unknown word is a name to come, with a : a class" {
	actor Flow One
	listen_in seen flow:Flow --limit 2 --type Drop
	listen_in none :Nothing --for 60
	local nothing=$tracer
	listen_in later Two --limit 1 --type Drop
	[ "$(head -n 1 later)" = 'tracing Two: 0 actors now; Ctrl-C ends' ]
	actor Flow Two
	shell -c 'tell One Drop {}' -c 'tell Two Drop {}'
	wait_until 10 grep -q 'seen' seen
	lines_of seen ' in .* Flow  Drop ' 2
	wait_until 10 grep -q '^1 messages seen, 1 shown' later
	[ "$(head -n 1 none)" = 'tracing :Nothing: 0 actors now; Ctrl-C ends' ]
	kill -INT "$nothing"
	wait_until 10 grep -q '^0 messages seen, 0 shown, 0 skipped (interrupt)$' none
}

@test "a trace goes on when its actor dies, and sees what comes back" {
	actor Flow One
	listen_in seen "$(address One)" --limit 4
	local one
	one=$(address One)
	shell -c 'tell One Drop {}'
	wait_until 10 grep -q ' Drop .*handled' seen
	shell -c 'kill One --force' > /dev/null
	dead() { shell -c "tell $one Drop {}" 2> /dev/null; grep -q 'dead$' seen; }
	wait_until 10 dead
	kill -INT "$tracer" 2> /dev/null || true
	wait "$tracer"
	grep -qE '^[0-9]+ messages seen, .* \((interrupt|limit)\)$' seen
}

@test "a flood past the rate is skipped and counted: seen = shown + skipped" {
	actor Flow One
	actor Flow Two
	listen_in seen Two --rate 10 --limit 1000 --type Drop
	flood One Two 5000
	wait_until 60 settled One Two
	kill -INT "$tracer"
	wait "$tracer"
	local last seen shown skipped rest
	last=$(tail -n 1 seen)
	read -r seen rest <<< "$last"
	[ "$seen" -eq $(($(figure Two got) + $(figure One poisoned))) ] || [ "$seen" -eq 5000 ]
	shown=$(grep -c ' Drop ' seen)
	skipped=$(sed -E 's/.* ([0-9]+) skipped.*/\1/' <<< "$last")
	[ "$shown" -ge 10 ]
	[ "$skipped" -gt 1000 ]
	[ "$((shown + skipped))" -eq "$seen" ]
}

@test "two shells trace at once, each for itself; nine are too many, and say so" {
	actor Flow One
	listen_in first One --limit 1 --type Drop
	local one=$tracer i
	listen_in second --type Fail --limit 1
	local two=$tracer
	shell -c 'tell One Drop {}' -c 'tell One Fail {}'
	wait "$one"
	wait "$two"
	lines_of first ' Drop .*handled$' 1
	lines_of second ' Fail .*failed$' 1
	local tracers=()
	for i in {1..8}; do
		listen_in "t$i"
		tracers+=("$tracer")
	done
	run --separate-stderr shell -c trace
	[ "$status" -ne 0 ]
	[ "${stderr_lines[0]}" = 'thespian-shell: cannot trace: so many traces run already' ]
	[[ ${stderr_lines[1]} == 'hint: '* ]]
	kill -INT "${tracers[@]}"
	wait
}

@test "kill -9 of a shell that traces leaves the system untroubled, and room for another" {
	actor Flow One
	local i
	for i in {1..9}; do
		listen_in "t$i" --rate 100000 --limit 1000000 --bodies
		[ "$i" -ne 1 ] || flood One One 2000
		kill -STOP "$tracer"
		flood One One 2000
		kill -KILL "$tracer"
		wait "$tracer" || true
	done
	[ "$(shell -c 'ask One "still there"')" = 'still there' ]
	listen_in last One --limit 1 --type Drop
	shell -c 'tell One Drop {}'
	wait "$tracer"
}

@test "hostile types and bodies neither harm the terminal nor break the document" {
	actor Flow One
	export LANG=C.UTF-8 # what is looked for are characters
	listen_in seen One --bodies
	printf 'tell One Evil\\u001b {"a": "\\u001b]0;x\\u0007 \\u009b31m \\u202e"}\n' > lines
	printf 'tell One {"$type": "E\\u001b[31mvil", "value": {"\\u001b[2J": "\\u009b \\u202e"}}\n' >> lines
	thespian-shell -p "$port" lines 3>&-
	shell -c "tell One \"$(head -c 100000 /dev/zero | tr '\0' x)\""
	wait_until 10 grep -q ' xxx.* \.\.$\|"xxx.* \.\.$' seen
	kill -INT "$tracer"
	wait "$tracer"
	[ "$(LC_ALL=C grep -c $'[\x01-\x08\x0b-\x1f\x7f]' seen)" -eq 0 ]
	run ! grep -q $'\u202e\|\u009b' seen
	[ "$(wc -c < seen)" -lt 8000 ]
	# what it answers to a caller that is there still is seen, too
	[[ $(tail -n 1 seen) =~ ^[3-5]\ messages\ seen,\ [3-5]\ shown,\ 0\ skipped\ \(interrupt\)$ ]]
}

@test "bounds and words that are wrong are refused, with status 2" {
	for words in '--limit 0' '--limit 1000001' '--rate 0' '--rate 100001' '--for 0' '--for 100000' '--limit x'; do
		run --separate-stderr shell -c "trace $words"
		[ "$status" -eq 2 ]
		[ -z "$output" ]
	done
	run --separate-stderr shell -c 'trace @0000000000000001.0000000000000001'
	[ "$status" -eq 1 ]
	[ "$stderr" = 'thespian-shell: cannot trace: the actor is dead' ]
}

@test "a reader that leaves ends the trace; a system that goes ends it with status 3, the document whole" {
	actor Flow One
	{ thespian-shell -p "$port" -c 'trace One' 2> errors 3>&- || echo $? > left; } | head -n 1 > first 3>&- &
	wait_until 10 grep -q '^tracing' first
	ended() { shell -c 'ask One "hello"' > /dev/null; [ -s left ]; }
	wait_until 10 ended
	[ "$(cat left)" -eq 1 ]
	thespian-shell -p "$port" --json -c 'trace One' > seen 2> errors 3>&- &
	tracer=$!
	wait_until 10 grep -q events seen
	shell -c stop > /dev/null
	status=0
	wait "$tracer" || status=$?
	[ "$status" -eq 3 ]
	jq -e '.events == [] and .reason == "lost"' seen
}

@test "Ctrl-C ends a repeat of traces, not the trace alone" {
	actor Flow One
	thespian-shell -p "$port" -c 'repeat 0 0 trace One' > seen 2> errors 3>&- &
	tracer=$!
	wait_until 10 grep -q '^tracing' seen
	kill -INT "$tracer"
	wait "$tracer" || true
	lines_of seen '^tracing' 1
	grep -q '(interrupt)$' seen
}
