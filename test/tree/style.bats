#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What clang-format cannot say about our C.

setup() {
	cd "$TSP_SRCDIR" || return
	mapfile -t sources < <(find lib director shell bin test share -name '*.[ch]' | sort)
	mapfile -t ours < <(find lib director shell bin -name '*.[ch]' | sort)
}

empty() {
	echo "$1"
	[ -z "$1" ]
}

# thespian.h is one file by design, and the manual as well.
@test "no C file is longer than 600 lines" {
	empty "$(wc -l "${sources[@]}" | awk '
		{ most = $2 == "lib/thespian.h" ? 800 : 600 }
		$2 != "total" && $1 > most { print $2 ": " $1 " lines" }')"
}

@test "no line is longer than 120 columns" {
	empty "$(awk -F '\t' '{
		columns = length($NF)
		for (i = 1; i < NF; i++)
			columns += 8 * (int(length($i) / 8) + 1)
		if (columns > 120)
			print FILENAME ":" FNR ": " columns " columns"
	}' "${sources[@]}")"
}

@test "every C file starts with the licence" {
	empty "$(awk 'FNR == 1 && $0 != "/* SPDX-License-Identifier: MIT */" { print FILENAME }' "${sources[@]}")"
}

@test "every .c file of the programs includes config.h before anything else" {
	empty "$(printf '%s\n' "${ours[@]}" | grep '\.c$' | xargs awk '
		FNR == 1 { included = 0 }
		/^#[ \t]*include/ && !included++ && $0 != "#include \"config.h\"" { print FILENAME }')"
	empty "$(grep -L '#include "config.h"' "${ours[@]}" | grep '\.c$')"
}

@test "every header of lib has its guard" {
	empty "$(for file in "${ours[@]}"; do
		[[ $file == lib/*.h ]] || continue
		guard=${file#lib/}
		guard=${guard//[\/.]/_}
		guard=${guard^^}
		[[ $guard == THESPIAN_H ]] || guard=TSP_$guard
		[[ $'\n'$(< "$file") == *$'\n'"#ifndef $guard"$'\n'* ]] || echo "$file: not $guard"
	done)"
}

@test "no space stands before a tab, at the end of a line or as indentation" {
	empty "$(grep -nE "^ +	|[ 	]+\$|^ {4,}[^ *]" "${sources[@]}" || true)"
}

@test "exit() is called by main only" {
	empty "$(grep -nE '(^|[^_a-z])exit\(' "${ours[@]}" | grep -vE '^bin/|:[[:space:]]*(/?\*|//)' || true)"
}

@test "the libraries print nothing" {
	empty "$(find lib -name '*.c' -not -path 'lib/cli/*' -print0 | sort -z |
		xargs -0 grep -nE '(^|[^a-z_])(printf|puts|putchar|perror|vprintf)\(|f(printf|puts|putc)\([^;]*std(out|err)' | grep -v '^lib/base/log\.c:' || true)"
}

@test "no string function without a bound is used" {
	empty "$(grep -nE '(^|[^a-z_])(strcat|sprintf|vsprintf|gets|strtok|alloca|tmpnam|mktemp|system|popen)\(' \
		"${ours[@]}" || true)"
}

@test "files and sockets are close-on-exec from birth" {
	empty "$(grep -nE '(^|[^a-z_>.])(open|openat|socket|socketpair|accept|pipe|dup|epoll_create)\(' "${ours[@]}" |
		grep -vE 'O_CLOEXEC|SOCK_CLOEXEC|:[[:space:]]*(/?\*|//)' || true)"
}

@test "nothing is left to be done later" {
	empty "$(grep -nwE 'TODO|FIXME|XXX|HACK' "${sources[@]}" || true)"
}
