#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the admin tells a service manager: that it is ready, that its loop turns, that it ends.
# shellcheck disable=SC2154,SC2030,SC2031 # common sets them; a test is a subshell

load common

setup() {
	tsp_setup
	"$TSP_BUILDDIR/test/cli/notify_listen" "$dir/notify" >> heard 3>&- &
	ear=$!
	wait_until 10 test -S "$dir/notify"
	export NOTIFY_SOCKET=$dir/notify
}

teardown() {
	kill "$ear" 2>/dev/null || true
	[ -z "${admin:-}" ] || kill -CONT "$admin" 2>/dev/null || true
	tsp_teardown
}

# heard TEXT: how often that was said.
heard() {
	grep -cxE "[0-9]+ $1" "$dir/heard"
}

# said_at TEXT N: the milliseconds at which it was said for the N-th time.
said_at() {
	grep -xE "[0-9]+ $1" "$dir/heard" | sed -n "$2s/ .*//p"
}

heard_times() {
	[ "$(heard "$1")" -ge "$2" ]
}

start_admin() {
	thespian-admin --port "$port" --foreground 3>&- 2> log &
	admin=$!
	wait_until 20 heard_times READY=1 1
}

state_is() {
	[ "$(tsp_state_of "$admin")" = "$1" ]
}

@test "F139: an idle admin says WATCHDOG=1 at half of the time, READY=1 before and STOPPING=1 at the end" {
	export WATCHDOG_USEC=400000
	start_admin
	wait_until 20 heard_times WATCHDOG=1 6
	ready=$(said_at READY=1 1)
	[ "$ready" -gt 0 ]
	[ $(($(said_at WATCHDOG=1 6) - ready)) -ge 990 ] # five times 200 ms, and rounded
	kill -TERM "$admin"
	wait "$admin"
	wait_until 5 heard_times STOPPING=1 1
	[ "$(head -n 1 heard | cut -d ' ' -f 2)" = READY=1 ]
	[ "$(heard READY=1)" -eq 1 ]
}

@test "F139: an admin that stands still says nothing, and goes on when it goes on" {
	export WATCHDOG_USEC=200000
	start_admin
	wait_until 20 heard_times WATCHDOG=1 2
	kill -STOP "$admin"
	wait_until 5 state_is T
	before=$(heard WATCHDOG=1)
	run ! wait_until 1 heard_times WATCHDOG=1 $((before + 2)) # one may have been on its way
	kill -CONT "$admin"
	wait_until 20 heard_times WATCHDOG=1 $((before + 2))
	kill -TERM "$admin"
	wait "$admin"
}

@test "F139: an admin that nobody watches says READY=1 and STOPPING=1, no more" {
	start_admin
	thespian-shell --port "$port" -c info > /dev/null < /dev/null 3>&-
	kill -TERM "$admin"
	wait "$admin"
	wait_until 5 heard_times STOPPING=1 1
	[ "$(wc -l < heard)" -eq 2 ]
	WATCHDOG_USEC=200000 WATCHDOG_PID=1 # another process is watched
	export WATCHDOG_USEC WATCHDOG_PID
	: > heard
	start_admin
	run ! wait_until 1 heard_times WATCHDOG=1 1
	kill -TERM "$admin"
	wait "$admin"
}
