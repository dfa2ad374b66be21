#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# share/doc/features.md: every feature and every weak spot is there once, and what concerns one machine has a test
# that carries its id.
# shellcheck disable=SC2016 # backquotes are looked for

bats_require_minimum_version 1.5.0

: "${TSP_SRCDIR:=$(cd -- "$BATS_TEST_DIRNAME/../.." && pwd)}"

setup() {
	cd "$TSP_SRCDIR" || return
	page=share/doc/features.md
}

# Prints the ids of a page's rows whose ids begin with letter $2, in its order.
ids() {
	sed -nE "s/^\| ($2[0-9]+) \|.*/\1/p" "$1"
}

# Prints what is wrong with the rows of page $1. A row names tests between backquotes, of which each must exist and
# one at least must have the id as a word; or says which other issue has it, or why there is nothing to be shown.
wrong() {
	local id tests rest test found
	while IFS='|' read -r _ id _ tests _; do
		id=${id// /}
		found=no
		rest=$tests
		while [[ $rest =~ \`(test/[^\`]*)\`(.*) ]]; do
			test=${BASH_REMATCH[1]}
			rest=${BASH_REMATCH[2]}
			if [ ! -e "$test" ]; then
				echo "$id: '$test' is not there"
			elif [ $found = no ] && grep -qw -- "$id" "$test"; then
				found=yes
			fi
		done
		[ $found = no ] || continue
		case $tests in
		*'`test/'*) echo "$id: no test that it names has its id" ;;
		' other issue: conventions ' | *'none: '[a-z]*) ;;
		*) echo "$id: names no test" ;;
		esac
	done < <(grep -E '^\| [FW][0-9]+ \|' "$1")
}

@test "F162: each of the 180 features is there once" {
	diff <(ids "$page" F) <(seq -f 'F%03g' 1 180)
}

@test "each of the 50 weak spots is there once" {
	diff <(ids "$page" W) <(seq -f 'W%g' 1 50)
}

@test "F162: each feature and weak spot of one machine has a test that carries its id" {
	run wrong "$page"
	echo "$output"
	[ -z "$output" ]
}

@test "each row of the scenarios is a feature or a weak spot of the page" {
	rows=$(sed -nE 's/^	\{ "([FW][0-9]+)",.*/\1/p' test/scenario/rows_*.c | sort -u)
	[ "$(wc -l <<< "$rows")" -ge 90 ]
	named=$(sed -nE 's,^\| ([FW][0-9]+) \|.*`test/scenario/rows_[a-z]+\.c`.*,\1,p' "$page" | sort -u)
	unnamed=$(comm -23 <(printf '%s\n' "$rows") <(printf '%s\n' "$named"))
	[ -z "$unnamed" ] || { echo "no scenario is named by: $unnamed"; false; }
}

@test "the check sees a test that is not there, one without the id, and a row without a test" {
	page=$BATS_TEST_TMPDIR/page.md
	cat > "$page" <<-'END'
	| F001 | good | `test/tree/features.bats` | |
	| F002 | gone | `test/tree/gone.bats` | |
	| F999 | without | `test/tree/style.bats` | |
	| F003 | nothing | | |
	| F004 | later | pending test/cli/later.bats | |
	| F005 | elsewhere | other issue: conventions | |
	| F006 | elsewhere | other issue: director | |
	END
	run wrong "$page"
	echo "$output"
	[ "${#lines[@]}" -eq 6 ]
	[[ ${lines[0]} == "F002: 'test/tree/gone.bats' is not there" ]]
	[[ ${lines[2]} == 'F999: no test'* || ${lines[2]} == 'F999: '* ]]
	[[ ${lines[3]} == 'F003: names no test' ]]
	[ "${lines[5]}" = 'F006: names no test' ]
}
