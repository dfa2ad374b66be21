#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the built files show to others.

bats_require_minimum_version 1.5.0

setup() {
	cd "$TSP_BUILDDIR" || return
}

defined() {
	nm -D --defined-only "$1" | awk '$NF !~ /@GLIBC/ { print $NF }' | sed 's/@.*//' | grep -vE '^(_init|_fini|_edata|_end|__bss_start)$' | sort
}

needed() {
	readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

declared() {
	sed -n 's/.*\bTSP_API [^(]*[ *]\(tsp_[a-z0-9_]*\)(.*/\1/p' "${1:-$TSP_SRCDIR/lib/thespian.h}" | sort -u
}

# What the sanitizers put into a program is theirs.
ours() {
	grep -vE '^(__|_?_?interceptor|internal_|real_)|(asan|ubsan|lsan|sanitizer)' || true
}

@test "libthespian.so exports tsp_* only" {
	[ -n "$(defined lib/.libs/libthespian.so)" ]
	others=$(defined lib/.libs/libthespian.so | ours | grep -v '^tsp_' || true)
	echo "$others"
	[ -z "$others" ]
}

@test "libthespian.so exports every function of thespian.h" {
	missing=$(comm -23 <(declared) <(defined lib/.libs/libthespian.so))
	echo "$missing"
	[ -n "$(declared)" ]
	[ -z "$missing" ]
}

@test "libthespian.so exports nothing that thespian.h does not declare" {
	others=$(comm -13 <(declared) <(defined lib/.libs/libthespian.so | ours))
	echo "$others"
	[ -z "$others" ]
}

@test "thespian-host exports tsp_* only" {
	others=$(defined bin/thespian-host | ours | grep -v '^tsp_' || true)
	echo "$others"
	[ -z "$others" ]
}

@test "thespian-host exports every call of thespian.h but the outside caller's" {
	sed '/^\/\* ---- The outside caller/,$d' "$TSP_SRCDIR/lib/thespian.h" > "$BATS_TEST_TMPDIR/actor.h"
	missing=$(comm -23 <(declared "$BATS_TEST_TMPDIR/actor.h") <(defined bin/thespian-host))
	echo "$missing"
	[ -n "$(declared "$BATS_TEST_TMPDIR/actor.h")" ]
	[ -z "$missing" ]
}

@test "thespian-director and thespian-shell export all of thespian.h for modules opened in them" {
	for file in bin/thespian-director bin/thespian-shell; do
		missing=$(comm -23 <(declared) <(defined "$file"))
		echo "$missing"
		[ -z "$missing" ]
	done
}

# Fails if one of the files $2... needs a library named like $1.
needs_no() {
	local pattern=$1 file
	shift
	for file; do
		if needed "$file" | grep "$pattern"; then
			echo "$file"
			return 1
		fi
	done
}

@test "libuv is needed by thespian-admin only" {
	needed bin/thespian-admin | grep libuv
	needs_no libuv bin/thespian-host bin/thespian-shell bin/thespian-director lib/.libs/libthespian.so
}

@test "libedit is needed by the shell's line editor only" {
	needed shell/.libs/line_editor.so | grep libedit
	needs_no libedit bin/thespian-host bin/thespian-admin bin/thespian-director bin/thespian-shell \
		lib/.libs/libthespian.so
}

@test "the line editor shows its export only" {
	run defined shell/.libs/line_editor.so
	echo "$output"
	[ "$output" = tsp_line_editor ]
	needs_no libthespian shell/.libs/line_editor.so
}

@test "programs are files that run from the build folder without libthespian.so" {
	for file in bin/thespian-host bin/thespian-admin bin/thespian-director bin/thespian-shell; do
		readelf -h "$file" > /dev/null
		needs_no libthespian "$file"
	done
}

@test "the Director's module shows its export only" {
	run defined director/.libs/director.so
	echo "$output"
	[ "$output" = tsp_module_exported ]
	needs_no libthespian director/.libs/director.so
}
