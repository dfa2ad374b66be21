#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A flood at an actor that does not move: bounded memory, exact counts, and everybody else goes on.
# shellcheck disable=SC2154,SC2016,SC2001 # common sets them; commands for later; sed is as clear

load common
load flow

setup() { flow_setup; }
teardown() { flow_teardown; }

FLOOD=100000

# A source floods a sink whose host is stopped.
flood_stopped() {
	system "${1:-"{}"}"
	actor Flow Sink
	actor Flow Source
	actor Flow Other
	sink=$(entry Sink pid)
	kill -STOP "$sink"
	shell -c "tell Source Flood {\"to\": {\"\$address\": \"$(address Sink)\"}, \"count\": $FLOOD}"
}

# Of all that was to be sent, each was accepted or refused, and each refusal is in the system's count.
check_counts() {
	local sent refused
	sent=$(figure Source sent)
	refused=$(figure Source refused)
	echo "sent $sent, refused $refused"
	[ $((sent + refused)) -eq "$FLOOD" ]
	[ "$refused" -gt 0 ]
	[ "$(figure Source other)" -eq 0 ]
	[ "$(counter refused_in_hosts)" -eq "$refused" ]
}

@test "F051 F053 F054: a sender is not blocked by a stopped actor, and what is past the bounds is refused and counted" {
	flood_stopped
	check_counts
	kill -CONT "$sink"
	wait_until 30 settled Source Sink
	[ "$(counter refused)" -eq "$(figure Source poisoned)" ]
	[ $(($(figure Sink got) + $(figure Source poisoned) + $(figure Source refused))) -eq "$FLOOD" ]
	# what was accepted has ended, each in one way; what is asked now is on its way
	shell --json -c status | jq -e '.counters | .accepted - .finished - .poisoned - .returned - .outcome_unknown -
		.refused - .to_callers | . == 0'
}

@test "F053: the admin's memory stays bounded in a flood, and its mailboxes within the limit" {
	flood_stopped '{"Memory Limit": 4000000}'
	check_counts
	[ "$(shell --json -c status | jq .memory)" -lt 60000000 ]
	[ "$(counter mailbox_bytes)" -le 4000000 ]
	[ "$(counter mailbox_bytes)" -gt 0 ]
}

@test "F052 F055: in a flood others are answered, and the admin tells its status" {
	flood_stopped
	start=$(now_ms)
	for _ in 1 2 3 4 5; do
		[ "$(shell -c 'ask Other hello')" = hello ]
	done
	shell --json -c status | jq -e '.pendingCount // .pending_count | . > 0'
	[ $(($(now_ms) - start)) -lt 10000 ]
}

@test "a system says how deep, how old and how refused a mailbox is" {
	flood_stopped '{"Mailbox Messages": 100, "Sender Grace Bytes": 1000}'
	[ "$(entry Sink waiting)" -ge 100 ]
	[ "$(entry Sink high)" -ge 100 ]
	[ "$(entry Sink bytes)" -gt 1000 ]
	[ "$(entry Sink idle)" = false ]
	[ "$(entry Other idle)" = true ]
	was=$(entry Sink oldest_ms)
	sleep 0.1
	[ "$(entry Sink oldest_ms)" -gt "$was" ]
	wait_until 20 eval '[ "$(entry Sink refused)" -eq "$(figure Source poisoned)" ]'
	kill -CONT "$sink"
	wait_until 30 eval '[ "$(entry Sink idle)" = true ]'
	[ "$(entry Sink waiting)" -eq 0 ]
	[ "$(entry Sink oldest_ms)" -eq 0 ]
	[ "$(entry Sink high)" -ge 100 ]
}

@test "F056: there is no governor of rates: a sender that is received goes as fast as it can" {
	system
	actor Flow Sink
	actor Flow Source
	shell -c status | grep -F 'Rate Governer: none'
	start=$(now_ms)
	for _ in 1 2 3 4 5 6; do
		shell -c "tell Source Flood {\"to\": {\"\$address\": \"$(address Sink)\"}, \"count\": 5000}"
		wait_until 30 settled Source Sink
	done
	# at 4,480 a second this would be 6.7 s and more
	[ "$(figure Source sent)" -gt 20000 ]
	echo "$(($(now_ms) - start)) ms"
}

@test "F048: messages to the dead end at once, all of them" {
	system
	address=$(shell --json -c 'create flow:Flow' | jq -r .address)
	shell -c "kill --force $address"
	wait_until 10 eval '[ "$(shell --json -c actors | jq ".actors | length")" -eq 0 ]'
	start=$(now_ms)
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		run --separate-stderr shell -c "ask $address hello"
		[ "$status" -eq 1 ]
		[[ $stderr == *dead* ]]
	done
	[ $(($(now_ms) - start)) -lt 8000 ]
}

@test "F049: a system that does nothing takes no time" {
	system
	actor Flow One
	actor Shared Two
	pids=$(tsp_processes)
	ticks() {
		local pid sum=0
		for pid in $pids; do
			sum=$((sum + $(sed 's/^.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 }')))
		done
		echo "$sum"
	}
	sleep 0.5
	before=$(ticks)
	sleep 3
	[ $(($(ticks) - before)) -le 9 ] # 3 % of one core
}

@test "F050: 70 KB pass in each base, those of small datagrams too" {
	for base in multiprocTCPBase multiprocUDPBase multiprocQueueBase; do
		system '{}' "$base"
		actor Flow One
		head -c 70000 /dev/zero | tr '\0' x > big
		{ printf 'ask One "'; cat big; printf '"\n'; } > script
		shell < script | tr -d '\n' | cmp - big
		shell -c stop
		wait_until 10 no_processes
	done
}
