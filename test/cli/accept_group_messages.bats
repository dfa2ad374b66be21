#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# OnLoad, OnDeactivate, OnReactivate, roles and names of a group file, as the actors see them.

load common
load deploy
setup() { deploy_setup; }
teardown() { tsp_teardown; }

@test "F133: each message arrives once, in its order, through load, load, rollback, load" {
	pack 1
	thespian-director load hello
	first=$(own_address 1)
	pack 2
	thespian-director load hello
	second=$(own_address 2)
	[ "$(seen "$first")" = "load retire" ]
	[ "$(seen "$second")" = "load" ]
	thespian-director rollback hello
	[ "$(seen "$first")" = "load retire return" ]
	[ "$(seen "$second")" = "load retire" ]
	thespian-director load hello
	[ "$(seen "$first")" = "load retire return retire" ]
	[ "$(seen "$second")" = "load retire return" ]
}

@test "words from the environment of the system" {
	rules='{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Hello", "Message": "${ENV:TSP_WORD:none} ${ENV:TSP_NONE:rest}" } } } }'
	pack 1
	TSP_WORD=given thespian-director load hello
	[ "$(seen Hello)" = "given rest" ]
}

@test "F133: several actors, each with its own role and name; one without a name" {
	rules='{ "Actors": { "Witness": { "OnLoad": { "Role": "main", "GlobalName": "Hello" } },
		"Second": { "OnLoad": { "Role": "second one", "GlobalName": "Zweites \u00fc", "Message": "two" } },
		"Third": { "OnLoad": { "Role": "third" } } } }'
	witness_source src 1
	sed -i 's/^static const tsp_class witness.*/&\
	static const tsp_class second = { .name = "Second", .handlers = handlers, .receive = on_text };\
	static const tsp_class third = { .name = "Third", .handlers = handlers, .receive = on_text };/
		s/TSP_EXPORT(&witness)/TSP_EXPORT(\&witness, \&second, \&third)/' src/witness.c
	thespian-director gensrc --key alice.sec --version 1 hello src
	thespian-director load hello
	[ "$(seen '"Zweites ü"')" = two ]
	for role in main "second one" third; do
		run thespian-director role "$role"
		[ "$status" -eq 0 ]
		[[ "$output" =~ ^@[0-9a-f]+\.[0-9a-f]+$ ]]
		[ "$(seen "$output" version)" = 1 ]
	done
	[ "$(list '[.versions[0].actors[].role] | sort | join(",")')" = "main,second one,third" ]
	refused 1 "" thespian-director role nobody
	refused 1 "" thespian-director role main --group other
}

@test "a role's address is its name's: it stays through a new version" {
	pack 1
	thespian-director load hello
	address=$(thespian-director role main)
	pack 2
	thespian-director load hello
	[ "$(thespian-director role main --group hello)" = "$address" ]
	[ "$(seen "$address" version)" = 2 ]
}

@test "a group file in the folder wins, and load and list say that it is unsigned" {
	pack 1
	echo '{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Elsewhere" } } } }' > "$THESPIAN_DIRECTOR_DIR/hello.tli"
	run thespian-director load hello
	[ "$status" -eq 0 ]
	[[ "$output" == *"group file $THESPIAN_DIRECTOR_DIR/hello.tli (unsigned)"* ]]
	run thespian-director list
	[[ "$output" == *"group file $THESPIAN_DIRECTOR_DIR/hello.tli (unsigned)"* ]]
	[ "$(seen Elsewhere version)" = 1 ]
	run thespian-shell -p "$port" -c 'ask Hello Seen {}'
	[ "$status" -eq 1 ]
}

@test "P14: a group file in the folder that is none: status 1 with line and column, nothing changed" {
	pack 1
	thespian-director load hello
	before=$(everything)
	pack 2
	while IFS= read -r text; do
		printf '%s\n' "$text" > "$THESPIAN_DIRECTOR_DIR/hello.tli"
		run --separate-stderr thespian-director load hello
		[ "$status" -eq 1 ] || { echo "$text: $status"; return 1; }
		[[ "${stderr_lines[0]}" == *"hello.tli:"[0-9]*":"[0-9]*": "* ]] || { echo "$text: $stderr"; return 1; }
	done <<-'END'
	__import__('os').system('true')
	{"Actors": {"Witness": {"OnLoad": {"Rolle": "x"}}}}
	{"Actors": {"Witness": {"OnLoad": {"GlobalName": 5}}}}
	{"Actors": {"Witness": {}}, "Actors": {}}
	{"AutoUnload": -1}
	END
	mv "$(package 2)" aside.tls
	[ "$(everything)" = "$before" ]
	mv aside.tls "$(package 2)"
	rm "$THESPIAN_DIRECTOR_DIR/hello.tli"
	thespian-director load hello
	[ "$(answers)" = 2 ]
}

@test "a name that the new version lacks stays with the old actor until that exits" {
	pack 1
	thespian-director load hello
	rules='{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Other" } } } }'
	pack 2
	thespian-director load hello
	[ "$(seen Hello version)" = 1 ]
	[ "$(seen Other version)" = 2 ]
	thespian-director unload hello@1
	run thespian-shell -p "$port" -c 'ask Hello Seen {}'
	[ "$status" -eq 1 ]
}
