#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# packages.md, "State of a group": the rows of unload.

load common
load deploy
setup() { deploy_setup; }
teardown() { tsp_teardown; }

load_two() {
	pack 1 2
	thespian-director load "$(package 1)" > /dev/null
	thespian-director load hello > /dev/null
}

@test "loaded, not active: its actors exit, the active version stays" {
	load_two
	first=$(own_address 1)
	run thespian-director unload hello@1
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == "unloaded hello 1 "* ]]
	[ "$(list '[.versions[].version] | join(" ")')" = 2 ]
	[ "$(answers)" = 2 ]
	run thespian-shell -p "$port" -c "ask $first Seen {}"
	[ "$status" -eq 1 ]
	[ "$(state '.history | length')" = 2 ]
}

@test "F132: active, an earlier one still loaded: that one is active again, then the actors exit" {
	load_two
	first=$(own_address 1)
	run thespian-director unload hello
	[ "$status" -eq 0 ]
	[[ "$output" == *"rolled back hello 1 "*"unloaded hello 2 "* ]]
	[ "$(answers)" = 1 ]
	[ "$(seen "$first")" = "load retire return" ]
	[ "$(list '[.versions[].version] | join(" ")')" = 1 ]
}

@test "F132: active, nothing earlier loaded: the group is inactive, its name answers no more" {
	pack 1
	thespian-director load hello
	run thespian-director unload hello
	[ "$status" -eq 0 ]
	[[ "$output" == *"inactive hello"* ]]
	[ "$(list .active_hash)" = null ]
	[ "$(state .active)" = null ]
	[ "$(state .mark.version)" = 1 ]
	run thespian-shell -p "$port" -c 'ask Hello Seen {}'
	[ "$status" -eq 1 ]
	thespian-director load hello
	[ "$(answers)" = 1 ]
}

@test "unknown: status 1, nothing changed" {
	load_two
	before=$(everything)
	for what in hello@3 nothing nothing@1 0123456789ab; do
		refused 1 "no loaded version" thespian-director unload "$what"
	done
	[ "$(everything)" = "$before" ]
}

@test "ambiguous: status 1, nothing changed; a longer hash is taken" {
	# two packages of one version: only their hashes tell them apart
	pack 1
	thespian-director load hello
	first=$(hash_of "$(package 1)")
	echo '/* other */' >> src-1/witness.c
	mv "$(package 1)" first.tls
	thespian-director gensrc --key alice.sec --version 1 hello src-1 > /dev/null
	thespian-director load hello --allow-downgrade
	before=$(everything)
	refused 1 "more than one loaded version" thespian-director unload hello@1
	[ "$(everything)" = "$before" ]
	thespian-director unload "${first:0:6}"
	[ "$(list '[.versions[].hash] | join(" ")')" = "$(hash_of "$(package 1)")" ]
}

@test "by hash: 6 digits are enough, 5 are not" {
	load_two
	hash=$(hash_of "$(package 1)")
	refused 1 "no loaded version" thespian-director unload "${hash:0:5}"
	run thespian-director unload "${hash:0:6}"
	[ "$status" -eq 0 ]
	[ "$(list '[.versions[].version] | join(" ")')" = 2 ]
}

@test "only what the Director started is asked to exit; --force ends the others too" {
	pack 1
	thespian-director load hello
	hash=$(hash_of "$(package 1)")
	thespian-shell -p "$port" -c "create Witness --source $hash --name mine"
	[ "$(seen mine version)" = 1 ]
	thespian-director unload hello
	[ "$(seen mine version)" = 1 ]
	thespian-director load hello
	[ "$(answers)" = 1 ]
	thespian-director unload hello --force
	run thespian-shell -p "$port" -c 'ask mine Seen {}'
	[ "$status" -eq 1 ]
	no_witness() {
		[ "$(thespian-shell -p "$port" --json -c actors | jq '[.actors[] | select(.class == "Witness")] | length')" = 0 ]
	}
	wait_until 3 no_witness
}

@test "--force ends one that does not heed its exit request" {
	pack 1
	sed -i 's/static int on_text.*/static int deaf(void) { for (;;) (void)pause(); return 0; }\n&/
		s/size_t size = strlen(seen);/if (tsp_message_is(message, "ActorExitRequest")) return deaf();\n&/' src-1/witness.c
	rm "$(package 1)"
	thespian-director gensrc --key alice.sec --version 1 hello src-1 > /dev/null
	thespian-director load hello
	pid=$(seen Hello pid)
	start=$(now_ms)
	run thespian-director unload hello --force
	[ "$status" -eq 0 ]
	gone() { ! kill -0 "$pid" 2>/dev/null; }
	wait_until 8 gone
	[ $(($(now_ms) - start)) -lt 8000 ]
}

@test "without a system: status 3" {
	refused 3 "no system answers there" thespian-director unload hello
}
