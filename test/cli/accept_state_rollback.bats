#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# packages.md, "State of a group": the row of rollback.

load common
load deploy
setup() {
	deploy_setup
	pack 1 2 3
}
teardown() { tsp_teardown; }

load_all() {
	local version
	for version in 1 2 3; do
		thespian-director load "$(package $version)" > /dev/null
	done
}

@test "once: one step back; again: two; then nothing earlier, status 1" {
	load_all
	run thespian-director rollback hello
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == "rolled back hello 2 "* ]]
	[ "$(answers)" = 2 ]
	thespian-director rollback hello
	[ "$(answers)" = 1 ]
	before=$(everything)
	refused 1 "nothing was active earlier" thespian-director rollback hello
	[ "$(everything)" = "$before" ]
	[ "$(state .mark.version)" = 3 ]
	[ "$(state .held)" = true ]
	grep -q '"verdict":"rolled back"' "$THESPIAN_DIRECTOR_DIR/audit.log"
}

@test "with HASH: that one, from 6 digits; unknown or ambiguous: refused" {
	load_all
	hash=$(hash_of "$(package 1)")
	before=$(everything)
	refused 2 "at least 6 digits" thespian-director rollback hello "${hash:0:5}"
	refused 1 "no version of it has that hash" thespian-director rollback hello 000000000000
	[ "$(everything)" = "$before" ]
	run thespian-director rollback hello "${hash:0:6}"
	[ "$status" -eq 0 ]
	[ "$(answers)" = 1 ]
}

@test "one that was unloaded comes from the folder, with its OnLoad" {
	load_all
	thespian-director unload hello@2
	thespian-director rollback hello
	[ "$(answers)" = 2 ]
	[ "$(seen Hello)" = "load" ]
}

@test "one whose package has gone: status 1 and nothing changed; still loaded: it comes back" {
	load_all
	thespian-director unload hello@2
	mv "$(package 2)" aside.tls
	before=$(everything)
	refused 1 "is not in '$THESPIAN_DIRECTOR_DIR'" thespian-director rollback hello
	[ "$(everything)" = "$before" ]
	rm "$(package 1)"
	hash=$(state '.history[0].hash')
	thespian-director rollback hello "$hash"
	[ "$(answers)" = 1 ]
}

@test "a rolled back version is told of its return, the one that gives way of its retirement" {
	load_all
	second=$(own_address 2)
	third=$(own_address 3)
	thespian-director rollback hello
	[ "$(own_address 2)" = "$second" ]
	[ "$(seen Hello)" = "load retire return" ]
	[ "$(seen "$third")" = "load retire" ]
}

@test "a load after a rollback: back means the version that was active before the load" {
	load_all
	thespian-director rollback hello
	pack 4
	thespian-director load hello
	[ "$(answers)" = 4 ]
	thespian-director rollback hello
	[ "$(answers)" = 2 ]
	thespian-director rollback hello
	[ "$(answers)" = 1 ]
}

@test "an unknown group: status 1" {
	thespian-director start
	refused 1 "there is no such group" thespian-director rollback nothing
}
