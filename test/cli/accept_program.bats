#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A program of some 30 lines, built by what pkg-config says, creates an actor of a loaded source and asks it.
# shellcheck disable=SC2154,SC2012,SC2030,SC2031,SC2086,SC2317 # common sets them; each test is a process

load common

setup() {
	tsp_setup
	make_key alice
	thespian-director gensrc --key alice.sec --version 1 hello "$TSP_SRCDIR/share/example/hello" > /dev/null
	package=$THESPIAN_DIRECTOR_DIR/hello-1.tls
	command -v pkg-config > /dev/null || skip "no pkg-config"
	export PKG_CONFIG_PATH=$TSP_BUILDDIR/share
	# shellcheck disable=SC2046 # several words
	"$TSP_CC" -std=c17 -Wall -Wextra -o caller "$TSP_SRCDIR/share/example/caller.c" \
		$(pkg-config --cflags --libs thespian) $TSP_SANITIZERS
}
teardown() { tsp_teardown; }

@test "with the system that the Director started" {
	thespian-director load hello
	run --separate-stderr ./caller multiprocTCPBase "$port" "$package"
	echo "$stderr"
	[ "$status" -eq 0 ]
	json '.hello == "Ada" and .nth == 1'
	run ./caller multiprocTCPBase "$port" "$package"
	json '.nth == 1' # an actor of its own each time
	thespian-director list | grep -q Greeter
}

@test "in its own process, on simpleSystemBase, given an authority" {
	run --separate-stderr ./caller simpleSystemBase 0 "$package" "director:Authority=$THESPIAN_DIRECTOR_DIR"
	echo "$stderr"
	[ "$status" -eq 0 ]
	json '.hello == "Ada" and .nth == 1'
	no_processes
}

@test "what the authority refuses is an error there too" {
	cp "$package" flipped.tls
	printf X | dd of=flipped.tls bs=1 seek=700 conv=notrunc status=none
	run --separate-stderr ./caller simpleSystemBase 0 flipped.tls "director:Authority=$THESPIAN_DIRECTOR_DIR"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	# F084: on the simple base the authority's own warning stands on standard error, too
	[[ $stderr == *"caller: cannot load "* ]]
	run --separate-stderr ./caller multiprocTCPBase "$port" "$package"
	[ "$status" -eq 1 ]
	[[ $stderr == "caller: "*"no system answers"* ]]
}
