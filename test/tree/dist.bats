#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Every file that the makefiles name is there: else `make dist` ends in the middle, which nobody sees before a release.

bats_require_minimum_version 1.5.0

: "${TSP_SRCDIR:=$(cd -- "$BATS_TEST_DIRNAME/../.." && pwd)}"

# Prints the files that the makefiles $@ name in EXTRA_DIST, TESTS, sources and headers, and that are not there.
missing() {
	local name
	sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' "$@" |
		awk '/^[A-Za-z_]*(EXTRA_DIST|HEADERS|_SOURCES|_sources|_headers|_files|MANS|DATA)[ \t]*\+?=/ {
			for (i = 1; i <= NF; i++) if ($i ~ /^[a-z]+\/[^$()]+$/) print $i }' | sort -u |
		while read -r name; do
			[ -e "$name" ] || echo "$name"
		done
}

@test "the check sees a file that is not there" {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir lib
	touch lib/there.c
	printf 'tsp_x_sources = \\\n\tlib/there.c \\\n\tlib/gone.c\nEXTRA_DIST += test/lost\n' > local.mk
	[ "$(missing local.mk)" = $'lib/gone.c\ntest/lost' ]
}

@test "every file that a makefile names is there" {
	cd "$TSP_SRCDIR" || return
	run missing Makefile.am ./*/local.mk ./*/*/local.mk
	echo "$output"
	[ -z "$output" ]
}
