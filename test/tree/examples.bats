#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Every example is as clean as the manual says that code should be, is installed with the sources, is named by
# README.md, and is run by a test.
# shellcheck disable=SC2154 # common sets them

bats_require_minimum_version 1.5.0

load ../cli/common

setup() {
	tsp_setup
	make_key alice
	examples=$TSP_SRCDIR/share/example
}
teardown() { tsp_teardown; }

# Names of the examples that are folders.
names() {
	find "$examples" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort
}

@test "every example compiles without a warning, as C17 and pedantically" {
	[ "$(names | wc -l)" -ge 6 ]
	for file in "$examples"/*.c "$examples"/*/*.c; do
		echo "$file"
		"$TSP_CC" -std=c17 -fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
			-Wformat=2 -Wvla -Werror -I"$TSP_SRCDIR/lib" "$file"
	done
}

@test "gensrc accepts every example, with its group file" {
	for name in $(names); do
		thespian-director gensrc --key alice.sec --version 1 "$name" "$examples/$name"
		[ -f "$examples/$name/$name.tli" ]
		thespian-director tlsinfo "$THESPIAN_DIRECTOR_DIR/$name-1.tls"
	done
}

@test "every example has a test of its own, its files are in the tarball, README names it" {
	for name in $(names); do
		[ -f "$TSP_SRCDIR/test/cli/example_$name.bats" ] || { echo "no test/cli/example_$name.bats"; false; }
		grep -qF "share/example/$name" "$TSP_SRCDIR/README.md" || { echo "README names no share/example/$name"; false; }
		for file in "$examples/$name"/*; do
			grep -qF "share/example/$name/${file##*/}" "$TSP_SRCDIR/share/local.mk" || { echo "$file"; false; }
		done
	done
}
