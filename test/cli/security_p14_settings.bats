#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P14: settings, rules of keys and group files are JSON or a word, never code: what is not understood is an error with
# file, line and column, and nothing is done.
# shellcheck disable=SC2154,SC2016 # common and deploy set them; $ is meant

load common
load deploy
setup() {
	deploy_setup
	witness_source src 1
}
teardown() { tsp_teardown; }

@test "P14: a table of bad settings: file, line and column" {
	while read -r name value; do
		printf '%s\n' "$value" > "$THESPIAN_DIRECTOR_DIR/$name"
		run thespian-director config
		[ "$status" -eq 1 ] || { echo "accepted: $name $value"; return 1; }
		[[ "${lines[0]}" =~ "$name":[0-9]+:[0-9]+: ]] || { echo "$name: $output"; return 1; }
		rm "$THESPIAN_DIRECTOR_DIR/$name"
		[ "$name" != adminport.cfg ] || echo "$port" > "$THESPIAN_DIRECTOR_DIR/adminport.cfg"
	done <<-'END'
	unknown.cfg 1
	adminport.cfg 0
	adminport.cfg 19x
	thespbase.cfg otherBase
	convleader.cfg host:
	convleader.cfg :1900
	convleader.cfg two words
	othercaps.cfg __import__("os")
	othercaps.cfg [1]
	othercaps.cfg {"a": 1,}
	thesplogs.cfg many
	END
}

@test "P14: a table of bad group files: one error line each, with line and column" {
	while IFS= read -r text; do
		printf '%s' "$text" > bad.tli
		run thespian-director gensrc --key alice.sec --tli bad.tli --version 1 hello src
		[ "$status" -eq 1 ] || { echo "accepted: $text"; return 1; }
		[[ "${lines[0]}" =~ bad\.tli:[0-9]+:[0-9]+: ]] || { echo "$text: $output"; return 1; }
	done <<-'END'
	
	[]
	{"Actors": []}
	{"Actors": {"A": 1}}
	{"Actors": {"A": {"OnLoad": {"Role": 3}}}}
	{"Actors": {"A": {"OnLoad": {"GlobalName": ""}}}}
	{"Actors": {"A": {"OnLoad": {"GlobalName": "#3"}}}}
	{"Actors": {"m:A": {}}}
	{"Actors": {"A": {"OnLoad": {"GlobalName": "n"}}, "B": {"OnLoad": {"GlobalName": "n"}}}}
	{"Actors": {"A": {"OnDeactivate": {"Role": "x"}}}}
	{"AutoUnload": 0}
	{"AutoUnload": "yes"}
	{"TLS_Keep_Limit": 0}
	{"AutoUnload": 1, "AutoUnload": 2}
	__import__('os')
	END
}

@test "P14: a trust.cfg that is not understood refuses every load, with file, line and column" {
	pack 1
	for bad in '{"keys": 1}' '{"keys": {"x": {}}}' '{"what": 1}' '{"need": {"a": 0}}' '{"revoked": ["1"]}' \
		'{"keys": {"0123456789ABCDEF": {"groups": ["a b"]}}}' \
		'{"keys": {"0123456789ABCDEF": {"expires": "2027-02-30"}}}' '{' ''; do
		echo "$bad" > "$THESPIAN_DIRECTOR_DIR/trust.cfg"
		run --separate-stderr thespian-director load hello
		[ "$status" -ne 0 ]
		[[ $stderr == *"trust.cfg:"[0-9]*:[0-9]*": "* ]] || { echo "$bad: $stderr"; return 1; }
	done
	rm "$THESPIAN_DIRECTOR_DIR/trust.cfg"
	thespian-director load hello
}

@test "P14 W7: what looks like code in a group file, or in the one that overrides it, is not run" {
	pack 1
	printf '%s\n' '{"Actors": {"Witness": {"OnLoad": {"GlobalName": "Hello", "Message": "$(touch '"$dir"'/trace) `touch trace`"}}}}' \
		> "$THESPIAN_DIRECTOR_DIR/hello.tli"
	thespian-director load hello > /dev/null
	[ ! -e trace ]
	[[ "$(seen Hello)" == '$(touch '* ]]
	echo '__import__("os").system("touch trace")' > "$THESPIAN_DIRECTOR_DIR/hello.tli"
	pack 2
	refused 1 "hello.tli:1:" thespian-director load hello
	[ ! -e trace ]
	rm "$THESPIAN_DIRECTOR_DIR/hello.tli"
	thespian-director load hello > /dev/null
	[ "$(answers)" = 2 ]
}
