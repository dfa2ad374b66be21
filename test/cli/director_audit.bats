#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P1: every verdict stands in audit.log, and no line of it can be changed or taken out unseen.
# shellcheck disable=SC2154 # common sets them

load common

setup() {
	tsp_setup
	make_key build
	write_source src Greeter one
	log=$THESPIAN_DIRECTOR_DIR/audit.log
	for version in 1 2 3; do
		thespian-director gensrc --key build.sec --version $version hello src > /dev/null
		thespian-director load hello > /dev/null
	done
	run -5 thespian-director load hello-1.tls
}
teardown() { tsp_teardown; }

@test "the log is whole, and says what was accepted and refused" {
	run -0 thespian-director audit --verify
	[[ $output == "7 lines, unbroken, last hash "* ]]
	run -0 thespian-director audit --json
	json '[.lines[].verdict] == ["accepted", "activated", "accepted", "activated", "accepted", "activated",
		"downgrade refused"]'
	json '.holds and .count == 7'
}

@test "a changed line, a line taken out and a line put in between are found" {
	cp "$log" whole
	sed -i '3s/accepted/refused/' "$log"
	run -1 --separate-stderr thespian-director audit --verify
	[[ $stderr == *"line 4 does not follow"* ]]
	sed 2d whole > "$log"
	run -1 --separate-stderr thespian-director audit --verify
	[[ $stderr == *"line 2 does not follow"* ]]
	sed 2p whole > "$log"
	run -1 --separate-stderr thespian-director audit --verify
	[[ $stderr == *"line 3 does not follow"* ]]
	cp whole "$log"
	run -0 thespian-director audit --verify
}

@test "a line cut off at the end changes the last hash" {
	before=$(thespian-director --json audit --verify | jq -r .last_hash)
	sed -i '$d' "$log"
	[ "$(thespian-director --json audit --verify | jq -r .last_hash)" != "$before" ]
}

@test "a line that a crash cut off never was: it is passed over, and the next one takes its place" {
	before=$(thespian-director --json audit --verify | jq -r .last_hash)
	for rest in '{"time":"2026-' '{' "$(head -c -1 <(tail -n 1 "$log"))"; do
		cp "$log" whole
		printf '%s' "$rest" >> "$log"
		run -0 thespian-director audit --verify
		[[ $output == "7 lines, unbroken, last hash $before" ]]
		run -5 thespian-director load hello-1.tls
		run -0 thespian-director audit --verify
		[[ $output == "8 lines, unbroken"* ]]
		cmp whole <(head -n 7 "$log")
		mv whole "$log"
	done
	printf '{"time' > "$log" # its very first one
	run -0 thespian-director audit --verify
	[[ $output == "0 lines"* ]]
	run -5 thespian-director load hello-1.tls
	run -0 thespian-director audit --verify
	[[ $output == "1 lines"* ]]
}

@test "many writers at once make one chain" {
	writers=()
	for i in 1 2 3 4 5 6 7 8; do
		thespian-director key need "group$i" 1 > /dev/null 3>&- &
		writers+=($!)
	done
	wait "${writers[@]}"
	run -0 thespian-director audit --verify
	[[ $output == "15 lines, unbroken"* ]]
}

@test "a log that another holds is waited for, but not for ever" {
	(exec 9<> "$log" && flock 9 && exec sleep 30) 3>&- &
	holder=$!
	held() {
		! flock -n "$log" true
	}
	wait_until 5 held
	run -1 --separate-stderr timeout 8 thespian-director key need hello 1
	[[ $stderr == *"cannot lock '$log': "* ]]
	kill "$holder"
	wait "$holder" || true
	run -0 thespian-director key need hello 1
}
