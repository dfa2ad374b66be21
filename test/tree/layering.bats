#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Includes point downwards only: a folder includes what its line here says, and nothing else of ours.

bats_require_minimum_version 1.5.0

setup() {
	cd "$TSP_SRCDIR" || return
}

# Prints file:line of every include of ours in folder $1 that is not below one of the other arguments.
# "top" allows thespian.h, which everybody but base's own headers may see anyway.
violations() {
	local folder=$1
	shift
	find "$folder" -name '*.[ch]' | sort | xargs awk -v allowed=" $* thespian.h config.h " '
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		header = $0
		sub(/^[^"]*"/, "", header)
		sub(/".*/, "", header)
		place = FILENAME ":" FNR ": \"" header "\""
		if (header !~ /\// && !index(allowed, " " header " ")) {
			print place " names no folder"
			next
		}
		if (header ~ /\.\./)
			print place " goes upwards"
		from = header
		sub(/\/[^\/]*$/, "", from)
		if (header ~ /\// && !index(allowed, " " from " "))
			print place
	}'
}

check() {
	run violations "$@"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "the check sees a wrong include" {
	mkdir -p "$BATS_TEST_TMPDIR/base"
	printf '#include "base/error.h"\n#include "core/admin.h"\n' > "$BATS_TEST_TMPDIR/base/wrong.c"
	run violations "$BATS_TEST_TMPDIR/base" base
	[ "$output" = "$BATS_TEST_TMPDIR/base/wrong.c:2: \"core/admin.h\"" ]
}

@test "lib/base includes base" {
	check lib/base base
}

@test "lib/wire includes base and wire" {
	check lib/wire base wire
}

@test "lib/core includes base, wire and core" {
	check lib/core base wire core
}

@test "lib/source includes base, wire and source" {
	check lib/source base wire source
}

@test "lib/log includes base, wire and log" {
	check lib/log base wire log
}

@test "lib/link includes base, wire and link" {
	check lib/link base wire link
}

@test "lib/io includes base, wire, core, source, log, link and io" {
	check lib/io base wire core source log link io
}

@test "lib/system includes everything but cli" {
	check lib/system base wire core source log io system
}

@test "lib/cli includes base, wire and cli" {
	check lib/cli base wire cli
}

@test "lib/helper includes nothing but its own and thespian.h" {
	check lib/helper helper
}

@test "lib/script includes base, wire, core, helper and script" {
	check lib/script base wire core helper script
}

@test "director includes base, source, cli and director" {
	check director base source cli director
}

@test "shell includes base, source, cli and shell" {
	check shell base source cli shell
}

@test "libuv is included in lib/io only" {
	run grep -rlE '#[[:space:]]*include[[:space:]]*<uv(/[a-z]+)?\.h>' lib director shell bin --include='*.[ch]'
	echo "$output"
	run ! grep -v '^lib/io/' <<< "$output"
}

@test "libedit is included in one file" {
	run grep -rlE '#[[:space:]]*include[[:space:]]*<histedit\.h>' lib director shell bin --include='*.[ch]'
	echo "$output"
	[ "$(grep -c . <<< "$output")" -le 1 ]
}

@test "lib/core reads no clock, no file and no environment" {
	run grep -nE '\b(clock_gettime|gettimeofday|time|getenv|fopen|open|read|write|socket|fork|getpid|rand|random)\(' \
		-r lib/core --include='*.[ch]'
	echo "$output"
	[ -z "$output" ]
}

# What stands in no list is in no release: make dist would leave it out.
@test "every C file stands in a list of the make files" {
	unlisted() {
		find bin lib director shell share test -name '*.[ch]' ! -path '*/build/*' | sort > "$BATS_TEST_TMPDIR/files"
		awk '
		FILENAME != ARGV[ARGC - 1] {
			sub(/#.*/, "")
			for (i = 1; i <= NF; i++)
				listed[$i] = 1
			next
		}
		{
			stem = $0
			sub(/\.c$/, "", stem)
			if (!($0 in listed) && !(stem in listed) && !("$(top_srcdir)/" $0 in listed))
				print
		}' Makefile.am ./*/local.mk ./*/*/local.mk "$BATS_TEST_TMPDIR/files"
	}
	run unlisted
	echo "$output"
	[ -z "$output" ]
}
