#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Keys and signatures are minisign's, in both directions.

# shellcheck disable=SC2154 # common and minisign set them

load common
load deploy
load minisign
setup() { minisign_setup; }
teardown() { tsp_teardown; }

@test "a key of minisign -G -W signs, and the package loads" {
	run thespian-director load hello
	[ "$status" -eq 0 ]
	[ "$(answers)" = 1 ]
}

@test "minisign -V takes what tlsinfo --extract writes" {
	thespian-director tlsinfo hello-1.tls --extract out
	run minisign -V -p "$THESPIAN_DIRECTOR_DIR/m_tls.key" -m out/hello-1.zip
	[ "$status" -eq 0 ]
	[[ "$output" == *"Trusted comment: group:hello version:1 time:"*" runtime:1"* ]]
	echo >> out/hello-1.zip
	run minisign -V -p "$THESPIAN_DIRECTOR_DIR/m_tls.key" -m out/hello-1.zip
	[ "$status" -ne 0 ]
}

@test "the zip that is extracted is one that unzip reads" {
	thespian-director tlsinfo hello-1.tls --extract out
	run unzip -tq out/hello-1.zip
	[ "$status" -eq 0 ]
	unzip -p out/hello-1.zip witness.c | cmp - src/witness.c
}

@test "a signature by minisign -S -t 'group:...', put in by hand, loads" {
	sign_by_minisign "$comment"
	put_together mine.tls
	rm "$(package 1)"
	run thespian-director load mine.tls
	[ "$status" -eq 0 ]
	[ "$(answers)" = 1 ]
	run thespian-director --json tlsinfo hello-1.tls
	json '.time == "2024-02-29T23:59:59Z" and .group == "hello"'
}
