#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# share/doc/tutorial.md and the first example of thespian-director(1), as pasted: a new user gets from `new` to a
# rolled-back deployment in ten commands.
# shellcheck disable=SC2154,SC2317 # common sets them; called by name

load common

setup() {
	tsp_setup
	own_builds
	watch=
	page=$TSP_SRCDIR/share/doc/tutorial.md
}

teardown() {
	[ -z "$watch" ] || kill -KILL "$watch" 2> /dev/null || true
	tsp_teardown
}

# The commands of the page between headings $1 and $2.
commands() {
	sed -n "/^## $1/,/^## $2/s/^    //p" "$page"
}

# Runs a line of the page as it stands, and looks for what stands behind its #. What watch prints is in `watched`.
type_line() {
	local line=$1 expected='' before=0
	[[ $line != *' # '* ]] || expected=${line##* # }
	[ -z "$watch" ] || before=$(wc -l < watched)
	case $line in
	'thespian-director watch '*)
		eval "exec $line" > watched 2>&1 < /dev/null 3>&- &
		watch=$!
		wait_until 30 says watched "$expected"
		return
		;;
	esac
	{ eval "$line" > told 2>&1 < /dev/null 3>&- && says told "$expected"; } || {
		echo "$line"
		cat told
		return 1
	}
	[[ -z $watch || $line != sed* ]] || wait_until 20 more_lines_than "$before"
}

more_lines_than() {
	[ "$(wc -l < watched)" -gt "$1" ]
}

@test "the ten commands are ten, from new to what answers after the rollback" {
	mapfile -t lines < <(commands 'The ten commands' 'What has')
	[ "${#lines[@]}" -eq 10 ]
	[[ ${lines[0]} == 'thespian-director new '* ]]
	[[ ${lines[8]} == 'thespian-director rollback '* ]]
}

@test "W39: every line of the tutorial runs, and prints what it says" {
	local count=0 line tested=0
	mkdir tree empty
	ln -s "$TSP_BUILDDIR/bin" tree/bin
	PATH=${PATH#"$TSP_BUILDDIR/bin:"}
	cd tree
	while IFS= read -r line; do
		# the text says so between these lines: an empty folder; Ctrl-C ends it
		[[ $line != 'export THESPIAN_DIRECTOR_DIR'* ]] || cd "$dir/empty"
		if [[ -n $watch && $line == 'thespian-director list'* ]]; then
			kill -INT "$watch"
			wait_until 5 eval "! kill -0 $watch"
			wait "$watch"
			watch=
		fi
		type_line "$line"
		count=$((count + 1))
		[[ $line != *' # '* ]] || tested=$((tested + 1))
	done < <(sed -n 's/^    //p' "$page")
	[ "$count" -ge 20 ]
	[ "$tested" -ge 15 ]
	no_processes
}

@test "the check sees a line that prints something else" {
	run type_line 'echo one two # one ... two'
	[ "$status" -eq 0 ]
	run type_line 'echo one two # two ... one'
	[ "$status" -eq 1 ]
	run type_line 'echo one # three'
	[ "$status" -eq 1 ]
	run ! type_line 'false'
}

@test "the first example of thespian-director(1) is such a session, too" {
	sed -n '/^\.SH EXAMPLES/,/^\.fi/p' "$TSP_SRCDIR/share/man/thespian-director.1" | sed -n '/^\.nf/,/^\.fi/p' |
		sed "/^\./d; s/\\\\-/-/g; s/\\\\(aq/'/g; s,/tmp/director,$dir/first," > session
	[ "$(grep -cv '^export' session)" -eq 10 ]
	[[ $(sed -n 2p session) == 'thespian-director new '* ]]
	[[ $(tail -n 2 session | head -n 1) == 'thespian-director rollback '* ]]
	mkdir empty
	cd empty
	run -0 timeout 100 bash -eu ../session 3>&-
	echo "$output"
	[[ $output == *'loaded welcome 1 '*'"version": "1"'*'loaded welcome 2 '*'rolled back welcome 1 '*'"version": "1"'* ]]
	THESPIAN_DIRECTOR_DIR=$dir/first run -0 thespian-director shutdown
	no_processes
}
