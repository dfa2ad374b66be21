#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P2: group, version and time are the signed ones; names of files decide nothing.
# shellcheck disable=SC2154,SC2030,SC2031 # common and security set them; tests are subshells

load common
load deploy
load security
setup() { security_setup; }
teardown() { tsp_teardown; }

@test "P2: an old package under a newer name: its signed version decides" {
	thespian-director load hello-2.tls
	before=$(everything)
	cp "$(package 1)" hello-99.tls
	refused 5 "version 1 is older than 2" thespian-director load hello-99.tls
	cp hello-99.tls "$(package 99)"
	run thespian-director load hello
	[ "${lines[0]}" = "hello 2 already active" ]
	rm "$(package 99)"
	[ "$(everything)" = "$before" ]
	pack_aside 3
	mv hello-3.tls "odd name.tls"
	thespian-director load "odd name.tls"
	[ "$(answers)" = 3 ]
	[ -e "$(package 3)" ]
}

@test "P2: a package under another group's name is still of its own group" {
	cp hello-2.tls "$THESPIAN_DIRECTOR_DIR/bank-7.tls"
	refused 1 "no package of this group" thespian-director load bank
	rm "$THESPIAN_DIRECTOR_DIR/bank-7.tls"
	[ "$(everything)" = "$before" ]
	cp hello-2.tls bank-7.tls
	run thespian-director load bank-7.tls
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == "loaded hello 2 "* ]]
	[ ! -e "$THESPIAN_DIRECTOR_DIR/bank-7.tls" ]
}

@test "P2: group, version and time that are changed in the file are not what was signed" {
	for change in 's/version:2 /version:9 /' 's/group:hello /group:hallo /' 's/time:2/time:3/' 's/runtime:1/runtime:2/'; do
		LC_ALL=C sed "1,5$change" hello-2.tls > changed.tls
		run ! cmp -s hello-2.tls changed.tls
		refused 5 "does not verify" thespian-director load changed.tls || return
	done
	then_the_twin_loads 4
}
