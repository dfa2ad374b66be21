#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The manual tells the truth: its prototypes are the header's, its examples compile, its walk-through runs; and what
# is written is installed.
# shellcheck disable=SC2154,SC2016,SC2317 # common sets them; backquotes are looked for; called by name

bats_require_minimum_version 1.5.0

load ../cli/common

setup() {
	tsp_setup
	man=$TSP_SRCDIR/share/man
}
teardown() { tsp_teardown; }

# Prototypes of thespian.h, one a line, without comments, attributes and needless space.
header_prototypes() {
	sed -E 's,/\*.*\*/,,' "$TSP_SRCDIR/lib/thespian.h" | tr '\n\t' '  ' | sed 's/;/;\n/g' |
		sed -nE 's/.*\bTSP_API ([^;]*\btsp_[a-z0-9_]+\(.*);$/\1;/p' | sed -E 's/ *__attribute__\(\(format.*;/;/' | tidy
}

# Those of the manual's synopses.
manual_prototypes() {
	sed -nE 's/^\.B "(.*)"$/\1/p' "$man/thespian.3" | sed 's/\\-/-/g' | tr '\n' ' ' | sed 's/;/;\n/g' | tidy
}

tidy() {
	sed -E 's/[[:space:]]+/ /g; s/^ //; s/ $//; /^$/d' | sort
}

# blocks PAGE: writes each .EX of a manual page into a file NUMBER.KIND of the current folder; KIND is the first word
# of the comment before it, else c. What "file NAME" names goes into NUMBER.name.
blocks() {
	awk '
	/^\.\\" (file|shell|output)/ { kind = $2; name = $3 }
	/^\.EX/ {
		if (kind == "")
			kind = "c"
		out = sprintf("%02d.%s", ++number, kind)
		if (kind == "file")
			print name > sprintf("%02d.name", number)
		printf "" > out
		next
	}
	/^\.EE/ { out = kind = "" }
	out != "" {
		gsub(/\\&/, ""); gsub(/\\-/, "-"); gsub(/\\\(aq/, "\047"); gsub(/\\\(dq/, "\""); gsub(/\\e/, "\\")
		print > out
	}' "$1"
}

# The same of a Markdown page: what is between ```c and ```, and what is indented and calls tsp_ functions.
markdown_blocks() {
	awk '
	function end() {
		if (block ~ /tsp_[a-z_]+\(|thespian\.h>/ || fenced)
			printf "%s", block > sprintf("%02d.c", ++number)
		block = ""
		fenced = 0
	}
	/^```c$/ { inside = fenced = 1; next }
	/^```/ { if (inside) end(); inside = 0; next }
	inside { block = block $0 "\n"; next }
	/^    / { block = block substr($0, 5) "\n"; next }
	/^$/ && block != "" { block = block "\n"; next }
	block != "" { end() }
	END { if (block != "") end() }' "$1"
}

# compiles FILE: whether it does as it stands, as a part of a module, or as the inside of a handler or of a function of a
# program outside.
compiles() {
	local frame
	for frame in '%s' '#include <stdio.h>\n#include <string.h>\n#include <thespian.h>\n%s' \
		'#include <thespian.h>\nint frame(tsp_actor *self, const tsp_message *message, tsp_address sender);
		int frame(tsp_actor *self, const tsp_message *message, tsp_address sender)
		{ (void)self; (void)message; (void)sender;\n%s\nreturn TSP_OK; }\n' \
		'#include <stdio.h>\n#include <thespian.h>\nint frame(tsp_system *system, tsp_address actor, tsp_error *err);
		int frame(tsp_system *system, tsp_address actor, tsp_error *err)
		{ (void)system; (void)actor; (void)err;\n%s\nreturn TSP_OK; }\n'; do
		# shellcheck disable=SC2059 # it is a format
		printf "$frame\n" "$(cat "$1")" > framed.c
		"$TSP_CC" -std=c17 -fsyntax-only -Wall -Wextra -Werror -Wno-unused-function -Wno-unused-const-variable \
			-I"$TSP_SRCDIR/lib" framed.c 2>> messages && return 0
	done
	echo "$1 does not compile:"
	cat "$1"
	head -n 20 messages
	return 1
}

# all_compile FUNCTION PAGE: adds the number of its C blocks to $count.
all_compile() {
	local block
	rm -rf "$dir/blocks"
	mkdir "$dir/blocks"
	cd "$dir/blocks" || return
	"$1" "$2"
	for block in *.c; do
		[ -e "$block" ] || continue
		: > messages
		compiles "$block" || { echo "in $2"; return 1; }
		count=$((count + 1))
	done
}

@test "F163: thespian(3) has every call of thespian.h, with its prototype, and no other" {
	header_prototypes > header
	manual_prototypes > manual
	[ "$(wc -l < header)" -ge 130 ]
	[ "$(wc -l < header)" -eq "$(grep -c '^TSP_API .*tsp_[a-z_]*(' "$TSP_SRCDIR/lib/thespian.h")" ]
	diff header manual
}

@test "every call, error, system message and member of a class is explained in thespian(3)" {
	header=$TSP_SRCDIR/lib/thespian.h
	{
		header_prototypes | sed -E 's/[^(]*\b(tsp_[a-z0-9_]+)\(.*/\1/'
		sed -nE 's/.*\bX\((TSP_E[A-Z]+).*/\1/p' "$header"
		sed -nE '/^typedef struct tsp_class/,/^}/s/^\t[^/ *][^;]*[ *(]([a-z_]+)[;)\[].*/\1/p' "$header" |
			grep -v reserved
		sed -nE '/^ \* What the system sends/,/^ \*\//s/^ \*   ([A-Z][A-Za-z_]+)  .*/\1/p' "$header"
	} > names
	[ "$(wc -l < names)" -ge 180 ]
	grep -v '^\.B "' "$man/thespian.3" | grep -owE '[A-Za-z0-9_]+' | LC_ALL=C sort -u > explained
	missing=$(LC_ALL=C sort -u names | LC_ALL=C comm -23 - explained)
	[ -z "$missing" ] || { echo "not explained: $missing"; false; }
}

@test "every C block of the manual and of the documents compiles" {
	count=0
	for page in "$man/thespian.3" "$man/thespian.7"; do all_compile blocks "$page"; done
	[ "$count" -ge 9 ]
	for page in "$TSP_SRCDIR"/*.md "$TSP_SRCDIR"/share/doc/*.md; do all_compile markdown_blocks "$page"; done
}

@test "the check sees a block that does not compile" {
	cd "$dir"
	printf '%s\n' '.EX' 'return tsp_nonsense(self, sender);' '.EE' > page
	count=0
	run all_compile blocks "$dir/page"
	[ "$status" -ne 0 ]
	[[ $output == *tsp_nonsense* ]]
	cd "$dir"
	printf '%s\n' 'Text.' '' '    int rc = tsp_send(self, sender);' '' 'More.' > page
	run all_compile markdown_blocks "$dir/page"
	[ "$status" -ne 0 ]
	[[ $output == *'too few arguments'* ]]
}

@test "the first actor of thespian(7), as pasted, from an empty folder to the end of its system" {
	mkdir blocks
	cd blocks
	blocks "$man/thespian.7"
	{
		echo 'set -e'
		for block in *.shell *.file; do
			echo "$block"
		done | sort | while read -r block; do
			case $block in
			*.file)
				name=$(cat "${block%.file}.name")
				printf "cp '%s' '%s'\n" "$dir/blocks/$block" "$name"
				;;
			*.shell)
				printf '{\n'
				cat "$block"
				printf "} > '%s'\n" "$dir/blocks/$block.told"
				;;
			esac
		done
	} > session
	[ "$(grep -c thespian- session)" -ge 10 ]
	mkdir "$dir/empty"
	cd "$dir/empty"
	run timeout 100 bash -eu "$dir/blocks/session" 3>&-
	cd "$dir/blocks"
	echo "$output"
	tail -n 20 -- *.told
	[ "$status" -eq 0 ]
	for block in *.output; do
		diff "$block" "$(printf '%s\n' *.shell.told | grep -B 1000 "$(printf '%02d' "$((10#${block%.output} - 1))")" |
			tail -n 1)"
	done
	cat -- *.told > told
	grep -q 'it only counts up' told
	grep -q '^status 1$' told
	grep -q '"count": 30$' told
	no_processes
}

@test "the examples of thespian-director(1), thespian-shell(1) and thespian-admin(8) run" {
	command -v jq > /dev/null || skip "no jq"
	examples() { sed -n '/^\.SH EXAMPLES/,/^\.SH SEE/p' "$man/$1" | sed -n '/^\.nf/,/^\.fi/p' | sed '/^\./d; s/\\-/-/g; s/\\(aq/'\''/g; s/\\(dq/"/g'; }
	ln -s "$TSP_SRCDIR/share" share
	echo info > script
	echo Ada > body.json
	{
		sed -n '/^thespian.*-director /p' "$man/thespian-admin.8" | sed 's/\\-/-/g'
		examples thespian-director.1 | sed "s,/tmp/director,$dir/first,"
		examples thespian-shell.1
		echo thespian-director shutdown
	} > session
	[ "$(grep -c thespian- session)" -ge 8 ]
	run timeout 100 bash -eu session 3>&-
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'"hello": "Ada"'* ]]
}

@test "man finds nothing to complain about in the pages" {
	man --version > /dev/null 2>&1 || skip "no man"
	for page in "$man"/*.[1-9]; do
		run man --warnings -E UTF-8 -l -Tutf8 -Z "$page"
		complaints=$(man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 > /dev/null)
		[ -z "$complaints" ] || { echo "$page: $complaints"; false; }
	done
}

@test "F163: every document and manual page is installed" {
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$TSP_BUILDDIR" DESTDIR="$dir/root" \
		install-dist_docDATA install-man > log 2>&1 || { cat log; false; }
	installed=$(find "$dir/root" -type f -printf '%f\n')
	for page in README.md NEWS.md CONTRIBUTING.md "$TSP_SRCDIR"/share/doc/*.md "$man"/*.[1-9]; do
		grep -qxF "${page##*/}" <<< "$installed" || { echo "not installed: $page"; false; }
	done
	# ours for each of the original's: user guide, in depth, developer, index, releases, design, routing
	for page in thespian.7 thespian.3 CONTRIBUTING.md index.md NEWS.md architecture.md messages.md; do
		grep -qxF "$page" <<< "$installed"
	done
}

@test "F164: one version everywhere, and the generation is its first two numbers" {
	version=$(sed -nE 's/^#define TSP_VERSION "(.*)"/\1/p' "$TSP_SRCDIR/lib/thespian.h")
	[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]
	grep -qF "AC_INIT([thespian], [$version]" "$TSP_SRCDIR/configure.ac"
	[ "$(sed -nE 's/^## ([0-9.]+).*/\1/p' "$TSP_SRCDIR/NEWS.md" | head -n 1)" = "$version" ]
	for page in "$man"/*.[1-9]; do grep -q "^\.TH .* \"thespian $version\" " "$page"; done
	thespian-shell -p "$port" -c start 3>&-
	generation=$(thespian-shell -p "$port" --json -c 'capability "Thespian Generation"' 3>&- | jq -c '.. | arrays')
	thespian-shell -p "$port" -c stop 3>&-
	[ "$generation" = "[$(cut -d . -f 1,2 <<< "$version" | tr . ,)]" ] || { echo "$generation"; false; }
}
