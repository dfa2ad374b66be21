#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# plan: what a load would do, without doing it.

# shellcheck disable=SC2154 # common sets them

load common
load deploy
setup() { deploy_setup; }
teardown() { tsp_teardown; }

# All that a plan must leave as it is, byte for byte.
files() {
	find "$dir" -path "$dir/run" -prune -o -type f ! -name thesplog ! -name '*.bats' -print0 | sort -z | xargs -0 sha256sum
}

# plan STATUS ARGUMENTS...: in $output; nothing has changed.
plan() {
	local want=$1 before
	shift
	before=$(files)
	run --separate-stderr thespian-director "$@"
	[ "$status" -eq "$want" ] || { echo "status $status: $output$stderr"; return 1; }
	diff <(echo "$before") <(files)
}

# as_load ARGUMENTS...: plan is refused in the words and with the status of load, and changes nothing.
as_load() {
	local before
	before=$(files)
	run --separate-stderr thespian-director plan "$@"
	planned="$status $stderr"
	[ -z "$output" ]
	diff <(echo "$before") <(files)
	run --separate-stderr thespian-director load "$@"
	[ "$status" -ne 0 ]
	diff <(echo "$planned") <(echo "$status $stderr")
}

@test "without a system: status 8, what would start, and that a start comes first" {
	pack 1
	plan 8 plan hello
	[[ "$output" == *"To       1 "*"Verdict  load"*"Witness  main  Hello"*"no system runs: a start comes first"* ]]
	plan 8 --json plan "$(package 1)"
	json --arg hash "$(hash_of "$(package 1)")" '.group == "hello" and .from == null and
		.to == {"version": "1", "hash": $hash} and .verdict == "load" and .status == 8 and .running == false and
		.starts == [{"class": "Witness", "role": "main", "name": "Hello"}] and .stops == [] and .error == null and
		([.files[] | [.file, .change]] == [["source.json", "added"], ["witness.c", "added"]])'
	no_processes
	thespian-director load hello
	thespian-director shutdown
	pack 2
	plan 8 --json plan hello
	json '.from.version == "1" and .to.version == "2" and .running == false'
	no_processes
}

@test "active already: status 0; one of its actors given up, or held: 8" {
	pack 1 2
	thespian-director load "$(package 1)"
	plan 0 plan "$(package 1)"
	[[ "$output" == *"Verdict  already active"* ]]
	thespian-director load hello
	thespian-director rollback hello
	plan 8 --json plan "$(package 1)"
	json '.verdict == "already active" and .ends_hold and .starts == []'
	plan 8 --json plan hello
	json '.verdict == "reactivate" and .starts == [] and [.stays[].class] == ["Witness"]'
	thespian-director load "$(package 1)"
	plan 0 --json plan "$(package 1)"
	json '.status == 0'
}

@test "what stops, what waits for it, which names move, how long it may take" {
	rules='{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Hello" } } }, "AutoUnload": true, "Drain": 33 }'
	pack 1 2
	thespian-director load "$(package 1)"
	old=$(own_address 1)
	kill -STOP "$(seen Hello pid)"
	for _ in 1 2 3; do
		thespian-shell -p "$port" -c 'tell Hello "one more"'
	done
	waiting() { [ "$(thespian-director --json plan hello | jq '.stops[0].waiting')" = 3 ]; }
	wait_until 5 waiting
	plan 8 --json plan hello
	json --arg old "$old" --arg one "$(hash_of "$(package 1)")" '
		.stops == [{"version": "1", "class": "Witness", "address": $old, "waiting": 3}] and .retires == [] and
		.names == [{"name": "Hello", "from": $old, "to_class": "Witness"}] and .auto_unload == true and
		.unloads == [{"version": "1", "hash": $one, "drain_s": 33}]'
	kill -CONT "$(thespian-shell -p "$port" --json -c actors | jq -r '.actors[] | select(.class == "Witness") | .pid')"
	rules='{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Hello" } } } }'
	pack 3
	plan 8 --json plan hello
	json '.stops == [] and .unloads == [] and [.retires[].version] == ["1"] and .auto_unload == false'
}

@test "active already, and a former version without actors that its AutoUnload would end: status 8" {
	rules=
	pack 1 2
	thespian-director load "$(package 1)"
	thespian-director load hello
	plan 0 plan hello
	echo '{ "AutoUnload": true }' > "$THESPIAN_DIRECTOR_DIR/hello.tli"
	plan 8 --json plan hello
	json '.verdict == "already active" and [.unloads[].version] == ["1"] and .stops == []'
	thespian-director load hello
	gone() { [ "$(list '[.versions[] | select(.loaded) | .version] | join(" ")')" = 2 ]; }
	wait_until 10 gone
	plan 0 plan hello
}

@test "AutoUnload N: the plan names the versions that then go" {
	rules='{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Hello" } } }, "AutoUnload": 2 }'
	pack 1 2
	thespian-director load "$(package 1)"
	thespian-director load hello
	pack 3
	plan 8 --json plan hello
	json '[.unloads[].version] == ["1"] and [.stops[].version] == ["1"] and [.retires[].version] == ["2"]'
	thespian-director load hello
	gone() { [ "$(list '[.versions[] | select(.loaded) | .version] | join(" ")')" = "3 2" ]; }
	wait_until 5 gone
}

@test "a former development version goes without AutoUnload, a release stays" {
	pack 1 0~dev20260101000000 2
	thespian-director load "$(package 1)"
	thespian-director load --allow-downgrade "$(package 0~dev20260101000000)"
	plan 8 --json plan "$(package 2)"
	json '[.unloads[].version] == ["0~dev20260101000000"] and [.stops[].version] == ["0~dev20260101000000"] and
		.retires == [] and .auto_unload == false'
	thespian-director load "$(package 2)"
	gone() { [ "$(list '[.versions[] | select(.loaded) | .version] | join(" ")')" = "2 1" ]; }
	wait_until 5 gone
}

@test "AutoUnload N: a development version takes the place of the one before, and no release goes for it" {
	rules='{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Hello" } } }, "AutoUnload": 2 }'
	pack 1 0~dev1
	thespian-director load "$(package 1)"
	thespian-director load "$(package 0~dev1)" --allow-downgrade
	pack 0~dev2
	plan 8 --json plan "$(package 0~dev2)" --allow-downgrade
	json '[.unloads[] | select(.version == "1")] == []'
	thespian-director load "$(package 0~dev2)" --allow-downgrade
	gone() { [ "$(list '[.versions[] | select(.loaded) | .version] | join(" ")')" = "0~dev2 1" ]; }
	wait_until 10 gone
	# a release is one more
	pack 2
	plan 8 --json plan hello
	json '[.unloads[] | select(.version == "1")] | length == 1'
	thespian-director load hello
	only() { [ "$(list '[.versions[] | select(.loaded) | .version] | join(" ")')" = 2 ]; }
	wait_until 10 only
}

@test "files that differ, with counts of lines" {
	witness_source src 1
	seq 1 300 | sed 's|.*|/* & */|' > src/numbers.h
	seq 1 50 | sed 's|.*|/* & */|' > src/gone.h
	cp -r src new
	thespian-director gensrc --key alice.sec --version 1 hello src > /dev/null
	thespian-director load hello
	rm new/gone.h
	seq 1 7 | sed 's|.*|/* & */|' > new/came.h
	sed -i -e '3d;50,60d;100s/$/ x/;200i/* a */' -e '250,255s/ / y /' -e '299a/* b */' new/numbers.h
	witness_source new 2
	thespian-director gensrc --key alice.sec --version 2 hello new > /dev/null
	plan 8 --json plan hello
	json --argjson plus "$(diff -d src/numbers.h new/numbers.h | grep -c '^>')" \
		--argjson minus "$(diff -d src/numbers.h new/numbers.h | grep -c '^<')" '
		[.files[] | select(.file != "source.json")] == [
		{"file": "came.h", "change": "added", "lines_added": 7, "lines_removed": 0},
		{"file": "gone.h", "change": "removed", "lines_added": 0, "lines_removed": 50},
		{"file": "numbers.h", "change": "changed", "lines_added": $plus, "lines_removed": $minus},
		{"file": "witness.c", "change": "changed", "lines_added": 1, "lines_removed": 1}]'
	# the active version's package has gone
	rm "$(package 1)"
	plan 8 plan hello
	[[ "$output" == *"no source to compare"* ]]
}

@test "refused as load refuses: older, other content, not signed, unknown" {
	pack 1 2
	thespian-director load hello
	as_load "$(package 1)"
	plan 8 --json plan --allow-downgrade "$(package 1)"
	json '.verdict == "downgrade"'
	plan 5 --json plan "$(package 1)"
	json '.verdict == "refused" and .status == 5 and (.error | contains("is older than 2")) and (.hint | contains("rollback hello"))'
	witness_source src-1 1
	printf '/* other */\n' >> src-1/witness.c
	thespian-director gensrc --key alice.sec --version 1 -o hello-1.tls hello src-1 > /dev/null
	as_load hello-1.tls
	flip "$(package 1)" 500
	as_load "$(package 1)"
	as_load nothing
	as_load ./nothing.tls
	as_load 'a group'
	rm "$THESPIAN_DIRECTOR_DIR"/*_tls.key
	as_load hello
}

@test "refused as load refuses: names of others, group files that are none, what is required" {
	pack 1
	rules='{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Hello" } } } }'
	witness_source other 1
	mv other/hello.tli other/other.tli
	thespian-director gensrc --key alice.sec --version 1 other other > /dev/null
	thespian-director load other
	as_load hello
	[[ "$stderr" == *"the name 'Hello' is held by group 'other'"* ]]
	thespian-director unload other
	thespian-shell -p "$port" -c "load $(package 1)" -c "create Witness --source $(hash_of "$(package 1)") --name Hello"
	as_load hello
	[[ "$stderr" == *"the name 'Hello' is held by @"* ]]
	printf '{ "Actor": {} }\n' > "$THESPIAN_DIRECTOR_DIR/hello.tli"
	as_load hello
	printf '{ "Requires": ["store"] }\n' > "$THESPIAN_DIRECTOR_DIR/hello.tli"
	as_load hello
	printf '{ "Requires": ["hello"] }\n' > "$THESPIAN_DIRECTOR_DIR/hello.tli"
	as_load hello
}

@test "the operator's group file, what is loaded first, and a package from elsewhere" {
	pack 1
	pack_aside 2
	witness_source store 1
	mv store/hello.tli store/store.tli
	sed -i 's/"GlobalName": "Hello"/"GlobalName": "Store"/' store/store.tli
	thespian-director gensrc --key alice.sec --version 1 store store > /dev/null
	thespian-director load "$(package 1)"
	printf '{ "Requires": ["store"] }\n' > "$THESPIAN_DIRECTOR_DIR/hello.tli"
	plan 8 --json plan hello-2.tls
	json --arg file "$THESPIAN_DIRECTOR_DIR/hello.tli" --arg hash "$(hash_of "$THESPIAN_DIRECTOR_DIR/store-1.tls")" '
		.override == $file and .copies and .starts == [] and
		.requires == [{"group": "store", "version": "1", "hash": $hash}]'
	plan 8 plan hello-2.tls
	[[ "$output" == *"Unsigned group file  $THESPIAN_DIRECTOR_DIR/hello.tli"* ]]
	thespian-director load hello-2.tls > loaded
	grep -qF "group file $THESPIAN_DIRECTOR_DIR/hello.tli (unsigned)" loaded
	plan 0 plan hello
}
