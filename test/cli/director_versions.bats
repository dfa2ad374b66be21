#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What load, refresh, rollback and unload do (packages.md, "State of a group").

load common
setup() {
	tsp_setup
	make_key alice
	write_group hello Greeter Greeter
}
teardown() { tsp_teardown; }

pack() {
	write_source "src$1" Greeter "$1"
	thespian-director gensrc --key alice.sec --version "$1" hello "src$1" > /dev/null
}

answer() {
	thespian-shell -p "$port" --json -c 'ask Greeter "who"' | jq -r .from
}

@test "W38: load starts the system, says what was loaded, and the name answers" {
	pack 1
	run thespian-director load hello
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" =~ ^loaded\ hello\ 1\ [0-9a-f]{12}$ ]]
	[[ "$output" == *"Greeter role main name Greeter @"* ]]
	[[ "$output" == *"hello.tli (unsigned)"* ]]
	[ "$(answer)" = 1 ]
	run thespian-director load hello
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "hello 1 already active" ]
	run thespian-director role main
	[[ "$output" =~ ^@[0-9a-f]+\.[0-9a-f]+$ ]]
}

@test "a newer version takes over, an older one is refused but by --allow-downgrade" {
	pack 1
	pack 2
	thespian-director load "$THESPIAN_DIRECTOR_DIR/hello-1.tls"
	thespian-director load hello
	[ "$(answer)" = 2 ]
	run --separate-stderr thespian-director load "$THESPIAN_DIRECTOR_DIR/hello-1.tls"
	[ "$status" -eq 5 ]
	[[ "${stderr_lines[0]}" == *"version 1 is older than 2"* ]]
	[[ "${stderr_lines[1]}" == "hint: 'rollback hello'"* ]]
	[ "$(answer)" = 2 ]
	thespian-director load "$THESPIAN_DIRECTOR_DIR/hello-1.tls" --allow-downgrade
	[ "$(answer)" = 1 ]
	run jq -r '.mark.version' "$THESPIAN_DIRECTOR_DIR/state/hello.json"
	[ "$output" = 2 ]
}

@test "rollback holds, a restart brings back what it chose, and load ends the hold" {
	pack 1
	thespian-director load hello
	pack 2
	thespian-director refresh
	[ "$(answer)" = 2 ]
	thespian-director rollback hello
	[ "$(answer)" = 1 ]
	run thespian-director refresh
	[ "$output" = "hello 1 held by rollback" ]
	run thespian-director rollback hello
	[ "$status" -eq 1 ]
	thespian-director shutdown
	run thespian-director start
	[[ "$output" =~ ^"system $port running, pid "[1-9][0-9]*$ ]]
	[ "$(answer)" = 1 ]
	thespian-director load hello
	[ "$(answer)" = 2 ]
	run jq -r .held "$THESPIAN_DIRECTOR_DIR/state/hello.json"
	[ "$output" = false ]
}

@test "unload gives way to the version before, then leaves the group inactive, also after a start" {
	pack 1
	thespian-director load hello
	pack 2
	thespian-director load hello
	run thespian-director unload hello@2
	[ "$status" -eq 0 ]
	[ "$(answer)" = 1 ]
	thespian-director unload hello
	run thespian-director --json list hello
	json '.groups[0].active_hash == null and .groups[0].versions == []'
	thespian-director shutdown
	thespian-director start
	run thespian-director --json list
	json '.groups == [] or .groups[0].active_hash == null'
	run thespian-director unload hello
	[ "$status" -eq 1 ]
}

@test "refused packages change nothing and are recorded" {
	pack 1
	thespian-director load hello
	before=$(thespian-director --json list; cat "$THESPIAN_DIRECTOR_DIR/state/hello.json")
	pack 2
	thespian-director keygen stranger --no-password > /dev/null
	thespian-director gensrc --key stranger.sec --version 3 -o foreign.tls hello src2
	rm "$THESPIAN_DIRECTOR_DIR/stranger_tls.key"
	mv "$THESPIAN_DIRECTOR_DIR/hello-2.tls" good.tls
	head -c 700 good.tls > cut.tls
	printf 'plain' > plain.tls
	for file in foreign cut plain; do
		run thespian-director load $file.tls
		[ "$status" -eq 5 ] || { echo "$file: $status $output"; return 1; }
		[[ "$output" == "thespian-director: cannot load '$file.tls': "* ]]
		[ "$(grep -c '"verdict":"refused"' "$THESPIAN_DIRECTOR_DIR/audit.log")" -ge 1 ]
	done
	[ "$(thespian-director --json list; cat "$THESPIAN_DIRECTOR_DIR/state/hello.json")" = "$before" ]
	thespian-director load good.tls
	[ "$(answer)" = 2 ]
	[ -e "$THESPIAN_DIRECTOR_DIR/hello-2.tls" ]
}

@test "an actor that does not start: status 6 with the reason, and the old version goes on" {
	pack 1
	thespian-director load hello
	write_source bad Greeter 2
	sed -i 's/^static const/static int init(tsp_actor *s, tsp_value a) { (void)a; return tsp_fail_text(s, TSP_EFAILED, "no luck"); }\n&/
		s/\.receive/.init = init, .receive/' bad/greeter.c
	thespian-director gensrc --key alice.sec --version 2 hello bad
	run thespian-director load hello
	[ "$status" -eq 6 ]
	[[ "$output" == *"actor 'Greeter' did not start: "*"no luck"* ]]
	[ "$(answer)" = 1 ]
	run thespian-director --json list
	json '[.groups[].versions[].version] == ["1"]'
}

@test "a class that the source lacks, and a name that another holds: status 6" {
	pack 1
	write_group hello Nobody Greeter
	run thespian-director load hello
	[ "$status" -eq 6 ]
	write_group hello Greeter Director
	run thespian-director load hello
	[ "$status" -eq 6 ]
	[[ "$output" == *"the name 'Director' is held by "* ]]
}

@test "a state file that is no JSON stops its group and names its place" {
	pack 1
	mkdir -p "$THESPIAN_DIRECTOR_DIR/state"
	echo '{ "held": ' > "$THESPIAN_DIRECTOR_DIR/state/hello.json"
	run thespian-director load hello
	[ "$status" -eq 1 ]
	[[ "$output" == *"hello.json:2:"* ]]
}

@test "the Director of another folder is not commanded" {
	pack 1
	thespian-director start
	mkdir other
	run thespian-director --dir other --port "$port" list
	[ "$status" -eq 1 ]
	[[ "$output" == *"works for folder '$THESPIAN_DIRECTOR_DIR'"* ]]
}

@test "AutoUnload and TLS_Keep_Limit keep the latest" {
	cat > "$THESPIAN_DIRECTOR_DIR/hello.tli" <<-'END'
	{ "Actors": { "Greeter": { "OnLoad": { "GlobalName": "Greeter" } } }, "AutoUnload": 2, "TLS_Keep_Limit": 3 }
	END
	for version in 1 2 3 4 5; do
		pack $version
		thespian-director load hello
	done
	one_is_gone() { thespian-director --json list | jq -e '[.groups[].versions[].version] == ["5", "4"]'; }
	wait_until 5 one_is_gone
	run thespian-director --json avail
	json '[.packages[].version] == ["5", "4", "3"]'
	[ "$(answer)" = 5 ]
}
