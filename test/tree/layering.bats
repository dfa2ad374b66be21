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
	local folder=$1 allowed=" ${*:2} thespian.h config.h " file line header
	find "$folder" -name '*.[ch]' | sort | while read -r file; do
		grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$file" | while IFS=: read -r line header; do
			header=${header#*\"}
			header=${header%\"*}
			[[ $header == */* ]] || [[ $allowed == *" $header "* ]] || {
				echo "$file:$line: \"$header\" names no folder"
				continue
			}
			[[ $header != *..* ]] || echo "$file:$line: \"$header\" goes upwards"
			[[ $header != */* || $allowed == *" ${header%/*} "* ]] || echo "$file:$line: \"$header\""
		done
	done
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

@test "lib/io includes base, wire, core, source, log and io" {
	check lib/io base wire core source log io
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
		find bin lib director shell share test -name '*.[ch]' ! -path '*/build/*' | sort | while read -r file; do
			grep -qE "^[^#]*${file%.c}(\.c)?( |$)" Makefile.am ./*/local.mk ./*/*/local.mk || echo "$file"
		done
	}
	run unlisted
	echo "$output"
	[ -z "$output" ]
}
