#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the documentation points at is there: files and folders, and constants and functions of the code.
# shellcheck disable=SC2016 # backquotes are looked for

bats_require_minimum_version 1.5.0

: "${TSP_SRCDIR:=$(cd -- "$BATS_TEST_DIRNAME/../.." && pwd)}"

setup() {
	cd "$TSP_SRCDIR" || return
	documents=(README.md CONTRIBUTING.md NEWS.md share/doc/*.md)
}

# Prints "DOCUMENT: WORD" for each word between backquotes in the given documents, outside of code blocks.
words() {
	local document
	for document in "$@"; do
		sed '/^    /d' "$document" | grep -o '`[^`]*`' | tr -d '`' | sed "s,^,$document: ,"
	done
}

# Paths of the tree: they begin with one of its folders, or name a document.
paths() {
	words "$@" | grep -E ': ((bin|lib|director|shell|share|test|\.ci)/[A-Za-z0-9_./*-]*|[A-Za-z]+\.md)$' || true
}

# Whether a path is there as it stands, or beside the document that names it.
is_there() {
	local folder=.
	[[ $1 != */* ]] || folder=${1%/*}
	compgen -G "$2" > /dev/null || compgen -G "$folder/$2" > /dev/null
}

missing() {
	local document word
	while IFS= read -r line; do
		document=${line%%: *}
		word=${line#*: }
		is_there "$document" "$word" || echo "$document names '$word', which is not there"
	done < <(paths "$@")
}

@test "every path that the documents name exists" {
	[ "$(paths "${documents[@]}" | wc -l)" -ge 40 ]
	run missing "${documents[@]}"
	echo "$output"
	[ -z "$output" ]
}

@test "the check sees a path that is not there" {
	cd "$BATS_TEST_TMPDIR"
	mkdir lib
	touch lib/there.h
	echo 'See `lib/there.h`, `lib/gone.h` and `gone.md`.' > page.md
	run missing page.md
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} == *"'lib/gone.h'"* ]]
	[[ ${lines[1]} == *"'gone.md'"* ]]
}

@test "README.md leads to every file below share/doc" {
	for file in share/doc/*.md; do
		grep -qF "$file" README.md || { echo "$file"; false; }
	done
}

@test "constants, functions and capabilities that the documents name are in the code" {
	grep -rhowE --include='*.[ch]' --include='local.mk' --include=bootstrap --include=configure.ac '[A-Za-z0-9_]+' \
		lib director shell bin bootstrap configure.ac | LC_ALL=C sort -u > "$BATS_TEST_TMPDIR/code"
	missing=$(words "${documents[@]}" | sed -nE 's/^[^:]*: ([A-Z][A-Z0-9]*_[A-Z0-9_]+|tsp_[a-z_]+|package_[a-z_]+)$/\1/p' |
		LC_ALL=C sort -u | LC_ALL=C comm -23 - "$BATS_TEST_TMPDIR/code")
	echo "$missing"
	[ -z "$missing" ]
}

@test "the numbers of the bounds are those of the code" {
	check() {
		grep -rqE "$1" lib || { echo "not in the code: $1"; return 1; }
	}
	check '#define WINDOW_MESSAGES[[:space:]]+512 '
	check '#define WINDOW_BYTES[[:space:]]+\(\(size_t\)256 \* 1024\)'
	check '#define ACTOR_WINDOW[[:space:]]+64 '
	check '#define MAILBOX_MESSAGES[[:space:]]+10000$'
	check '#define MAILBOX_BYTES[[:space:]]+\(\(size_t\)64 \* 1024 \* 1024\)'
	check '#define SENDER_GRACE[[:space:]]+\(\(size_t\)1024 \* 1024\)'
	check '#define BREACH_MESSAGES[[:space:]]+10000[[:space:]]'
	check '#define SYSTEM_LANE[[:space:]]+1024[[:space:]]'
	check '#define CALLER_BYTES[[:space:]]+\(\(size_t\)32 \* 1024 \* 1024\)'
	check '#define CALLER_LIMIT[[:space:]]+1024$'
	check '#define NAME_KEEP_MS[[:space:]]+60000$'
	check '#define AUTHORITY_MS[[:space:]]+120000[[:space:]]'
	check '#define PAGE_AREA_SIZE[[:space:]]+\(\(size_t\)2 \* 1024 \* 1024\)$'
	check '#define PAGE_OUT_SIZE[[:space:]]+\(\(size_t\)8 \* 1024 \* 1024\)$'
	check '#define OUTBOX_LIMIT[[:space:]]+\(\(size_t\)64 \* 1024 \* 1024\)'
	check '#define PAUSED_COUNT_LIMIT[[:space:]]+4096$'
	check '#define PAUSED_SIZE_LIMIT[[:space:]]+\(\(size_t\)4 \* 1024 \* 1024\)'
	check '#define LOCAL_COUNT_LIMIT[[:space:]]+16384[[:space:]]'
	check '#define STAGE_LETTERS_LIMIT[[:space:]]+\(\(size_t\)256 \* 1024 \* 1024\)'
	check '#define WAKEUPS_LIMIT[[:space:]]+65536[[:space:]]'
	check '#define TROUPE_LIMIT 1000 '
	check '#define WATCH_LIMIT[[:space:]]+1024[[:space:]]'
	check '#define STATUS_LIST_LIMIT[[:space:]]+1000[[:space:]]'
	check '#define STATUS_MESSAGES[[:space:]]+20[[:space:]]'
	check '#define STATUS_TEXT[[:space:]]+150[[:space:]]'
	check '#define NAMES_A_REQUEST 10000$'
	check '#define RATE_DEFAULT[[:space:]]+1000$'
	check '#define LOG_BURST_SECONDS[[:space:]]+10$'
	check '#define LOG_LINK_BYTES[[:space:]]+\(\(size_t\)1024 \* 1024\)'
}

@test "messages.md and the manual name every bound that is a capability" {
	names=$(grep -oE '^	X\([a-z_]+, "[A-Za-z ]+"' lib/core/bounds.h | cut -d '"' -f 2)
	[ "$(wc -l <<< "$names")" -ge 19 ]
	while IFS= read -r name; do
		grep -qF "\`$name\`" share/doc/messages.md || { echo "$name is not in messages.md"; return 1; }
		grep -qwF "$name" share/man/thespian-admin.8 || { echo "$name is not in thespian-admin.8"; return 1; }
	done <<< "$names"
}

@test "wire.md names every request and notice, and who may ask" {
	tr -d '\134\n' < lib/wire/system.h | grep -oE 'X\((REQUEST|NOTICE)_[A-Z_]+, "[A-Za-z_]+"\)' > "$BATS_TEST_TMPDIR/types"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/types")" -ge 50 ]
	while IFS='(,) "' read -r _ constant _ name _; do
		grep -q "^| .*\`${name}[\`{]" share/doc/wire.md || { echo "$name is not in wire.md"; return 1; }
		[[ $constant == REQUEST_* ]] || continue
		row=$(sed -nE "s/^#define ROW_$constant +\{? ?([A-Z |()]+).*/\1/p" lib/core/gate.c)
		by=$(sed -nE "s/^\| \`$name\` \| ([HAC ]+).*/\1/p" share/doc/wire.md)
		for pair in HOST:H ACTOR:A CALLER:C; do
			[[ $row == *${pair%:*}* ]] && allowed=yes || allowed=no
			[[ $by == *${pair#*:}* ]] && said=yes || said=no
			[ "$allowed" = "$said" ] || { echo "$name: '$by' in wire.md, '$row' in gate.c"; return 1; }
		done
	done < "$BATS_TEST_TMPDIR/types"
}
