#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A name of the group that another holds: status 6 with the holder, and nothing has changed.

load common
load deploy
setup() { deploy_setup; }
teardown() { tsp_teardown; }

holder_of() {
	thespian-shell -p "$port" --json -c actors | jq -r ".actors[] | select(.name == \"$1\") | .address"
}

@test "held by an actor of a user" {
	rules='{ "Actors": {} }'
	pack 1
	thespian-director load hello
	hash=$(hash_of "$(package 1)")
	thespian-shell -p "$port" -c "create Witness --source $hash --name Hello"
	[ "$(seen Hello version)" = 1 ]
	before=$(everything)
	rules='{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Hello" } } } }'
	pack_aside 2
	refused 6 "the name 'Hello' is held by @" thespian-director load hello-2.tls
	[[ "${stderr_lines[0]}" == *"held by @"+([0-9a-f])"."+([0-9a-f]) ]]
	[ "$(everything)" = "$before" ]
	[ "$(seen Hello version)" = 1 ]
	# the twin: the holder gone, the same load succeeds
	thespian-shell -p "$port" -c 'tell Hello Exit {}'
	free() { ! thespian-shell -p "$port" -c 'ask Hello Seen {}'; }
	wait_until 3 free
	thespian-director load hello-2.tls
	[ "$(seen Hello version)" = 2 ]
}

@test "held by another group: that group is named" {
	pack 1
	thespian-director load hello
	witness_source other 7
	thespian-director gensrc --key alice.sec --version 1 --tli src-1/hello.tli other other > /dev/null
	before=$(everything)
	refused 6 "the name 'Hello' is held by group 'hello'" thespian-director load other
	[ "$(everything)" = "$before" ]
	thespian-director unload hello
	thespian-director load other
	[ "$(seen Hello version)" = 7 ]
}

@test "one name of two is held: the other is not taken, and the old version keeps its own" {
	pack 1
	thespian-director load hello
	rules='{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Director" } },
		"Second": { "OnLoad": { "GlobalName": "Free" } } } }'
	witness_source src-2 2
	sed -i 's/^static const tsp_class witness.*/&\
	static const tsp_class second = { .name = "Second", .handlers = handlers };/
		s/TSP_EXPORT(&witness)/TSP_EXPORT(\&witness, \&second)/' src-2/witness.c
	thespian-director gensrc --key alice.sec --version 2 -o two.tls hello src-2 > /dev/null
	before=$(everything)
	refused 6 "the name 'Director' is held by @" thespian-director load two.tls
	[ "$(everything)" = "$before" ]
	hash=$(hash_of "$(package 1)")
	thespian-shell -p "$port" -c "create Witness --source $hash --name Free"
	[ "$(seen Free version)" = 1 ]
	[ "$(answers)" = 1 ]
}
