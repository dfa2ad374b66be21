#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `key` edits trust.cfg and warns of keys that end. (What its rules refuse: security_p04_keys.bats.)
# shellcheck disable=SC2154 # common sets them

load common
load trust

setup() { trust_setup; }
teardown() { tsp_teardown; }

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
