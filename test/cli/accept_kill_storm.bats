#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# 200 kill -9 of hosts under load: every ask ends, by name; parents hear; nothing is left.
# shellcheck disable=SC2154 # common sets them

load common
load rows

setup() { rows_setup; own_builds; }
teardown() { rows_teardown; }

no_zombies() {
	[ -z "$("$TSP_BUILDDIR/test/cli/processes" --zombies "$admin")" ]
}

@test "200 hosts killed under load: every ask ends at once, parents hear, the account agrees, nothing is left" {
	start
	admin=$(admin_pid)
	run timeout 120 "$TSP_BUILDDIR/test/cli/accept_kill_storm" "$port" 200 3>&-
	echo "$output"
	echo "# ${lines[-1]}" >&3
	[ "$status" -eq 0 ]
	wait_until 5 no_zombies
	shell --timeout 20 -c stop
	wait_until 5 no_processes
}
