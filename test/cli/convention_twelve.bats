#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Twelve systems on one machine: formed, their leader killed and started again, some of them paused or killed.

load common
load convention
setup() { convention_setup; }
teardown() { convention_teardown; }

members=(m1 m2 m3 m4 m5 m6 m7 m8 m9 m10 m11)

@test "twelve systems form a convention, and outlive a killed leader, a killed and a paused member" {
	beat='{"Convention Heartbeat": 0.5, "Convention Suspicion": 2, "Convention Gone": 4}'
	system leader "$beat"
	token leader > /dev/null
	for name in "${members[@]}"; do
		system "$name" "$beat"
		join "$name" leader > /dev/null
	done
	on leader start
	pids=()
	for name in "${members[@]}"; do
		on "$name" start > /dev/null &
		pids+=($!)
	done
	wait "${pids[@]}"
	wait_until 20 has_linked leader 11
	# one that is killed, and one that is paused: both are missed, nobody else is
	kill -KILL "$(admin_of m1)"
	kill -STOP "$(admin_of m2)"
	wait_until 15 has_linked leader 9
	kill -CONT "$(admin_of m2)"
	wait_until 20 has_linked leader 10
	on m1 start
	wait_until 20 has_linked leader 11
	# all are listed once
	run json_at leader convention
	json '(.members | length) == 11 and ([.members[].key] | unique | length) == 11'
	# the leader is killed: its members go on, and find it again
	kill -KILL "$(admin_of leader)"
	wait_until 15 has_linked m3 0
	at m3 status > /dev/null
	on leader start
	wait_until 30 has_linked leader 11
}
