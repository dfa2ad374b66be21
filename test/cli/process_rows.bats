#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What holds for actors as processes: exits, deaths, signals, threads, timers, watches, start-up methods.
# shellcheck disable=SC2154,SC2016 # common sets them; "$type" is JSON

load common
load rows

setup() { rows_setup; }
teardown() { rows_teardown; }

# How many lines of what actors noted match.
noted() {
	grep -c "$1" "$dir/notes" 2>/dev/null || true
}

note_is_there() {
	[ "$(noted "$1")" -ge 1 ]
}

@test "F060: four threads of an actor send 1,000 each: all arrive, each thread's in order" {
	row threads
	grep -q 'thread 3 has sent all' "$dir/thesplog"
	row threads 0
}

@test "F015: a watch is for one wait, and what is no open descriptor does no harm" {
	row watches
	row watches 0
}

@test "F015: a watched descriptor that is closed does not keep the host awake" {
	start
	shell -c 'create rows:Watcher --name W' -c 'tell W {"$type": "Watch", "value": {}}' > /dev/null
	pid=$(shell --json -c 'ask W Pid null' | jq .value.pid)
	shell -c 'tell W {"$type": "Watch", "value": {}}' > /dev/null
	wait_until 5 sleeps "$pid"
}

# Over a fifth of a second it used less than half of that.
sleeps() {
	local before after
	before=$(awk '{ print $14 + $15 }' "/proc/$1/stat")
	sleep 0.2
	after=$(awk '{ print $14 + $15 }' "/proc/$1/stat")
	[ $((after - before)) -lt 10 ]
}

@test "F011, point 24: wake-ups of 100 ms, five of them, in the order that they are due" {
	row timers
	row timers 0
}

@test "F012: a wake-up without delay comes under load; the 65,537th is refused" {
	row timers_under_load
	row timers_under_load 0
}

@test "F062: an exit takes the children along; not recursive, they answer afterwards; seen once" {
	row exits
	[ "$(noted 'exit-request second 1')" -eq 1 ]
	[ "$(noted 'exit-request second 2')" -eq 0 ]
	row exits 0
}

@test "F063: an exiting actor makes no child that lives, and its last message arrives" {
	row last_words
	row last_words 0
}

@test "F064, F065: a parent hears of every end: request, kill -9, abort, exit, no start" {
	row deaths
	row deaths 0
}

@test "F075: TERM, QUIT and ABRT from outside: the handler sees an exit request, the parent hears of it" {
	start
	for signal in TERM QUIT ABRT; do
		shell -c "create rows:Parent --name P$signal" > /dev/null
		shell --json -c "ask P$signal Make {\"class\": \"Echo\", \"argument\": \"$signal\"}" > /dev/null
		child=$(shell --json -c "ask P$signal ToChild {\"type\": \"Pid\", \"value\": null}" | jq .value.pid)
		kill -s "$signal" "$child"
		wait_until 5 note_is_there "exit-request $signal 1"
		wait_until 5 test ! -e "/proc/$child"
		shell --json -c "ask P$signal Last null" | jq -e '.value.reason == "exit request" and .value.right'
	done
}

@test "F075: the same in a shared host: all of its actors exit in order" {
	start
	for name in one two three; do
		shell -c "create rows:Shared --name $name" > /dev/null
	done
	for pid in $(shell --json -c actors | jq '.actors[] | select(.class == "Shared") | .pid' | sort -u); do
		kill -TERM "$pid"
	done
	for name in one two three; do
		wait_until 5 note_is_there "exit-request $name 1"
	done
}

@test "F075, point 50: what else can be caught is logged and survived" {
	start
	shell -c 'create rows:Echo --name E' > /dev/null
	pid=$(pid_of E)
	for signal in HUP INT USR2 ALRM VTALRM PROF IO PWR XFSZ PIPE CONT USR1 URG WINCH CHLD; do
		kill -s "$signal" "$pid"
		shell -c 'ask E hello' > /dev/null
	done
	[ "$(pid_of E)" -eq "$pid" ]
	for number in 1 2 12 14; do
		wait_until 5 grep -q "signal $number " "$dir/thesplog"
	done
}

@test "F075, point 50: deadly signals, each: the parent hears of it, and others live" {
	start
	shell -c 'create rows:Echo --name Bystander' > /dev/null
	signals=(SEGV BUS FPE ILL TRAP SYS KILL)
	[[ ${TSP_SANITIZERS:-} != *-fsanitize* ]] || signals=(TRAP SYS KILL) # the rest is theirs
	for signal in "${signals[@]}"; do
		shell -c "create rows:Parent --name P$signal" > /dev/null
		shell --json -c "ask P$signal Make {\"class\": \"Echo\"}" > /dev/null
		child=$(shell --json -c "ask P$signal ToChild {\"type\": \"Pid\", \"value\": null}" | jq .value.pid)
		kill -s "$signal" "$child"
		wait_until 5 test ! -e "/proc/$child"
		shell --json -c "ask P$signal Last null" |
			jq -e --argjson n "$(kill -l "$signal")" '.value.reason == "killed" and .value.status % 128 == $n'
	done
	shell -c 'ask Bystander hello'
}

@test "F076: a signal to an idle actor is handled within 0.2 s" {
	start
	for i in 1 2 3 4 5; do
		shell -c "create rows:Echo --name idle$i" > /dev/null
		pid=$(pid_of "idle$i")
		wait_until 5 asleep "$pid"
		begin=$(awk '{ print int($1 * 1000) }' /proc/uptime)
		kill -TERM "$pid"
		wait_until 5 note_is_there "exit-request idle$i"
		end=$(awk -v word="idle$i" '$2 == word { print int($4 / 1000) }' "$dir/notes")
		echo $((end - begin))
	done > took
	echo "# $(tr '\n' ' ' < took) ms" >&3
	[ "$(sort -n took | sed -n 3p)" -lt 200 ]
}

asleep() {
	[ "$(tsp_state_of "$1")" = S ]
}

@test "an actor's own child is its own: SIGCHLD takes nothing away" {
	start
	shell -c 'create rows:Watcher --name W' > /dev/null
	shell --json -c 'ask W Child null' | jq -e '.value.status == 1792'
}

@test "SIGTERM to the admin ends the system in order" {
	start
	shell -c 'create rows:Echo --name orderly' > /dev/null
	kill -TERM "$(admin_pid)"
	wait_until 10 no_processes
	note_is_there 'exit-request orderly 1'
	[ ! -e "$dir/run/$port.sock" ]
}

@test "F077: a host has its link, its event descriptor and the standard three, nothing else" {
	(
		exec 7< /etc/passwd 8<> <(:) # what the starter has open is not handed down
		start
	)
	shell -c 'create rows:Echo --name One' -c 'create rows:Shared --name Two' > /dev/null
	for name in One Two; do
		pid=$(pid_of "$name")
		find "/proc/$pid/fd" -mindepth 1 -printf '%f %l\n' | sort -n
		[ "$(find "/proc/$pid/fd" -mindepth 1 | wc -l)" -eq 5 ]
		[ "$(find "/proc/$pid/fd" -mindepth 1 -lname 'socket:*' | wc -l)" -eq 1 ]
		[ "$(find "/proc/$pid/fd" -mindepth 1 -lname '*eventfd*' | wc -l)" -eq 1 ]
		for fd in 0 1 2; do
			[ "$(readlink "/proc/$pid/fd/$fd")" = /dev/null ]
		done
	done
}

@test "F078: the process list shows an own host's class and address, of a shared one the class" {
	start
	shell -c 'create rows:Shared --name S' > /dev/null
	number=$(shell --json -c 'create rows:Echo' | jq -r .address)
	pid=$(shell --json -c actors | jq '.actors[] | select(.class == "Echo") | .pid')
	title_of "$pid"
	[[ $(title_of "$pid") == *"Echo $number"* ]]
	[[ $(ps -o args= -p "$pid") == *"Echo @"*.* ]]
	[[ $(title_of "$(pid_of S)") == *"Shared shared"* ]]
}

@test "F086: fork, spawn and forkserver each run an actor, a storm of creations and a kill" {
	for method in fork spawn forkserver; do
		start --capabilities "{\"Process Startup Method\": \"$method\"}"
		shell -c 'create rows:Echo --name E' -c 'ask E hello' > /dev/null
		for _ in {1..30}; do
			echo 'create rows:Echo'
		done | shell > /dev/null
		[ "$(shell --json -c actors | jq '[.actors[] | select(.class == "Echo" and .state == "running")] | length')" -eq 31 ]
		pid=$(pid_of E)
		[[ $(title_of "$pid") == *"Echo @"* ]]
		kill -9 "$pid"
		wait_until 5 gone E
		shell -c 'create rows:Echo --name E' -c 'ask E hello' > /dev/null
		shell -c 'kill E' > /dev/null
		shell -c stop
		wait_until 5 no_processes
	done
}

gone() {
	! shell -c "ask $1 hello"
}

@test "a handler that never returns: kill ends it after its grace, the parent hears, others are not slowed" {
	start
	shell -c 'create rows:Parent --name P' -c 'create rows:Echo --name E' > /dev/null
	shell --json -c 'ask P Make {"class": "Watcher"}' > /dev/null
	child=$(shell --json -c 'ask P ToChild {"type": "Pid", "value": null}' | jq .value.pid)
	before=$(asks_take)
	shell -c 'tell P {"$type": "ToChild", "value": {"type": "Hang", "value": null}}' > /dev/null
	wait_until 5 note_is_there hanging
	while_hanging=$(asks_take)
	echo "# 200 asks: $before ms before, $while_hanging ms while it hangs" >&3
	[ "$while_hanging" -lt $((before * 3 + 500)) ]
	number=$(shell --json -c actors | jq -r ".actors[] | select(.pid == $child) | .address")
	begin=$(now_ms)
	shell -c "kill $number" > /dev/null
	wait_until 15 test ! -e "/proc/$child"
	took=$(($(now_ms) - begin))
	echo "# ended after $took ms" >&3
	[ "$took" -ge 3000 ]
	[ "$took" -lt 12000 ]
	shell --json -c 'ask P Last null' | jq -e '.value.reason == "killed" and .value.right'
}

# Milliseconds of 200 asks to E.
asks_take() {
	local begin
	begin=$(now_ms)
	for _ in {1..200}; do
		echo 'ask E hello'
	done | shell > /dev/null
	echo $(($(now_ms) - begin))
}

@test "point 8: what comes at once, without end, is bounded: 40 senders to one that sleeps" {
	start
	shell -c 'create rows:Echo --name Slow' -c 'create rows:Echo --name Other' > /dev/null
	shell -c 'tell Slow {"$type": "Sleep", "value": {"ms": 3000}}' > /dev/null
	for _ in {1..40}; do
		for _ in {1..100}; do
			echo 'tell Slow {"a": "0123456789"}'
		done | shell > /dev/null &
	done
	shell -c 'ask Other hello'
	wait
	shell -c 'ask Slow hello'
}
