#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Many systems on one machine with two leaders: formed, one package for all, a leader killed. TSP_SYSTEMS (8) of them;
# with TSP_SYSTEMS=50 the times that it prints are those of `share/doc/conventions.md`.
# shellcheck disable=SC2154 # the helpers set them

load common
load convention
load deploy
load fleet

: "${TSP_SYSTEMS:=8}"

setup() { fleet_setup; }
teardown() { convention_teardown; }

# took WHAT: milliseconds since $begin.
took() {
	echo "# $TSP_SYSTEMS systems: $1 in $(($(now_ms) - begin)) ms" >&3
}

known_at() {
	[ "$(linked "$1")" -eq "$2" ]
}

# The second leads all members.
led_by_second() {
	local name
	for name in "${members[@]}"; do
		[ "$(json_at "$name" convention | jq -r --arg key "$key" \
			'[.members[] | select(.state == "linked" and .key == $key)] | length')" -eq 1 ] || return 1
	done
}

@test "many systems: formed, loaded by --fleet, and led by the second leader when the first is killed" {
	local name members=() starts=()
	for name in first second; do
		system "$name"
		token "$name" > /dev/null
		cp "$THESPIAN_DIRECTOR_DIR"/alice_tls.key "$dir/$name/"
	done
	join second first > /dev/null
	for ((i = 1; i <= TSP_SYSTEMS - 2; i++)); do
		system "m$i"
		cp "$THESPIAN_DIRECTOR_DIR"/alice_tls.key "$dir/m$i/"
		join "m$i" first > /dev/null
		join "m$i" second > /dev/null
		members+=("m$i")
	done
	here=first
	begin=$(now_ms)
	on first start > /dev/null
	on second start > /dev/null
	for name in "${members[@]}"; do
		on "$name" start > /dev/null &
		starts+=($!)
	done
	wait "${starts[@]}"
	took "started"
	begin=$(now_ms)
	wait_until 30 known_at first $((TSP_SYSTEMS - 1))
	took "formed, after that"
	pack_aside 1
	begin=$(now_ms)
	run on first --json --fleet load hello-1.tls
	[ "$status" -eq 0 ]
	took "loaded"
	json ".failed == 0 and (.systems | length) == $TSP_SYSTEMS"
	[ "$(version_at m1)" = 1 ]
	key=$(cat "$dir/second/convention/system.key")
	pids=$(tsp_processes thespian-admin | wc -l)
	begin=$(now_ms)
	kill -KILL "$(admin_of first)"
	wait_until 30 known_at second $((TSP_SYSTEMS - 2))
	wait_until 30 led_by_second
	took "led by the second"
	# nobody else has ended, and what runs, runs on
	[ "$(tsp_processes thespian-admin | wc -l)" -eq $((pids - 1)) ]
	for name in "${members[@]}"; do
		[ "$(version_at "$name")" = 1 ]
	done
}
