#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load common
setup() {
	tsp_setup
	make_key alice
	write_source src Greeter one
}
teardown() { tsp_teardown; }

@test "gensrc prints the file and 12 digits of its hash" {
	run thespian-director gensrc --key alice.sec --version 1.0 hello src
	[ "$status" -eq 0 ]
	[[ "$output" =~ ^"$THESPIAN_DIRECTOR_DIR/hello-1.0.tls "[0-9a-f]{12}$ ]]
}

@test "the same input gives the same bytes, also in another folder" {
	export SOURCE_DATE_EPOCH=1000000000
	thespian-director gensrc --key alice.sec --version 1 -o a.tls hello src
	cp -r src "other folder"
	thespian-director gensrc --key alice.sec --version 1 -o b.tls hello "other folder"
	cmp a.tls b.tls
}

@test "F129: each option changes what tlsinfo says of the package" {
	command -v pkg-config > /dev/null || skip "no pkg-config"
	show() {
		thespian-director --json tlsinfo "$PWD/$1" | jq -c '[.trusted, .group, .version, .time]'
		thespian-director tlsinfo "$PWD/$1" --cat source.json | jq -c .
	}
	export SOURCE_DATE_EPOCH=1000000000
	make() {
		thespian-director gensrc --key alice.sec -o "$1.tls" "${@:2}" hello src > /dev/null
		show "$1.tls"
	}
	run -0 make plain
	[ "${lines[0]}" = '[true,"hello","none","2001-09-09T01:46:40Z"]' ]
	[ "${lines[1]}" = '{"group":"hello","version":"none","runtime":1}' ]
	run -0 make version --version 3.1~rc2
	[[ ${lines[0]} == *'"3.1~rc2"'* && ${lines[1]} == *'"version":"3.1~rc2"'* ]]
	run -0 make date --version date
	[[ ${lines[0]} == *'"200109090146"'* ]]
	echo '{ "Actors": {}, "AutoUnload": 3 }' > other.tli
	run -0 make tli --tli other.tli
	[ "${lines[1]}" = '{"group":"hello","version":"none","runtime":1,"Group":{"Actors":{},"AutoUnload":3}}' ]
	printf '# what it wants\nzlib # and why\n' > deps
	run -0 make deps --deps deps
	[ "${lines[1]}" = '{"group":"hello","version":"none","runtime":1,"libraries":["zlib"]}' ]
	run -0 make fmt --fmt 1
	cmp fmt.tls plain.tls
	make_key bob
	thespian-director gensrc --key bob.sec -o bob.tls hello src
	[ "$(thespian-director --json tlsinfo "$PWD/bob.tls" | jq -c '[.keys[].file]')" = '["bob_tls.key"]' ]
}

@test "without a version the package is GROUP-none" {
	thespian-director gensrc --key alice.sec hello src
	[ -e "$THESPIAN_DIRECTOR_DIR/hello-none.tls" ]
}

@test "--version date is the time in minutes" {
	SOURCE_DATE_EPOCH=1000000000 thespian-director gensrc --key alice.sec --version date hello src
	[ -e "$THESPIAN_DIRECTOR_DIR/hello-200109090146.tls" ]
}

@test "other content under the same version is refused, and the old file stays" {
	SOURCE_DATE_EPOCH=1 thespian-director gensrc --key alice.sec --version 1 hello src
	sum=$(sha256sum "$THESPIAN_DIRECTOR_DIR/hello-1.tls")
	SOURCE_DATE_EPOCH=2 run thespian-director gensrc --key alice.sec --version 1 hello src
	[ "$status" -eq 1 ]
	[ "$(sha256sum "$THESPIAN_DIRECTOR_DIR/hello-1.tls")" = "$sum" ]
}

@test "what does not compile is status 6 with the compiler's lines, and nothing is written" {
	echo 'int x = ;' > src/bad.c
	run --separate-stderr thespian-director gensrc --key alice.sec --version 1 hello src
	[ "$status" -eq 6 ]
	[ -z "$output" ]
	[[ "$stderr" == *"bad.c:1:9: error:"* ]]
	[ ! -e "$THESPIAN_DIRECTOR_DIR/hello-1.tls" ]
}

@test "patterns choose, ** recurses, and one that matches nothing is an error" {
	mkdir -p src/sub/deep src/.hidden
	echo 'int deep(void); int deep(void) { return 1; }' > src/sub/deep/d.c
	echo 'not C' > src/.hidden/h.c
	thespian-director gensrc --key alice.sec --version 1 hello src 'sub/**/*.c' greeter.c
	run thespian-director --json tlsinfo hello-1.tls --contents
	json '[.files[].name] == ["source.json", "greeter.c", "sub/deep/d.c"]'
	run thespian-director gensrc --key alice.sec --version 2 hello src '*.nope'
	[ "$status" -eq 1 ]
	[[ "$output" == *"no file matches '*.nope'"* ]]
}

@test "the group file goes into the package, and an unknown key is refused with its place" {
	printf '{ "Actors": {\n  "Greeter": { "OnLod": {} } } }\n' > src/hello.tli
	run thespian-director gensrc --key alice.sec --version 1 hello src
	[ "$status" -eq 1 ]
	[[ "$output" == *"src/hello.tli:2:16: unknown key 'OnLod'"* ]]
	printf '{ "Actors": { "Greeter": { "OnLoad": {"Role": "r"} } } }\n' > src/hello.tli
	thespian-director gensrc --key alice.sec --version 1 hello src
	run thespian-director tlsinfo hello-1.tls --cat source.json
	json '.Group.Actors.Greeter.OnLoad.Role == "r"'
}

@test "hints at ~ for a pre-release" {
	run --separate-stderr thespian-director gensrc --key alice.sec --version 1.0-rc1 hello src
	[ "$status" -eq 0 ]
	[[ "$stderr" == "hint: '1.0-rc1' is newer than '1.0'"* ]]
}

@test "wrong use is status 2" {
	for args in "hello src" "--key alice.sec" "--key alice.sec hello" "--key alice.sec --fmt 2 hello src" \
		"--key alice.sec --version a/b hello src" "--key alice.sec he/llo src"; do
		# shellcheck disable=SC2086 # words are meant
		run thespian-director gensrc $args
		[ "$status" -eq 2 ] || { echo "$args: $status $output"; return 1; }
	done
}
