#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# An actor whose handler does not return: the system says since when, without asking it.
# shellcheck disable=SC2154,SC2016,SC2001 # common sets them; commands for later; sed is as clear

load common
load flow

setup() { flow_setup; }
teardown() { flow_teardown; }

busy() {
	[ "$(entry "$1" busy)" = true ]
}

@test "F148: status, tree and actors say that an actor is busy, since when and with what" {
	system
	actor Flow Slow
	actor Flow Quick
	shell -c 'tell Slow Sleep {"ms": 60000}' -c 'tell Slow "behind it"'
	wait_until 10 busy Slow
	[ "$(entry Slow in_work)" = '"Sleep"' ]
	[ "$(entry Slow idle)" = false ]
	[ "$(entry Slow sent)" -eq 2 ]
	was=$(entry Slow busy_ms)
	sleep 0.2
	[ "$(entry Slow busy_ms)" -gt "$was" ]
	[ "$(entry Slow oldest_ms)" -gt "$was" ]
	run shell -c tree
	[[ $output =~ Flow.*Slow,\ busy\ since\ [0-9]+\.[0-9]\ s\ Sleep ]]
	[[ ! $output =~ Quick,\ busy ]]
	run shell -c 'tree Slow'
	[[ $output == *"Slow, busy since"* ]]
	run shell -c actors
	[[ $output == *"BUSY SINCE"* ]]
	[[ $output =~ [0-9]\ s\ Sleep ]]
	run shell -c status
	[[ $output =~ busy\ since\ [0-9.]+\ s\ ago\ with\ Sleep\ in\ @ ]]
	run shell --json -c status
	json '.hosts[] | select(.busy) | .in_work == "Sleep" and .busy_ms > 0'
	# it answers itself when it can, and that is late
	run shell --timeout 0.5 -c 'status Slow'
	[ "$status" -eq 4 ]
	silence="hint: it is busy since [0-9]+\\.[0-9] s Sleep; 'kill' ends it"
	[[ $output =~ $silence ]]
	run shell --timeout 0.5 -c 'ask Slow hello'
	[ "$status" -eq 4 ]
	[[ $output == *"hint: it is busy since"* ]]
	[ "$(shell -c 'ask Quick hello')" = hello ]
}

@test "F148: of the actors of a shared host the one at work is busy" {
	system
	shared_pair
	shell -c "tell $first Sleep {\"ms\": 60000}"
	wait_until 10 busy "$first"
	[ "$(entry "$second" busy)" = false ]
	[ "$(entry "$second" idle)" = true ]
}

@test "restarts, host and memory stand in the list" {
	system
	actor Flow One
	[ "$(entry One restarts)" -eq 0 ]
	[ "$(entry One memory)" -gt 500000 ]
	[ "$(entry One host)" -gt 0 ]
	rss=$(awk '/VmRSS/ { print $2 }' "/proc/$(entry One pid)/status")
	[ "$(entry One memory)" -gt $((rss * 1024 / 2)) ]
	[ "$(entry One memory)" -lt $((rss * 1024 * 2)) ]
}

@test "the look for a hint does not wait as long again as the call itself" {
	system
	actor Flow Quick
	# shellcheck disable=SC2094 # a line is typed when the answer to the one before is there
	{
		echo 'ask Quick hello'
		wait_until 10 grep -q hello out
		kill -STOP "$(admin_pid)"
		now_ms > began
		echo 'ask Quick again'
	} | shell --timeout 2 > out 2>&1 || true
	took=$(($(now_ms) - $(cat began)))
	kill -CONT "$(admin_pid)"
	grep -q 'ask Quick\|no answer\|in time' out
	[ "$took" -ge 1900 ]
	[ "$took" -lt 3500 ]
}
