#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Help, manual and completion say the same: all come from the programs' own tables, and a man page names
# every command with the synopsis that help prints.

bats_require_minimum_version 1.5.0

load ../cli/common

setup() {
	tsp_setup
	man=$TSP_SRCDIR/share/man
}

teardown() {
	tsp_teardown
}

# Synopses of the commands of man page $1, sorted.
man_synopses() {
	sed -n '/^\.SH COMMANDS/,/^\.SH EXIT/p' "$1" | sed -n '/^\.T[PQ]/{ n; s/\\f[BIR]//g; s/\\-/-/g; p; }' | sort
}

# The same from the help of program $1.
help_synopses() {
	local name
	for name in $(commands "$1"); do
		help_of "$1" "$name"
	done | sed -n 's/^usage: //p' | sed -E "s/^$1 //; s/ +$//" | sort
}

help_of() {
	case $1 in
	thespian-shell) thespian-shell -c "help $2" ;;
	*) "$1" help "$2" ;;
	esac
}

commands() {
	"$1" --help | sed -n '/^commands:/,/^$/p' | sed -nE 's/^  ([A-Za-z_]+).*/\1/p' | sort
}

@test "thespian-director: every command is in the manual with the synopsis of its help" {
	help_synopses thespian-director > help
	[ -s help ]
	man_synopses "$man/thespian-director.1" > manual
	diff help manual
}

@test "thespian-shell: every command is in the manual with the synopsis of its help" {
	help_synopses thespian-shell > help
	[ -s help ]
	man_synopses "$man/thespian-shell.1" > manual
	diff help manual
}

@test "completion offers every command of thespian-director" {
	commands thespian-director > wanted
	[ -s wanted ]
	thespian-director --complete '' | grep -v '^-' | sort > offered
	diff wanted offered
}

@test "completion offers every command of thespian-shell" {
	commands thespian-shell > wanted
	[ -s wanted ]
	thespian-shell --complete -c '' | grep -v '^-' | sort > offered
	[ -s offered ] || thespian-shell --complete '' | grep -v '^-' | sort > offered
	diff wanted offered
}

@test "the help of each command of thespian-shell ends with an example, which is one of it" {
	local name last
	for name in $(commands thespian-shell); do
		last=$(help_of thespian-shell "$name" | sed '/^undo: /d; /^$/d' | tail -n 1)
		[[ "$last " =~ ^example:\ (thespian-shell\ -c\ )?$name\  ]] || { echo "$name: $last"; false; }
	done
}

@test "bash completion asks the program" {
	# shellcheck source=/dev/null
	source "$TSP_SRCDIR/share/completion/thespian-director"
	COMP_WORDS=(thespian-director keyg)
	COMP_CWORD=1 COMP_LINE='thespian-director keyg' COMP_POINT=22
	_thespian_complete
	[ "${COMPREPLY[*]}" = keygen ]
}

@test "--version and --help answer in every program" {
	for program in thespian-director thespian-shell thespian-admin; do
		run --separate-stderr "$program" --version
		[ "$status" -eq 0 ]
		[ "$output" = "$program 0.1.0" ]
		run --separate-stderr "$program" --help
		[ "$status" -eq 0 ]
		[[ $output == "usage: $program "* ]]
	done
}

@test "usage in the manual is that of --help" {
	for page in thespian-director.1 thespian-shell.1 thespian-admin.8; do
		program=${page%.*}
		manual=$(sed -n '/^\.SH SYNOPSIS/,/^\.SH DESC/p' "$man/$page" | sed '/^\.SH/d; s/^\.[A-Z]* //' |
			sed 's/\\f[BIR]//g; s/\\-/-/g' | tr -d ' \n')
		help=$("$program" --help | sed -n '1,/^$/p' | sed 's/^usage: //' | tr -d ' \n')
		[ "$manual" = "$help" ] || { echo "$manual"; echo "$help"; false; }
	done
}

# explained WORD: `explain` knows it, and says more for a remedy than that there is none.
explained() {
	echo "explain $1"
	run -0 --separate-stderr thespian-director explain --json "$1"
	json '.means | length > 10' && json '(.remedy | length > 10) and (.remedy | startswith("nothing") | not)'
}

@test "explain has every error of thespian.h and every exit status, each with a remedy" {
	sed -nE 's/.*\bX\((TSP_E[A-Z]+), (-[0-9]+),.*/\1/p' "$TSP_SRCDIR/lib/thespian.h" > names
	[ "$(wc -l < names)" -ge 30 ]
	[ "$(wc -l < names)" -eq "$(grep -cE '^\s*X\(' "$TSP_SRCDIR/lib/thespian.h")" ]
	while read -r name; do
		explained "$name"
		json ".name == \"$name\""
	done < names
	sed -nE 's/^\tSTATUS_[A-Z_]+ = ([0-9]+),/\1/p' "$TSP_SRCDIR/lib/cli/status.h" > statuses
	[ "$(wc -l < statuses)" -ge 9 ]
	while read -r number; do explained "$number"; done < statuses
	# the list that the test reads is the one that errors have: what is no error is not explained
	run -1 thespian-director explain TSP_OK
	run -1 thespian-director explain "$(($(tail -n 1 statuses) + 1))"
}
