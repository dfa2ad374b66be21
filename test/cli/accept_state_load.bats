#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# packages.md, "State of a group": the rows of load.

load common
load deploy
setup() { deploy_setup; }
teardown() { tsp_teardown; }

@test "load FILE that is not in the folder: verified, and copied as GROUP-VERSION.tls" {
	pack_aside 1
	mkdir apart
	mv hello-1.tls "apart/any name"
	run thespian-director load "apart/any name"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "loaded hello 1 $(hash_of "apart/any name" | head -c 12)" ]
	cmp "apart/any name" "$(package 1)"
	[ "$(answers)" = 1 ]
	[ "$(state .active)" = "$(hash_of "$(package 1)")" ]
}

@test "load FILE where another package has its name: status 1, nothing changed" {
	pack 1
	thespian-director load hello
	pack 2
	before=$(everything)
	echo '/* other */' >> src-2/witness.c
	thespian-director gensrc --key alice.sec --version 2 -o other.tls hello src-2 > /dev/null
	refused 1 "is there already with other content" thespian-director load other.tls
	[ "$(everything)" = "$before" ]
	thespian-director load hello
	[ "$(answers)" = 2 ]
}

@test "load of what is active: status 0, 'already active', and no actor hears of it" {
	pack 1
	thespian-director load hello
	address=$(own_address 1)
	for what in hello "$(package 1)"; do
		run thespian-director load "$what"
		[ "$status" -eq 0 ]
		[ "${lines[0]}" = "hello 1 already active" ]
	done
	[ "$(own_address 1)" = "$address" ]
	[ "$(seen Hello)" = "load" ]
}

@test "load of what is loaded and not below the mark: reactivated, living actors get OnReactivate" {
	pack 1
	thespian-director load hello
	pack 2
	thespian-director load hello
	second=$(own_address 2)
	thespian-director rollback hello
	[ "$(answers)" = 1 ]
	run thespian-director load "$(package 2)"
	[ "$status" -eq 0 ]
	[ "$(own_address 2)" = "$second" ]
	[ "$(answers)" = 2 ]
	[ "$(seen "$second")" = "load retire return" ]
	[ "$(state .held)" = false ]
}

@test "reactivation makes anew what no longer lives: that one gets OnLoad" {
	pack 1
	thespian-director load hello
	pack 2
	thespian-director load hello
	second=$(own_address 2)
	thespian-director rollback hello
	thespian-shell -p "$port" -c "tell $second Exit {}"
	gone() { [ -z "$(own_address 2)" ]; }
	wait_until 3 gone
	thespian-director load hello
	[ "$(own_address 2)" != "$second" ]
	[ "$(seen Hello)" = "load" ]
	[ "$(answers)" = 2 ]
}

@test "F132: load of a new one: it takes over, the mark rises, the former hears OnDeactivate and goes on" {
	pack 1
	thespian-director load hello
	first=$(own_address 1)
	[ "$(state .mark.version)" = 1 ]
	pack 2
	thespian-director load hello
	[ "$(state .mark.version)" = 2 ]
	[ "$(state '[.history[].version] | join(" ")')" = "1 2" ]
	[ "$(answers)" = 2 ]
	[ "$(seen "$first")" = "load retire" ]
	[ "$(seen "$first" version)" = 1 ]
	[ "$(list '[.versions[] | [.version, .active]] | tojson')" = '[["2",true],["1",false]]' ]
}

@test "W6: load below the mark: status 5 with the hint, recorded, nothing changed" {
	pack 1 2
	thespian-director load hello
	before=$(everything)
	refused 5 "version 1 is older than 2, which was accepted before" thespian-director load "$(package 1)"
	[[ "${stderr_lines[1]}" == "hint: 'rollback hello' "* ]]
	grep -q '"verdict":"downgrade refused"' "$THESPIAN_DIRECTOR_DIR/audit.log"
	[ "$(everything)" = "$before" ]
}

@test "load of the mark's version with other content: status 5" {
	pack 1
	thespian-director load hello
	echo '/* other */' >> src-1/witness.c
	thespian-director gensrc --key alice.sec --version 1 -o other.tls hello src-1 > /dev/null
	rm "$(package 1)"
	before=$(everything)
	refused 5 "version 1 was accepted before with other content" thespian-director load other.tls
	[ "$(everything)" = "$before" ]
}

@test "--allow-downgrade loads it, leaves the mark and is recorded" {
	pack 1 2
	thespian-director load hello
	run thespian-director load "$(package 1)" --allow-downgrade
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == "loaded hello 1 "* ]]
	[ "$(answers)" = 1 ]
	[ "$(state .mark.version)" = 2 ]
	[ "$(state .held)" = false ]
	grep -q '"verdict":"downgraded"' "$THESPIAN_DIRECTOR_DIR/audit.log"
}

@test "F132: load GROUP takes the newest that verifies" {
	pack 9 10 11
	flip "$(package 11)" 900
	run thespian-director load hello
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == "loaded hello 10 "* ]]
	flip "$(package 10)" 900
	flip "$(package 9)" 900
	refused 5 "none of its packages verifies" thespian-director load hello
	[ "$(answers)" = 10 ]
	refused 1 "no package of this group" thespian-director load nothing
}
