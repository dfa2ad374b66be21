#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P3: what is older than the newest that was ever accepted is refused, whatever happened meanwhile; the two ways
# back are explicit and recorded. (The table of load: accept_state_load.bats.)
# shellcheck disable=SC2154 # common and deploy set them

load common
load deploy
setup() { deploy_setup; }
teardown() { tsp_teardown; }

audit() {
	thespian-director --json audit | jq -r '.lines[] | [.verdict, .group, .version] | join(" ")'
}

@test "P3: 3, then 2: refused after a rollback, an unload, a restart, and without its package; 4 loads" {
	pack 1 2 3
	thespian-director load "$(package 1)" > /dev/null
	thespian-director load "$(package 3)" > /dev/null
	refused 5 "version 2 is older than 3" thespian-director load "$(package 2)"
	thespian-director rollback hello > /dev/null
	refused 5 "version 2 is older than 3" thespian-director load "$(package 2)"
	thespian-director load hello > /dev/null
	thespian-director unload hello > /dev/null
	thespian-director unload hello > /dev/null
	refused 5 "version 2 is older than 3" thespian-director load "$(package 2)"
	thespian-director shutdown > /dev/null
	mv "$(package 3)" .
	refused 5 "version 2 is older than 3" thespian-director load "$(package 2)"
	run thespian-director refresh
	[ "$status" -eq 0 ]
	[[ $output != *"loaded hello"* ]]
	[ "$(state .mark.version)" = 3 ]
	[ "$(audit | grep -c '^downgrade refused hello 2$')" -ge 4 ]
	pack 4
	thespian-director load hello > /dev/null
	[ "$(answers)" = 4 ]
}

@test "P3: --allow-downgrade and rollback go back, and are recorded" {
	pack 1 2
	thespian-director load hello > /dev/null
	thespian-director load --allow-downgrade "$(package 1)" > /dev/null
	[ "$(answers)" = 1 ]
	thespian-director rollback hello > /dev/null
	[ "$(answers)" = 2 ]
	audit | grep -qx 'downgraded hello 1'
	audit | grep -qx 'rolled back hello 2'
	thespian-director audit --verify
}

director_pid() {
	thespian-shell -p "$port" --json -c actors | jq -r '.actors[] | select(.class == "Director") | .pid'
}

@test "P3: kill -9 of the Director at any moment of a load: the mark never goes back" {
	pack 1
	thespian-director load hello > /dev/null
	mark=1
	for version in $(seq 2 9); do
		pack "$version"
		pid=$(director_pid)
		thespian-director load hello > /dev/null 2>&1 3>&- &
		load=$!
		sleep "0.0$((version * 3 % 10))"
		kill -9 "$pid"
		wait "$load" || true
		now=$(state .mark.version)
		echo "# killed at a load of $version: $mark, then $now" >&3
		[ "$now" -ge "$mark" ]
		mark=$now
		if [ "$version" -gt 2 ] && [ "$mark" -ge "$((version - 1))" ]; then
			refused 5 "is older than" thespian-director load "$(package $((mark - 1)))"
		fi
		thespian-director load hello > /dev/null
		mark=$(state .mark.version)
		[ "$mark" -eq "$version" ]
		[ "$(answers)" = "$version" ]
	done
}
