#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `key` edits trust.cfg and warns of keys that end. (What its rules refuse: security_p04_keys.bats.)
# shellcheck disable=SC2154 # common sets them

load common

setup() {
	tsp_setup
	make_key build
	make_key other
	write_source src Greeter one
	rules=$THESPIAN_DIRECTOR_DIR/trust.cfg
}
teardown() { tsp_teardown; }

# key_id NAME: of NAME_tls.key, as key list shows it.
key_id() {
	thespian-director --json key list | jq -r --arg file "$1_tls.key" '.keys[] | select(.file == $file) | .id'
}

# package VERSION KEY [GROUP]
package() {
	thespian-director gensrc --key "$2.sec" --version "$1" "${3:-hello}" src > /dev/null
}

# refused TEXT COMMAND...: with status 5, a line that says why, and one in the audit log.
refused() {
	local text=$1
	shift
	run -5 --separate-stderr "$@"
	[[ $stderr == *"$text"* ]] || { echo "$stderr"; return 1; }
}

accepted() {
	run -0 --separate-stderr "$@"
}

@test "the first change of trust.cfg takes nothing from the other keys" {
	thespian-director key expiry build 2099-01-01
	package 1 other
	accepted thespian-director load hello
	thespian-director key list --json |
		jq -e '[.keys[] | select(.state == "signs" and .groups == ["*"])] | length == 2'
}

@test "a key that ends within 30 days is warned of by every command" {
	thespian-director key expiry build "$(date -u -d '+10 days' +%F)" 2> /dev/null
	run -0 --separate-stderr thespian-director avail
	[[ $stderr == *"key $(key_id build 2> /dev/null) ends on "* ]]
	thespian-director key expiry build "$(date -u -d '+40 days' +%F)" 2> /dev/null
	run -0 --separate-stderr thespian-director avail
	[ -z "$stderr" ]
}

@test "a key is named by its id, the id's beginning or its file, and only if that is one" {
	run -0 thespian-director key trust build hello
	run -0 thespian-director key trust "$(key_id build)" hello
	run -0 thespian-director key trust "$(key_id build | cut -c 1-8)" hello
	run -1 --separate-stderr thespian-director key trust nobody hello
	[[ $stderr == *"no key of "* ]]
	run -2 thespian-director key trust build 'a b'
	run -2 thespian-director key expiry build tomorrow
	run -2 thespian-director key need hello 0
	run -2 thespian-director key sell build
}
