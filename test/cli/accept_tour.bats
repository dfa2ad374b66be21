#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# share/doc/tour.md, typed at the prompt in a terminal that tmux plays: each line is taken, and says what stands there.
# shellcheck disable=SC2154 # common sets them

load common
load shell

setup() {
	command -v tmux > /dev/null || skip "no tmux"
	tsp_setup
	own_builds
	export LANG=C.UTF-8
	page=$TSP_SRCDIR/share/doc/tour.md
}

teardown() {
	tmux_teardown
	shell_teardown
}

# type_line LINE: as it stands on the page, but with this test's own port; then looks for what stands behind its #.
type_line() {
	local line=${1//19771/$port} expected=''
	[[ $line != *' # '* ]] || expected=${line##* # }
	line=${line%% # *}
	line=${line%"${line##*[! ]}"}
	if [[ $line == 'thespian-shell '* ]]; then
		tmux_shell "$line"
		return
	fi
	typed "$line" > told
	says told "$expected" || {
		echo "$line"
		cat told
		return 1
	}
}

@test "every line of the tour can be typed, and says what the page says" {
	local count=0 tested=0 line
	mapfile -t lines < <(sed -n 's/^    //p' "$page")
	for line in "${lines[@]}"; do
		type_line "$line"
		count=$((count + 1))
		[[ $line != *' # '* ]] || tested=$((tested + 1))
	done
	[ "$count" -ge 40 ]
	[ "$tested" -ge 30 ]
	no_processes
}

@test "the tour shows every group of commands" {
	for name in ask tell create tree top waits trace graph log record dead poison restart repeat wait assert stop; do
		grep -qE "^    $name( |\$)" "$page" || {
			echo "not in the tour: $name"
			missing=1
		}
	done
	[ -z "${missing:-}" ]
}
