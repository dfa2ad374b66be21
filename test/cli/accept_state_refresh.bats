#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# packages.md, "State of a group": the rows of refresh.

load common
load deploy
setup() { deploy_setup; }
teardown() { tsp_teardown; }

@test "F132: refresh loads the newest of every group, and leaves alone what is active" {
	pack 1
	thespian-director load hello
	pack 2
	mkdir other
	write_source other Greeter one
	thespian-director gensrc --key alice.sec --version 7 other other > /dev/null
	run thespian-director refresh
	[ "$status" -eq 0 ]
	[[ "$output" == *"loaded hello 2 "* ]]
	[[ "$output" == *"loaded other 7 "* ]]
	[ "$(answers)" = 2 ]
	run thespian-director refresh
	[ "$status" -eq 0 ]
	[ "$output" = "hello 2 already active
other 7 already active" ]
}

@test "refresh leaves alone what a rollback holds; a load ends the hold" {
	pack 1 2
	thespian-director load "$(package 1)"
	thespian-director load hello
	thespian-director rollback hello
	before=$(everything)
	run thespian-director refresh
	[ "$status" -eq 0 ]
	[ "$output" = "hello 1 held by rollback" ]
	[ "$(everything)" = "$before" ]
	thespian-director load hello
	pack 3
	thespian-director refresh
	[ "$(answers)" = 3 ]
}

@test "refresh --release ends the hold" {
	pack 1 2
	thespian-director load "$(package 1)"
	thespian-director load hello
	thespian-director rollback hello
	[ "$(state .held)" = true ]
	[ "$(list .held)" = true ]
	run thespian-director refresh --release
	[ "$status" -eq 0 ]
	[[ "$output" == "loaded hello 2 "* ]]
	[ "$(answers)" = 2 ]
	[ "$(state .held)" = false ]
}

@test "refresh --release takes no other content of the version that was accepted; a newer version it takes" {
	pack 1 2
	thespian-director load "$(package 1)"
	thespian-director load hello
	thespian-director rollback hello
	rm "$(package 2)"
	mkdir other
	witness_source other "2 again"
	thespian-director gensrc --key alice.sec --version 2 hello other > /dev/null
	before=$(everything)
	refused 5 "version 2 was accepted before with other content" thespian-director refresh --release
	[ "$(everything)" = "$before" ]
	[ "$(state .held)" = true ]
	pack 3
	thespian-director refresh --release
	[ "$(answers)" = 3 ]
	[ "$(state .held)" = false ]
}

@test "refresh never goes below the mark" {
	pack 1 2
	thespian-director load "$(package 1)"
	thespian-director load hello
	rm "$(package 2)"
	before=$(everything)
	run thespian-director refresh
	[ "$status" -eq 0 ]
	[ "$output" = "hello 2 already active" ]
	[ "$(everything)" = "$before" ]
}

@test "a package that does not build: the other groups are refreshed, and the status says 6" {
	pack 1
	thespian-director load hello
	mkdir broken
	write_source broken Greeter one
	thespian-director gensrc --key alice.sec --version 1 broken broken > /dev/null
	echo '{ "Actors": { "Missing": { "OnLoad": {} } } }' > "$THESPIAN_DIRECTOR_DIR/broken.tli"
	pack 2
	run --separate-stderr thespian-director refresh
	[ "$status" -eq 6 ]
	[[ "$output" == *"loaded hello 2 "* ]]
	[[ "$stderr" == *"cannot load 'broken': "*"Missing"* ]]
	[ "$(answers)" = 2 ]
}
